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

// Release releases the stock of reservations, once, however often it is called. An id
// that was never reserved is stored as released, so that a late request for it takes
// nothing.
func (s *Store) Release(ctx context.Context, ids []uuid.UUID) error {
	ids = sorted(ids)
	return retryRaces(func() error {
		var restocked []itemRef
		err := s.db.Tx(ctx, func(tx pgx.Tx) (err error) {
			restocked, err = release(ctx, tx, ids)
			return err
		})
		s.evict(ctx, restocked...)
		return err
	})
}

// release answers the items whose stock it changes.
func release(ctx context.Context, tx pgx.Tx, ids []uuid.UUID) ([]itemRef, error) {
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
	found, err := kit.Rows[struct {
		ID     uuid.UUID
		IsLive bool
	}](ctx, tx, `SELECT id, state <> 'released' AS is_live FROM reservations WHERE id = ANY($1) ORDER BY id FOR UPDATE`, ids)
	if err != nil {
		return nil, err
	}
	var live []uuid.UUID
	unknown := slices.Clone(ids)
	for _, r := range found {
		unknown = slices.DeleteFunc(unknown, func(id uuid.UUID) bool { return id == r.ID })
		if !r.IsLive {
			continue
		}
		live = append(live, r.ID)
		if !slices.Contains(locked, r.ID) {
			return nil, errRaced // reserved after the items were locked, so its items are not
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
		return nil, errRaced // reserved in between: now its items are known and can be locked
	}
	_, err = tx.Exec(ctx, `UPDATE reservations SET state = 'released' WHERE id = ANY($1)`, live)
	if err != nil {
		return nil, err
	}
	return restock(ctx, tx, live)
}

// restock returns the lines of reservations, whose items are locked, to stock.
func restock(ctx context.Context, tx pgx.Tx, live []uuid.UUID) ([]itemRef, error) {
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
	return kit.Rows[itemRef](ctx, tx, `
		UPDATE items
		SET qty = qty + n, allocated = allocated - n, version = version + 1, updated_at = now()
		FROM (SELECT item_id, sum(quantity)::bigint AS n FROM reservation_lines
		      WHERE reservation_id = ANY($1) GROUP BY item_id) AS back
		WHERE items.id = item_id
		RETURNING id, sku`, live)
}

// Confirm marks reservations whose order exists, so that reconciliation skips them.
// Released ones stay released.
func (s *Store) Confirm(ctx context.Context, ids []uuid.UUID) error {
	return s.db.Tx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE reservations SET state = 'confirmed'
			WHERE id IN (SELECT id FROM reservations WHERE id = ANY($1) AND state = 'reserved' ORDER BY id FOR UPDATE)`,
			sorted(ids))
		return err
	})
}

// Unconfirmed is a reservation that was neither confirmed nor released.
type Unconfirmed struct {
	ID        uuid.UUID `json:"id" doc:"The reservation" example:"0190a6e2-7b4c-7c3a-9d52-0d6a3c1f4e55"`
	OrderID   string    `json:"order_id" doc:"The order it was made for" example:"ORD-001"`
	CreatedAt time.Time `json:"created_at" doc:"When it was made" example:"2026-01-02T15:04:05Z"`
}

// UnconfirmedFor answers a window of the reservations that have been unconfirmed for
// longer than age, oldest first.
func (s *Store) UnconfirmedFor(ctx context.Context, age time.Duration, w kit.Window[Unconfirmed]) ([]Unconfirmed, error) {
	return kit.Rows[Unconfirmed](ctx, s.db, `
		SELECT id, order_id, created_at FROM reservations
		WHERE state = 'reserved' AND created_at < now() - make_interval(secs => $1)
		  AND (created_at, id) > ($2, $3)
		ORDER BY created_at, id OFFSET $4 LIMIT $5`,
		age.Seconds(), w.After.CreatedAt, w.After.ID, w.Skip, w.Limit)
}

// sorted is ids in order and without repeats, so that all transactions lock rows in one
// order.
func sorted(ids []uuid.UUID) []uuid.UUID {
	ids = slices.Clone(ids)
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return cmp.Compare(string(a[:]), string(b[:])) })
	return slices.Compact(ids)
}
