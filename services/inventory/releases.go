package inventory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/gofrs/uuid/v5"
	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

// Release gives the stock of reservations back, once, however often it is
// called. An id that was never reserved is remembered as released, so that a
// request for it that arrives late takes nothing.
func (s *Store) Release(ctx context.Context, ids []uuid.UUID) error {
	ids = sorted(ids)
	return settleRaces(func() error {
		var back []Item
		err := s.db.Tx(ctx, func(tx pgx.Tx) (err error) {
			back, err = release(ctx, tx, ids)
			return err
		})
		s.evict(ctx, back...)
		return err
	})
}

// release says whose stock came back.
func release(ctx context.Context, tx pgx.Tx, ids []uuid.UUID) ([]Item, error) {
	rows, err := tx.Query(ctx, `
		SELECT l.reservation_id FROM items i JOIN reservation_lines l ON l.item_id = i.id
		WHERE l.reservation_id = ANY($1)
		ORDER BY i.id FOR NO KEY UPDATE OF i`, ids)
	if err != nil {
		return nil, err
	}
	locked, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return nil, err
	}
	rows, err = tx.Query(ctx, `SELECT id, state <> 'released' FROM reservations WHERE id = ANY($1) ORDER BY id FOR UPDATE`, ids)
	if err != nil {
		return nil, err
	}
	var live, unknown []uuid.UUID
	found := map[uuid.UUID]bool{}
	var id uuid.UUID
	var isLive bool
	_, err = pgx.ForEachRow(rows, []any{&id, &isLive}, func() error {
		found[id] = true
		if !isLive {
			return nil
		}
		live = append(live, id)
		if !slices.Contains(locked, id) {
			return errRaced // reserved since the items were locked, so its own are not
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if !found[id] {
			unknown = append(unknown, id)
		}
	}
	tag, err := tx.Exec(ctx, `
		INSERT INTO reservations (id, state)
		SELECT id, 'released' FROM unnest($1::uuid[]) AS r (id) ORDER BY id
		ON CONFLICT (id) DO NOTHING`, unknown)
	if err != nil {
		return nil, err
	}
	if tag.RowsAffected() != int64(len(unknown)) {
		return nil, errRaced // reserved at this moment: now its items are known and can be locked
	}
	_, err = tx.Exec(ctx, `UPDATE reservations SET state = 'released' WHERE id = ANY($1)`, live)
	if err != nil {
		return nil, err
	}
	return giveBack(ctx, tx, live)
}

// giveBack returns the lines of reservations whose items are locked.
func giveBack(ctx context.Context, tx pgx.Tx, live []uuid.UUID) ([]Item, error) {
	if len(live) == 0 {
		return nil, nil
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO movements (item_id, delta, qty_after, reason, order_id)
		SELECT i.id, l.quantity,
		       i.qty + sum(l.quantity) OVER (PARTITION BY i.id ORDER BY l.reservation_id ROWS UNBOUNDED PRECEDING),
		       'released', r.order_id
		FROM reservation_lines l
		JOIN reservations r ON r.id = l.reservation_id
		JOIN items i ON i.id = l.item_id
		WHERE l.reservation_id = ANY($1)
		ORDER BY l.reservation_id`, live)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `
		UPDATE items
		SET qty = qty + n, allocated = allocated - n, version = version + 1, updated_at = now()
		FROM (SELECT item_id, sum(quantity)::bigint AS n FROM reservation_lines
		      WHERE reservation_id = ANY($1) GROUP BY item_id) AS back
		WHERE items.id = item_id
		RETURNING id, sku`, live)
	if err != nil {
		return nil, err
	}
	var items []Item
	var item Item
	_, err = pgx.ForEachRow(rows, []any{&item.ID, &item.SKU}, func() error {
		items = append(items, item)
		return nil
	})
	return items, err
}

// Confirm marks reservations whose order exists, so that reconciliation need
// not ask about them again. What was released stays so.
func (s *Store) Confirm(ctx context.Context, ids []uuid.UUID) error {
	return s.db.Tx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE reservations SET state = 'confirmed'
			WHERE id IN (SELECT id FROM reservations WHERE id = ANY($1) AND state = 'reserved' ORDER BY id FOR UPDATE)`,
			sorted(ids))
		return err
	})
}

// Unconfirmed is a reservation about which nobody has said that its order
// exists.
type Unconfirmed struct {
	ID        uuid.UUID `json:"id" doc:"The reservation" example:"0190a6e2-7b4c-7c3a-9d52-0d6a3c1f4e55"`
	OrderID   string    `json:"order_id" doc:"The order it was made for" example:"ORD-001"`
	CreatedAt time.Time `json:"created_at" doc:"When it was made" example:"2026-01-02T15:04:05Z"`
}

// UnconfirmedFor lists reservations that have been unconfirmed for longer than
// age, oldest first, behind the last of the page before, one more than limit.
func (s *Store) UnconfirmedFor(ctx context.Context, age time.Duration, last Unconfirmed, skip, limit int) ([]Unconfirmed, error) {
	return kit.Rows[Unconfirmed](ctx, s.db, `
		SELECT id, order_id, created_at FROM reservations
		WHERE state = 'reserved' AND created_at < now() - make_interval(secs => $1)
		  AND (created_at, id) > ($2, $3)
		ORDER BY created_at, id OFFSET $4 LIMIT $5`,
		age.Seconds(), last.CreatedAt, last.ID, skip, limit+1)
}

// sorted is ids in order and without repeats, so that rows are always locked in
// one order.
func sorted(ids []uuid.UUID) []uuid.UUID {
	ids = slices.Clone(ids)
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return cmp.Compare(string(a[:]), string(b[:])) })
	return slices.Compact(ids)
}
