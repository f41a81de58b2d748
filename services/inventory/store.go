package inventory

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/kit/cache"
)

// maxQty is the most that can be in stock of one item, well inside what
// JavaScript counts exactly.
const maxQty = 1_000_000_000_000

// Item is something that can be sold.
type Item struct {
	ID           int64      `json:"id" doc:"The item's number" example:"1"`
	SKU          string     `json:"sku" doc:"Stock keeping unit, unique" example:"SKU-001"`
	Name         string     `json:"name" doc:"What people call it" example:"Green tea, 100 g"`
	Qty          int64      `json:"qty" doc:"How many can still be sold" example:"198"`
	Allocated    int64      `json:"allocated" doc:"How many orders own" example:"2"`
	Price        *kit.Money `json:"price" nullable:"true" doc:"The price of one; null when only an administrator can sell it, by naming one" example:"10.00"`
	ReorderLevel int64      `json:"reorder_level" doc:"Stock below this is low" example:"20"`
	CreatedAt    time.Time  `json:"created_at" doc:"When it was created" example:"2026-01-02T15:04:05Z"`
	UpdatedAt    time.Time  `json:"updated_at" doc:"When it last changed, by sales too" example:"2026-01-02T15:04:05Z"`
	Version      int64      `json:"-"`
}

// Movement is one entry in an item's stock ledger.
type Movement struct {
	ID        int64     `json:"id" doc:"Entries of one item are in the order of their ids" example:"17"`
	Delta     int64     `json:"delta" doc:"How much qty changed" example:"-2"`
	QtyAfter  int64     `json:"qty_after" doc:"qty after the change" example:"198"`
	Reason    string    `json:"reason" doc:"Why: initial, set, imported, reserved, released, deleted, or the words of an adjustment" example:"reserved"`
	OrderID   *string   `json:"order_id,omitempty" doc:"The order it was for" example:"ORD-001"`
	UserID    *int64    `json:"user_id,omitempty" doc:"The administrator who made it" example:"1"`
	CreatedAt time.Time `json:"created_at" doc:"When" example:"2026-01-02T15:04:05Z"`
}

// NewItem is what an item begins with.
type NewItem struct {
	SKU          string
	Name         string
	Qty          int64
	Price        *kit.Money
	ReorderLevel int64
}

// ItemChange is what of an item is to change; nil stays.
type ItemChange struct {
	SKU          *string
	Name         *string
	Qty          *int64
	Price        kit.Optional[kit.Money]
	ReorderLevel *int64
	IfVersion    *int64 // refuse unless the item is at this version
}

// Adjustment is a change of stock with a reason, made once for its key.
type Adjustment struct {
	Delta  int64
	Reason string
	UserID int64
	Key    string // Idempotency-Key, "" for none
	Hash   []byte // of item and body, kept with the key
}

// ItemFilter chooses items; zero values choose all.
type ItemFilter struct {
	Prefix   string // of SKU or name, whatever the case
	LowStock bool
}

// Store keeps items, reservations and movements. Items are cached by number and
// by SKU; each change of an item, a sale too, evicts both entries.
type Store struct {
	db    *kit.DB
	cache *cache.Cache
	log   *slog.Logger
}

func idKey(id int64) string { return fmt.Sprintf("item:%d", id) }

func skuKey(sku string) string { return "sku:" + sku }

// cachedItem keeps the version, which clients see as an ETag only.
type cachedItem struct {
	Item
	Version int64 `json:"version"`
}

// Item finds an item by its number.
func (s *Store) Item(ctx context.Context, id int64) (Item, error) {
	return s.cached(ctx, idKey(id), func(ctx context.Context) (Item, error) {
		item, err := kit.Row[Item](ctx, s.db, `
			SELECT id, sku, name, qty, allocated, price, reorder_level, created_at, updated_at, version
			FROM items WHERE id = $1`, id)
		if kit.IsNoRows(err) {
			return Item{}, errNoItem(id)
		}
		return item, err
	})
}

// ItemBySKU finds an item by its SKU.
func (s *Store) ItemBySKU(ctx context.Context, sku string) (Item, error) {
	return s.cached(ctx, skuKey(sku), func(ctx context.Context) (Item, error) {
		item, err := kit.Row[Item](ctx, s.db, `
			SELECT id, sku, name, qty, allocated, price, reorder_level, created_at, updated_at, version
			FROM items WHERE sku = $1`, sku)
		if kit.IsNoRows(err) {
			return Item{}, kit.Errorf(kit.NotFound, "There is no item with SKU %s.", sku)
		}
		return item, err
	})
}

func (s *Store) cached(ctx context.Context, key string, load func(context.Context) (Item, error)) (Item, error) {
	entry, err := cache.Get(ctx, s.cache, key, func(ctx context.Context) (cachedItem, error) {
		item, err := load(ctx)
		return cachedItem{item, item.Version}, err
	})
	entry.Item.Version = entry.Version
	return entry.Item, err
}

// evict evicts items that may have changed. Call it also after a transaction that
// failed: its COMMIT may have succeeded although the answer was lost.
func (s *Store) evict(ctx context.Context, changed ...Item) {
	var keys []string
	for _, item := range changed {
		if item.ID != 0 {
			keys = append(keys, idKey(item.ID), skuKey(item.SKU))
		}
	}
	s.cache.Evict(ctx, keys...)
}

func errNoItem(id int64) error { return kit.Errorf(kit.NotFound, "There is no item %d.", id) }

// Items lists items by number, from behind one, one more than asked for, and
// counts them up to kit.TotalBound. Search is for a prefix.
func (s *Store) Items(ctx context.Context, lowStock bool, after int64, skip, limit int) (items []Item, total int, err error) {
	items, err = kit.Rows[Item](ctx, s.db, `
		SELECT id, sku, name, qty, allocated, price, reorder_level, created_at, updated_at, version
		FROM items
		WHERE id > $1 AND (NOT $2 OR qty < reorder_level)
		ORDER BY id OFFSET $3 LIMIT $4`,
		kit.PlanWithValues, after, lowStock, skip, limit+1)
	if err != nil {
		return nil, 0, err
	}
	err = s.db.QueryRow(ctx, `
		SELECT count(*) FROM (
			SELECT FROM items WHERE NOT $1 OR qty < reorder_level LIMIT $2) AS counted`,
		kit.PlanWithValues, lowStock, kit.TotalBound).Scan(&total)
	return items, total, err
}

// CreateItem adds an item; its first stock is the first entry of its ledger.
func (s *Store) CreateItem(ctx context.Context, n NewItem, userID int64) (item Item, err error) {
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		item, err = kit.Row[Item](ctx, tx, `
			INSERT INTO items (sku, name, qty, price, reorder_level)
			VALUES ($1, $2, $3, $4, $5)
			RETURNING id, sku, name, qty, allocated, price, reorder_level, created_at, updated_at, version`,
			n.SKU, n.Name, n.Qty, n.Price, n.ReorderLevel)
		if err != nil || n.Qty == 0 {
			return err
		}
		return recordMovement(ctx, tx, item, n.Qty, "initial", Adjustment{UserID: userID})
	})
	if kit.IsUnique(err, "items_sku_key") {
		return Item{}, kit.Errorf(kit.Conflict, "An item with SKU %s exists already.", n.SKU)
	}
	return item, err
}

// ChangeItem changes what c names. A new qty is a movement like any other.
func (s *Store) ChangeItem(ctx context.Context, id int64, c ItemChange, userID int64) (item Item, err error) {
	var before Item
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		if before, err = lockItem(ctx, tx, id); err != nil {
			return err
		}
		if c.IfVersion != nil && *c.IfVersion != before.Version {
			return kit.Errorf(kit.Conflict, "Item %d has changed since it was read; read it again.", id)
		}
		item = before
		if c.SKU != nil {
			item.SKU = *c.SKU
		}
		if c.Name != nil {
			item.Name = *c.Name
		}
		if c.Qty != nil {
			item.Qty = *c.Qty
		}
		if price, ok := c.Price.Get(); ok {
			item.Price = &price
		} else if c.Price.IsNull() {
			item.Price = nil
		}
		if c.ReorderLevel != nil {
			item.ReorderLevel = *c.ReorderLevel
		}
		item, err = kit.Row[Item](ctx, tx, `
			UPDATE items SET sku = $2, name = $3, qty = $4, price = $5, reorder_level = $6,
			                 version = version + 1, updated_at = now()
			WHERE id = $1
			RETURNING id, sku, name, qty, allocated, price, reorder_level, created_at, updated_at, version`,
			id, item.SKU, item.Name, item.Qty, item.Price, item.ReorderLevel)
		if err != nil || item.Qty == before.Qty {
			return err
		}
		return recordMovement(ctx, tx, item, item.Qty-before.Qty, "set", Adjustment{UserID: userID})
	})
	s.evict(ctx, before, item)
	if kit.IsUnique(err, "items_sku_key") {
		return Item{}, kit.Errorf(kit.Conflict, "An item with SKU %s exists already.", *c.SKU)
	}
	return item, err
}

// DeleteItem removes an item of which no order owns stock. What was left of it is
// the last entry of its ledger, which stays.
func (s *Store) DeleteItem(ctx context.Context, id, userID int64) error {
	var item Item
	err := s.db.Tx(ctx, func(tx pgx.Tx) (err error) {
		if item, err = lockItem(ctx, tx, id); err != nil {
			return err
		}
		if item.Allocated > 0 {
			return kit.Errorf(kit.Conflict, "Orders own %d of %s; it can be deleted when they do not any more.", item.Allocated, item.SKU)
		}
		if item.Qty > 0 {
			gone := item
			gone.Qty = 0
			if err := recordMovement(ctx, tx, gone, -item.Qty, "deleted", Adjustment{UserID: userID}); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `DELETE FROM items WHERE id = $1`, id)
		return err
	})
	s.evict(ctx, item)
	return err
}

// Adjust changes an item's stock by a.Delta. With a key that was used before it
// changes nothing and answers the item as it is now, replayed.
func (s *Store) Adjust(ctx context.Context, id int64, a Adjustment) (item Item, replayed bool, err error) {
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		replayed = false
		item, err = lockItem(ctx, tx, id)
		if err != nil {
			return err
		}
		if a.Key != "" {
			var hash []byte
			err := tx.QueryRow(ctx, `SELECT idem_hash FROM movements WHERE user_id = $1 AND idem_key = $2`,
				a.UserID, a.Key).Scan(&hash)
			if err == nil && bytes.Equal(hash, a.Hash) {
				replayed = true
				return nil
			}
			if err == nil {
				return errKeyReused
			}
			if !kit.IsNoRows(err) {
				return err
			}
		}
		if after := item.Qty + a.Delta; after < 0 || after > maxQty {
			return kit.Errorf(kit.Conflict, "The stock of %s is %d; changing it by %d would leave %d.", item.SKU, item.Qty, a.Delta, after)
		}
		item, err = kit.Row[Item](ctx, tx, `
			UPDATE items SET qty = qty + $2, version = version + 1, updated_at = now() WHERE id = $1
			RETURNING id, sku, name, qty, allocated, price, reorder_level, created_at, updated_at, version`,
			id, a.Delta)
		if err != nil {
			return err
		}
		return recordMovement(ctx, tx, item, a.Delta, a.Reason, a)
	})
	s.evict(ctx, item)
	if kit.IsUnique(err, "movements_idem_key") {
		err = errKeyReused // used for another item at the same moment
	}
	return item, replayed, err
}

var errKeyReused = kit.InvalidField("header.Idempotency-Key", nil, "expected a key that was not used for another request")

// Movements lists an item's ledger, newest first, one more than asked for, and
// counts it up to kit.TotalBound. before is 0 or the id to go on behind.
func (s *Store) Movements(ctx context.Context, itemID, before int64, skip, limit int) (movements []Movement, total int, err error) {
	if _, err := s.Item(ctx, itemID); err != nil {
		return nil, 0, err
	}
	movements, err = kit.Rows[Movement](ctx, s.db, `
		SELECT id, delta, qty_after, reason, order_id, user_id, created_at
		FROM movements
		WHERE item_id = $1 AND ($2::bigint = 0 OR id < $2)
		ORDER BY id DESC OFFSET $3 LIMIT $4`,
		kit.PlanWithValues, itemID, before, skip, limit+1)
	if err != nil {
		return nil, 0, err
	}
	err = s.db.QueryRow(ctx, `SELECT count(*) FROM (SELECT FROM movements WHERE item_id = $1 LIMIT $2) AS counted`,
		itemID, kit.TotalBound).Scan(&total)
	return movements, total, err
}

func lockItem(ctx context.Context, tx pgx.Tx, id int64) (Item, error) {
	item, err := kit.Row[Item](ctx, tx, `
		SELECT id, sku, name, qty, allocated, price, reorder_level, created_at, updated_at, version
		FROM items WHERE id = $1 FOR NO KEY UPDATE`, id)
	if kit.IsNoRows(err) {
		return Item{}, errNoItem(id)
	}
	return item, err
}

// recordMovement writes what an administrator did into the ledger of an item
// whose row is locked.
func recordMovement(ctx context.Context, tx pgx.Tx, after Item, delta int64, reason string, a Adjustment) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO movements (item_id, delta, qty_after, reason, user_id, idem_key, idem_hash)
		VALUES ($1, $2, $3, $4, $5, nullif($6, ''), $7)`,
		after.ID, delta, after.Qty, reason, a.UserID, a.Key, a.Hash)
	return err
}
