package orders

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/gofrs/uuid/v5"
	"github.com/jackc/pgx/v5"

	"microdemo/services/orders/events"
	"microdemo/services/orders/webhooks"
)

// newOrder is an order that has its stock and is to be recorded.
type newOrder struct {
	Order
	Reservation uuid.UUID
	By          int64  // who places it
	Key         string // Idempotency-Key, "" for none
	Hash        []byte
}

// Record writes orders with their holds, lines and events in one transaction:
// all or none. It answers when each was created, in order. A violation of
// holds_pkey means that the reservation was decided about already.
func (s *Store) Record(ctx context.Context, orders []newOrder) (created []time.Time, err error) {
	rows := newOrderRows(orders)
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		created, err = rows.write(ctx, tx)
		return err
	})
	s.recorded()
	return created, err
}

// orderRows is what a batch of orders writes, column by column.
type orderRows struct {
	orders        []newOrder
	reservations  []uuid.UUID
	ids, statuses []string
	users         []int64
	totals        []string
	owners        []*int64
	keys          []*string
	hashes        [][]byte
	events        []events.Event

	lineOf     []string
	positions  []int16
	skus       []string
	quantities []int64
	prices     []string
}

func newOrderRows(orders []newOrder) orderRows {
	r := orderRows{orders: orders}
	for _, o := range orders {
		r.reservations = append(r.reservations, o.Reservation)
		r.ids = append(r.ids, o.ID)
		r.statuses = append(r.statuses, string(o.Status))
		r.users = append(r.users, o.UserID)
		r.totals = append(r.totals, o.Total.String())
		var owner *int64
		var key *string
		if o.Key != "" {
			owner, key = &o.By, &o.Key
		}
		r.owners = append(r.owners, owner)
		r.keys = append(r.keys, key)
		r.hashes = append(r.hashes, o.Hash)
		r.events = append(r.events, events.Event{
			OrderID: o.ID, Type: events.Created, Description: fmt.Sprintf("Order placed, total %s.", o.Total),
			NewValue: (*string)(&o.Status), UserID: &o.By, Buyer: o.UserID,
		})
		for i, l := range o.Items {
			r.lineOf = append(r.lineOf, o.ID)
			r.positions = append(r.positions, int16(i))
			r.skus = append(r.skus, l.SKU)
			r.quantities = append(r.quantities, l.Quantity)
			r.prices = append(r.prices, l.Price.String())
		}
	}
	return r
}

func (r orderRows) write(ctx context.Context, tx pgx.Tx) ([]time.Time, error) {
	_, err := tx.Exec(ctx, `
		INSERT INTO holds (reservation_id, order_id, state)
		SELECT reservation_id, order_id, 'held' FROM unnest($1::uuid[], $2::text[]) AS h (reservation_id, order_id)
		ORDER BY reservation_id`, r.reservations, r.ids)
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO orders (id, user_id, status, total, reservation_id, idem_owner, idem_key, idem_hash)
		SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::numeric[], $5::uuid[], $6::bigint[], $7::text[], $8::bytea[])
		AS o (id, user_id, status, total, reservation_id, idem_owner, idem_key, idem_hash)
		ORDER BY id`, r.ids, r.users, r.statuses, r.totals, r.reservations, r.owners, r.keys, r.hashes)
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO order_lines (order_id, position, sku, quantity, price)
		SELECT * FROM unnest($1::text[], $2::smallint[], $3::text[], $4::bigint[], $5::numeric[])`,
		r.lineOf, r.positions, r.skus, r.quantities, r.prices)
	if err != nil {
		return nil, err
	}
	appended, err := events.Append(ctx, tx, r.events...)
	if err != nil {
		return nil, err
	}
	created, bodies := make([]time.Time, len(appended)), make([][]byte, len(appended))
	for i, e := range appended {
		o := r.orders[i].Order
		o.CreatedAt, o.UpdatedAt, created[i] = e.CreatedAt, e.CreatedAt, e.CreatedAt
		if bodies[i], err = json.Marshal(o); err != nil {
			return nil, err
		}
	}
	return created, webhooks.Enqueue(ctx, tx, appended, bodies)
}

// hold is a reservation and the order it was made for.
type hold struct {
	Reservation uuid.UUID
	OrderID     string
}

// Decide makes sure that each reservation is decided about: undecided ones
// become void. It answers which of them are held by an order. Whoever commits
// first decides; the winner is read in a statement of its own.
func (s *Store) Decide(ctx context.Context, holds []hold) (held map[uuid.UUID]bool, err error) {
	holds = slices.Clone(holds)
	slices.SortFunc(holds, func(a, b hold) int { return bytes.Compare(a.Reservation[:], b.Reservation[:]) })
	var ids []uuid.UUID
	var orderIDs []string
	for _, h := range holds {
		ids, orderIDs = append(ids, h.Reservation), append(orderIDs, h.OrderID)
	}
	_, err = s.db.Exec(ctx, `
		INSERT INTO holds (reservation_id, order_id, state)
		SELECT reservation_id, order_id, 'void' FROM unnest($1::uuid[], $2::text[]) AS h (reservation_id, order_id)
		ORDER BY reservation_id
		ON CONFLICT (reservation_id) DO NOTHING`, ids, orderIDs)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.Query(ctx, `SELECT reservation_id FROM holds WHERE reservation_id = ANY($1) AND state = 'held'`, ids)
	if err != nil {
		return nil, err
	}
	held = map[uuid.UUID]bool{}
	var id uuid.UUID
	_, err = pgx.ForEachRow(rows, []any{&id}, func() error {
		held[id] = true
		return nil
	})
	return held, err
}

// Decided tells which of the reservations are void or dropped.
func (s *Store) Decided(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]bool, error) {
	rows, err := s.db.Query(ctx, `SELECT reservation_id FROM holds WHERE reservation_id = ANY($1) AND state <> 'held'`, ids)
	if err != nil {
		return nil, err
	}
	over := map[uuid.UUID]bool{}
	var id uuid.UUID
	_, err = pgx.ForEachRow(rows, []any{&id}, func() error {
		over[id] = true
		return nil
	})
	return over, err
}

// ToRelease lists reservations whose stock is to be given back, up to limit.
func (s *Store) ToRelease(ctx context.Context, limit int) ([]uuid.UUID, error) {
	rows, err := s.db.Query(ctx, `
		SELECT reservation_id FROM holds WHERE state <> 'held' AND released_at IS NULL
		ORDER BY reservation_id LIMIT $1`, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

// IsReleased tells whether inventory has confirmed that the stock of a
// reservation is back.
func (s *Store) IsReleased(ctx context.Context, id uuid.UUID) (released bool, err error) {
	err = s.db.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM holds WHERE reservation_id = $1 AND released_at IS NOT NULL)`, id).Scan(&released)
	return released, err
}

// Released notes that inventory has given the stock back.
func (s *Store) Released(ctx context.Context, ids []uuid.UUID) error {
	return s.db.Tx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE holds SET released_at = now()
			WHERE reservation_id IN (
				SELECT reservation_id FROM holds
				WHERE reservation_id = ANY($1) AND state <> 'held' AND released_at IS NULL
				ORDER BY reservation_id FOR UPDATE)`, ids)
		return err
	})
}
