package inventory

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

// Movement is one entry in an item's stock ledger.
type Movement struct {
	ID        int64     `json:"id" doc:"Entries of one item are in the order of their ids" example:"17"`
	Delta     int64     `json:"delta" doc:"How much qty changed" example:"-2"`
	QtyAfter  int64     `json:"qty_after" doc:"qty after the change" example:"198"`
	Reason    string    `json:"reason" doc:"Why: initial, set, imported, reserved, released, deleted, or the words of an adjustment" example:"reserved"`
	OrderID   *string   `json:"order_id,omitempty" doc:"The order it was for" example:"ORD-001"`
	UserID    *int64    `json:"user_id,omitempty" doc:"The administrator who made it" example:"1"`
	CreatedAt time.Time `json:"created_at" doc:"When it was made" example:"2026-01-02T15:04:05Z"`
}

// Adjustment is a change of stock with a reason.
type Adjustment struct {
	Delta  int64  `json:"delta" minimum:"-1000000000" maximum:"1000000000" doc:"How much to add; negative takes away" example:"-3"`
	Reason Reason `json:"reason" doc:"Why, for the ledger" example:"damaged in transit"`
}

// Adjust changes an item's stock. With an Idempotency-Key that was used before it
// changes nothing and answers the item as it is now, replayed. Key "" is none.
func (s *Store) Adjust(ctx context.Context, id int64, a Adjustment, userID int64, key string) (item Item, replayed bool, err error) {
	hash := sha256.Sum256(fmt.Appendf(nil, "%d %d %s", id, a.Delta, a.Reason))
	e := entry{a.Delta, string(a.Reason), userID, key, hash[:]}
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		if item, err = lockItem(ctx, tx, id); err != nil {
			return err
		}
		if replayed, err = e.isReplay(ctx, tx); replayed || err != nil {
			return err
		}
		if after := int64(item.Qty) + a.Delta; after < 0 || after > maxQty {
			return stockOutOfRange.With("sku", item.SKU, "qty", item.Qty, "delta", a.Delta, "after", after)
		}
		item, err = kit.Row[Item](ctx, tx, `
			UPDATE items SET qty = qty + $2, version = version + 1, updated_at = now() WHERE id = $1
			RETURNING `+itemColumns,
			id, a.Delta)
		if err != nil {
			return err
		}
		return record(ctx, tx, item, e)
	})
	s.evict(ctx, item.ref())
	if kit.IsUnique(err, "movements_idem_key") { // used for another item at the same time
		err = errKeyReused()
	}
	return item, replayed, err
}

// entry is what an administrator does to the stock of an item.
type entry struct {
	delta  int64
	reason string
	userID int64
	key    string // Idempotency-Key, "" for none
	hash   []byte // of the request, stored with the key
}

// isReplay reports whether the entry is recorded already, under its key.
func (e entry) isReplay(ctx context.Context, tx pgx.Tx) (bool, error) {
	if e.key == "" {
		return false, nil
	}
	var hash []byte
	err := tx.QueryRow(ctx, `SELECT idem_hash FROM movements WHERE user_id = $1 AND idem_key = $2`, e.userID, e.key).Scan(&hash)
	switch {
	case kit.IsNoRows(err):
		return false, nil
	case err == nil && !bytes.Equal(hash, e.hash):
		err = errKeyReused()
	}
	return err == nil, err
}

func errKeyReused() error { return kit.InvalidFields(keyReused.At("header.Idempotency-Key", nil)) }

// record adds an entry to the ledger of an item whose row is locked. after is the item
// with its new stock.
func record(ctx context.Context, tx pgx.Tx, after Item, e entry) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO movements (item_id, delta, qty_after, reason, user_id, idem_key, idem_hash)
		VALUES ($1, $2, $3, $4, $5, nullif($6, ''), $7)`,
		after.ID, e.delta, after.Qty, e.reason, e.userID, e.key, e.hash)
	return err
}

func (m Movement) position() int64 { return m.ID }

// Movements answers a window of an item's ledger, newest first, and its length up to
// kit.TotalBound.
func (s *Store) Movements(ctx context.Context, itemID int64, w kit.Window[int64]) (movements []Movement, total int, err error) {
	if _, err := s.Item(ctx, itemID); err != nil {
		return nil, 0, err
	}
	movements, err = kit.Rows[Movement](ctx, s.db, `
		SELECT id, delta, qty_after, reason, order_id, user_id, created_at
		FROM movements
		WHERE item_id = $1 AND ($2::bigint = 0 OR id < $2)
		ORDER BY id DESC OFFSET $3 LIMIT $4`,
		kit.PlanWithValues, itemID, w.After, w.Skip, w.Limit)
	if err != nil {
		return nil, 0, err
	}
	err = s.db.QueryRow(ctx, `SELECT count(*) FROM (SELECT FROM movements WHERE item_id = $1 LIMIT $2) AS counted`,
		itemID, kit.TotalBound).Scan(&total)
	return movements, total, err
}
