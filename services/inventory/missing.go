package inventory

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

// Missing lists those of the SKUs that no item has.
func (s *Store) Missing(ctx context.Context, skus []kit.Identifier) ([]string, error) {
	rows, err := s.db.Query(ctx, `
		SELECT sku FROM unnest($1::text[]) AS named (sku)
		WHERE NOT EXISTS (SELECT FROM items WHERE items.sku = named.sku)
		GROUP BY sku ORDER BY sku COLLATE "C"`, skus)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// CreateMissing creates an item without name, price and stock for each of the SKUs that
// no item has, and lists those it has created. Of two calls that name the same SKU at
// once, one creates it.
func (s *Store) CreateMissing(ctx context.Context, skus []kit.Identifier) (created []string, err error) {
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			INSERT INTO items (sku, name, qty, reorder_level)
			SELECT sku, '', 0, $2 FROM unnest($1::text[]) AS named (sku)
			WHERE NOT EXISTS (SELECT FROM items WHERE items.sku = named.sku)
			GROUP BY sku ORDER BY sku COLLATE "C"
			ON CONFLICT (sku) DO NOTHING
			RETURNING sku`, skus, defaultLevel)
		if err != nil {
			return err
		}
		created, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	slices.Sort(created)
	return created, err
}
