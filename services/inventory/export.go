package inventory

import (
	"context"
	"time"

	"microdemo/kit"
	"microdemo/kit/csvfile"
)

var exportColumns = []string{"id", "sku", "name", "qty", "price", "reorder_level", "created_at"}

// exportedItem is an item as a row of a file.
type exportedItem struct {
	ID           int64
	SKU          string
	Name         string
	Qty          int64
	Price        *kit.Money
	ReorderLevel int64
	CreatedAt    time.Time
}

// Export writes all items, as they are at one moment, by number.
func (s *Store) Export(ctx context.Context, w *csvfile.Writer) error {
	return csvfile.Export(ctx, s.db, func(i exportedItem) error {
		return w.Row(i.ID, i.SKU, i.Name, i.Qty, i.Price, i.ReorderLevel, i.CreatedAt)
	}, `SELECT id, sku, name, qty, price, reorder_level, created_at FROM items ORDER BY id`)
}
