package inventory

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/kit/csvfile"
)

var importColumns = csvfile.Columns{
	Required: []string{"sku", "qty"},
	Optional: []string{"name", "price", "reorder_level"},
	Ignored:  []string{"id", "allocated", "created_at", "updated_at"},
}

// Import sets items as the rows of a file say, by SKU, and creates those that do not
// exist. userID is the administrator for the ledger.
func (s *Store) Import(ctx context.Context, file *csvfile.File, dryRun bool, userID int64) (csvfile.Report, error) {
	return csvfile.Import{
		Columns: `
			sku           text COLLATE "C" NOT NULL,
			qty           bigint NOT NULL,
			name          text,            -- null: stays
			price         numeric(12, 2),  -- null: none, or no such column
			reorder_level bigint           -- null: stays
		`,
		Parse: parseItem,
		Key:   "sku",
		Preview: func(ctx context.Context, tx pgx.Tx, _ *csvfile.File) (created int64, err error) {
			err = tx.QueryRow(ctx, `
				SELECT count(*) FROM staged s WHERE NOT EXISTS (SELECT FROM items i WHERE i.sku = s.sku)`).Scan(&created)
			return created, err
		},
		Apply: func(ctx context.Context, tx pgx.Tx, file *csvfile.File) (created, changed int64, err error) {
			// New items come first, for no sale can wait for them. Sales of an item
			// that changes wait from here to the commit.
			if created, err = createItems(ctx, tx, userID); err != nil {
				return 0, 0, fmt.Errorf("create items: %w", err)
			}
			if changed, err = changeItems(ctx, tx, file.Has("price"), userID); err != nil {
				return 0, 0, fmt.Errorf("change items: %w", err)
			}
			return created, changed, nil
		},
		Changed: s.cache.EvictAll,
	}.Run(ctx, s.db, file, dryRun)
}

func createItems(ctx context.Context, tx pgx.Tx, userID int64) (created int64, err error) {
	err = tx.QueryRow(ctx, `
		WITH created AS (
			INSERT INTO items (sku, name, qty, price, reorder_level)
			SELECT sku, coalesce(name, ''), qty, price, coalesce(reorder_level, $2)
			FROM staged s
			WHERE NOT EXISTS (SELECT FROM items i WHERE i.sku = s.sku)
			ORDER BY n
			ON CONFLICT (sku) DO NOTHING
			RETURNING id, qty
		), moved AS (
			INSERT INTO movements (item_id, delta, qty_after, reason, user_id)
			SELECT id, qty, qty, 'imported', $1::bigint FROM created WHERE qty > 0
		)
		SELECT count(*) FROM created`, userID, defaultLevel).Scan(&created)
	return created, err
}

// changeItems does not touch items that are as the file has them.
func changeItems(ctx context.Context, tx pgx.Tx, hasPrice bool, userID int64) (changed int64, err error) {
	err = tx.QueryRow(ctx, `
		WITH locked AS MATERIALIZED (
			SELECT i.id, i.qty AS before, s.qty, coalesce(s.name, i.name) AS name,
			       CASE WHEN $2::boolean THEN s.price ELSE i.price END AS price,
			       coalesce(s.reorder_level, i.reorder_level) AS reorder_level
			FROM staged s JOIN items i ON i.sku = s.sku
			WHERE (i.qty, i.name, i.price, i.reorder_level) IS DISTINCT FROM
			      (s.qty, coalesce(s.name, i.name), CASE WHEN $2::boolean THEN s.price ELSE i.price END, coalesce(s.reorder_level, i.reorder_level))
			ORDER BY i.id FOR NO KEY UPDATE OF i
		), changed AS (
			UPDATE items
			SET qty = l.qty, name = l.name, price = l.price, reorder_level = l.reorder_level,
			    version = version + 1, updated_at = now()
			FROM locked l WHERE items.id = l.id
		), moved AS (
			INSERT INTO movements (item_id, delta, qty_after, reason, user_id)
			SELECT id, qty - before, qty, 'imported', $1::bigint FROM locked WHERE qty <> before
		)
		SELECT count(*) FROM locked`, userID, hasPrice).Scan(&changed)
	return changed, err
}

// parseItem gives a row's values for the staging table, under the rules of the API.
func parseItem(row csvfile.Row) ([]any, error) {
	sku, err := kit.ParseText[kit.Identifier]("sku", row.Raw("sku"))
	if err != nil {
		return nil, err
	}
	qty, err := kit.ParseInteger[Qty]("qty", row.Raw("qty"))
	if err != nil {
		return nil, err
	}
	values := []any{sku, qty, nil, nil, nil}
	if row.Has("name") {
		if values[2], err = kit.ParseText[ItemName]("name", row.Text("name")); err != nil {
			return nil, err
		}
	}
	if text := row.Raw("price"); text != "" {
		if values[3], err = kit.ParseMoney("price", text); err != nil {
			return nil, err
		}
	}
	if text := row.Raw("reorder_level"); text != "" {
		if values[4], err = kit.ParseInteger[Level]("reorder_level", text); err != nil {
			return nil, err
		}
	}
	return values, nil
}
