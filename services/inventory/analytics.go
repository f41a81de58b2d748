package inventory

import (
	"context"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

// maxLowest is how many items a summary names.
const maxLowest = 100

// Summary is how the stock stands.
type Summary struct {
	Totals
	Lowest []LowItem // low or out of stock, the lowest first
}

// Totals counts items and their stock.
type Totals struct {
	Items      int64
	Quantity   int64
	OutOfStock int64
	LowStock   int64 // some are left, but less than the reorder level
}

// LowItem is an item of which there is little or nothing left.
type LowItem struct {
	ID  int64  `json:"id" doc:"The item's number" example:"1"`
	SKU string `json:"sku" doc:"Stock keeping unit" example:"SKU-001"`
	Qty int64  `json:"qty" doc:"How many can still be sold" example:"3"`
}

// Each of these costs the same however many items there are.
const (
	totalsSQL = `
		SELECT coalesce(sum(items), 0)::bigint AS items, coalesce(sum(quantity), 0)::bigint AS quantity,
		       coalesce(sum(out_of_stock), 0)::bigint AS out_of_stock, coalesce(sum(low_stock), 0)::bigint AS low_stock
		FROM (SELECT items, quantity, out_of_stock, low_stock FROM stock_totals
		      UNION ALL
		      SELECT items, quantity, out_of_stock, low_stock FROM stock_deltas) AS t`

	lowestSQL = `
		SELECT id, sku, qty FROM items
		WHERE qty = 0 OR qty < reorder_level
		ORDER BY qty, id LIMIT $1`

	rollUpSQL = `
		WITH noted AS (
			DELETE FROM stock_deltas WHERE ctid = ANY (ARRAY(SELECT ctid FROM stock_deltas ORDER BY id LIMIT $1))
			RETURNING items, quantity, out_of_stock, low_stock
		), totals AS (
			INSERT INTO stock_totals AS t (items, quantity, out_of_stock, low_stock)
			SELECT sum(items), sum(quantity), sum(out_of_stock), sum(low_stock) FROM noted HAVING count(*) > 0
			ON CONFLICT (one_row) DO UPDATE
			SET items = t.items + excluded.items, quantity = t.quantity + excluded.quantity,
			    out_of_stock = t.out_of_stock + excluded.out_of_stock, low_stock = t.low_stock + excluded.low_stock
		)
		SELECT count(*) FROM noted`
)

// Summary sums up the stock at one moment.
func (s *Store) Summary(ctx context.Context) (sum Summary, err error) {
	err = s.db.ReadSnapshot(ctx, func(tx pgx.Tx) error {
		if sum.Totals, err = kit.Row[Totals](ctx, tx, totalsSQL); err != nil {
			return err
		}
		sum.Lowest, err = kit.Rows[LowItem](ctx, tx, lowestSQL, maxLowest)
		return err
	})
	return sum, err
}

// rollUp moves deltas of items into the rollups that analytics reads.
func (s *Store) rollUp(ctx context.Context) error { return s.db.RollUp(ctx, rollUpSQL) }
