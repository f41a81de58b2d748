package inventory

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/kit/cache"
)

// Item is something that can be sold.
type Item struct {
	ID           int64          `json:"id" doc:"The item's id" example:"1"`
	SKU          kit.Identifier `json:"sku" doc:"Stock keeping unit, unique" example:"SKU-001"`
	Name         ItemName       `json:"name" doc:"What people call it" example:"Green tea, 100 g"`
	Qty          Qty            `json:"qty" doc:"How many can still be sold" example:"198"`
	Allocated    int64          `json:"allocated" doc:"How many orders own" example:"2"`
	Price        *kit.Money     `json:"price" nullable:"true" doc:"The price of one; null when only an administrator can sell it, by naming one" example:"10.00"`
	ReorderLevel Level          `json:"reorder_level" doc:"Stock below this is low" example:"20"`
	CreatedAt    time.Time      `json:"created_at" doc:"When it was created" example:"2026-01-02T15:04:05Z"`
	UpdatedAt    time.Time      `json:"updated_at" doc:"When it last changed, by sales too" example:"2026-01-02T15:04:05Z"`
	Version      int64          `json:"-"`
}

// itemColumns are the columns of an Item.
const itemColumns = `id, sku, name, qty, allocated, price, reorder_level, created_at, updated_at, version`

// NewItem is what an item is created from.
type NewItem struct {
	SKU          kit.Identifier `json:"sku" doc:"Stock keeping unit, unique" example:"SKU-001"`
	Qty          Qty            `json:"qty" doc:"The first stock" example:"200"`
	Name         ItemName       `json:"name,omitempty" doc:"What people call it" example:"Green tea, 100 g"`
	Price        *kit.Money     `json:"price,omitempty" nullable:"true" doc:"The price of one" example:"10.00"`
	ReorderLevel *Level         `json:"reorder_level,omitempty" default:"20" doc:"Stock below this is low" example:"20"`
}

// ItemChange is a change to an item; fields that are left out stay.
type ItemChange struct {
	SKU          *kit.Identifier         `json:"sku,omitempty" doc:"Stock keeping unit, unique" example:"SKU-001"`
	Name         *ItemName               `json:"name,omitempty" doc:"What people call it" example:"Green tea, 100 g"`
	Qty          *Qty                    `json:"qty,omitempty" doc:"How many can still be sold" example:"150"`
	Price        kit.Optional[kit.Money] `json:"price,omitempty" nullable:"true" doc:"The price of one; null removes it" example:"10.00"`
	ReorderLevel *Level                  `json:"reorder_level,omitempty" doc:"Stock below this is low" example:"20"`
	ID           kit.Ignored             `json:"id,omitempty"`
	Allocated    kit.Ignored             `json:"allocated,omitempty"`
	CreatedAt    kit.Ignored             `json:"created_at,omitempty"`
	UpdatedAt    kit.Ignored             `json:"updated_at,omitempty"`
}

func idKey(id int64) string { return fmt.Sprintf("item:%d", id) }

func skuKey(sku kit.Identifier) string { return "sku:" + string(sku) }

// Item finds an item by its id.
func (s *Store) Item(ctx context.Context, id int64) (Item, error) {
	return s.cached(ctx, idKey(id), func(ctx context.Context) (Item, error) {
		item, err := kit.Row[Item](ctx, s.db, `SELECT `+itemColumns+` FROM items WHERE id = $1`, id)
		return item, noItem(err, id)
	})
}

// ItemBySKU finds an item by its SKU.
func (s *Store) ItemBySKU(ctx context.Context, sku kit.Identifier) (Item, error) {
	return s.cached(ctx, skuKey(sku), func(ctx context.Context) (Item, error) {
		item, err := kit.Row[Item](ctx, s.db, `SELECT `+itemColumns+` FROM items WHERE sku = $1`, sku)
		if kit.IsNoRows(err) {
			return Item{}, skuNotFound.With("sku", sku)
		}
		return item, err
	})
}

// cachedItem includes the version, which clients see only as an ETag.
type cachedItem struct {
	Item
	Version int64 `json:"version"`
}

func (s *Store) cached(ctx context.Context, key string, load func(context.Context) (Item, error)) (Item, error) {
	entry, err := cache.Get(ctx, s.cache, key, func(ctx context.Context) (cachedItem, error) {
		item, err := load(ctx)
		return cachedItem{item, item.Version}, err
	})
	entry.Item.Version = entry.Version
	return entry.Item, err
}

// itemRef names the two cache entries of an item; zero names none.
type itemRef struct {
	ID  int64
	SKU kit.Identifier
}

func (i Item) ref() itemRef { return itemRef{i.ID, i.SKU} }

// evict evicts items that may have changed. Call it also after a transaction that
// failed: its COMMIT may have succeeded although the answer was lost.
func (s *Store) evict(ctx context.Context, changed ...itemRef) {
	var keys []string
	for _, item := range changed {
		if item.ID != 0 {
			keys = append(keys, idKey(item.ID), skuKey(item.SKU))
		}
	}
	s.cache.Evict(ctx, keys...)
}

func noItem(err error, id int64) error {
	if kit.IsNoRows(err) {
		return itemNotFound.With("id", id)
	}
	return err
}

func skuConflict(err error, sku kit.Identifier) error {
	if kit.IsUnique(err, "items_sku_key") {
		return skuTaken.With("sku", sku)
	}
	return err
}

func lockItem(ctx context.Context, tx pgx.Tx, id int64) (Item, error) {
	item, err := kit.Row[Item](ctx, tx, `SELECT `+itemColumns+` FROM items WHERE id = $1 FOR NO KEY UPDATE`, id)
	return item, noItem(err, id)
}

// CreateItem adds an item; its first stock is the first entry of its ledger.
func (s *Store) CreateItem(ctx context.Context, n NewItem, userID int64) (item Item, err error) {
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		item, err = kit.Row[Item](ctx, tx, `
			INSERT INTO items (sku, name, qty, price, reorder_level)
			VALUES ($1, $2, $3, $4, $5)
			RETURNING `+itemColumns,
			n.SKU, n.Name, n.Qty, n.Price, n.ReorderLevel)
		if err != nil || n.Qty == 0 {
			return err
		}
		return record(ctx, tx, item, entry{delta: int64(n.Qty), reason: "initial", userID: userID})
	})
	return item, skuConflict(err, n.SKU)
}

// ChangeItem changes an item; a new qty is a movement like any other. If ifVersion is
// not nil, it refuses another version of the item.
func (s *Store) ChangeItem(ctx context.Context, id int64, c ItemChange, ifVersion *int64, userID int64) (item Item, err error) {
	var before Item
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		if before, err = lockItem(ctx, tx, id); err != nil {
			return err
		}
		if ifVersion != nil && *ifVersion != before.Version {
			return itemChanged.With("id", id)
		}
		var price *kit.Money
		if named, ok := c.Price.Get(); ok {
			price = &named
		}
		item, err = kit.Row[Item](ctx, tx, `
			UPDATE items SET
				sku = coalesce($2, sku), name = coalesce($3, name), qty = coalesce($4, qty),
				price = CASE WHEN $5 THEN NULL ELSE coalesce($6, price) END, reorder_level = coalesce($7, reorder_level),
				version = version + 1, updated_at = now()
			WHERE id = $1
			RETURNING `+itemColumns,
			id, c.SKU, c.Name, c.Qty, c.Price.IsNull(), price, c.ReorderLevel)
		if err != nil || item.Qty == before.Qty {
			return err
		}
		return record(ctx, tx, item, entry{delta: int64(item.Qty - before.Qty), reason: "set", userID: userID})
	})
	s.evict(ctx, before.ref(), item.ref())
	if c.SKU != nil {
		err = skuConflict(err, *c.SKU)
	}
	return item, err
}

// DeleteItem deletes an item of which no order owns stock. What was left of it is the
// last entry of its ledger, which stays.
func (s *Store) DeleteItem(ctx context.Context, id, userID int64) error {
	var item Item
	err := s.db.Tx(ctx, func(tx pgx.Tx) (err error) {
		if item, err = lockItem(ctx, tx, id); err != nil {
			return err
		}
		if item.Allocated > 0 {
			return itemAllocated.With("allocated", item.Allocated, "sku", item.SKU)
		}
		if item.Qty > 0 {
			gone := item
			gone.Qty = 0
			if err := record(ctx, tx, gone, entry{delta: -int64(item.Qty), reason: "deleted", userID: userID}); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `DELETE FROM items WHERE id = $1`, id)
		return err
	})
	s.evict(ctx, item.ref())
	return err
}
