package inventory

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
)

// defaultReorderLevel is that of an item nobody has named one for.
const defaultReorderLevel = 20

// Missing lists those of the SKUs that no item has.
func (s *Store) Missing(ctx context.Context, skus []string) ([]string, error) {
	rows, err := s.db.Query(ctx, `
		SELECT sku FROM unnest($1::text[]) AS named (sku)
		WHERE NOT EXISTS (SELECT FROM items WHERE items.sku = named.sku)
		GROUP BY sku ORDER BY sku COLLATE "C"`, skus)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// CreateMissing makes an item without name, price and stock for each of the SKUs
// that no item has, and lists those it has made. Of two calls that name the same
// SKU at once, one makes it.
func (s *Store) CreateMissing(ctx context.Context, skus []string) (created []string, err error) {
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			INSERT INTO items (sku, name, qty, reorder_level)
			SELECT sku, '', 0, $2 FROM unnest($1::text[]) AS named (sku)
			WHERE NOT EXISTS (SELECT FROM items WHERE items.sku = named.sku)
			GROUP BY sku ORDER BY sku COLLATE "C"
			ON CONFLICT (sku) DO NOTHING
			RETURNING sku`, skus, defaultReorderLevel)
		if err != nil {
			return err
		}
		created, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	slices.Sort(created)
	return created, err
}
