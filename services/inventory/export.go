package inventory

import (
	"context"
	"strings"

	"microdemo/kit/csvfile"
)

var exportColumns = []string{"id", "sku", "name", "qty", "price", "reorder_level", "created_at"}

// Export writes all items, as they are at one moment, by number.
func (s *Store) Export(ctx context.Context, w *csvfile.Writer) error {
	return csvfile.ExportTable(ctx, s.db, w, `SELECT `+strings.Join(exportColumns, ", ")+` FROM items ORDER BY id`)
}
