package inventory

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

// maxReorderLevel is as in the API.
const maxReorderLevel = 1_000_000_000

var exportColumns = []string{"id", "sku", "name", "qty", "price", "reorder_level", "created_at"}

var importColumns = kit.CSVColumns{
	Required: []string{"sku", "qty"},
	Optional: []string{"name", "price", "reorder_level"},
	Ignored:  []string{"id", "allocated", "created_at", "updated_at"},
}

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
func (s *Store) Export(ctx context.Context, w *kit.CSVWriter) error {
	return kit.ExportRows(ctx, s.db, func(i exportedItem) error {
		return w.Row(i.ID, i.SKU, i.Name, i.Qty, i.Price, i.ReorderLevel, i.CreatedAt)
	}, `SELECT id, sku, name, qty, price, reorder_level, created_at FROM items ORDER BY id`)
}

// Import sets items as the rows of a file say, by SKU, and makes those that are
// not there. All of it happens in one transaction, when the file is whole; until
// then its rows are only staged. With dryRun nothing happens.
func (s *Store) Import(ctx context.Context, file *kit.CSVFile, dryRun bool, userID int64) (report kit.CSVReport, err error) {
	err = s.db.OnImportConn(ctx, func(conn *pgx.Conn) error {
		total, err := stageItems(ctx, conn, file)
		if err != nil {
			return err
		}
		var created int64
		if dryRun {
			err = conn.QueryRow(ctx, `
				SELECT count(*) FROM staged s WHERE NOT EXISTS (SELECT FROM items i WHERE i.sku = s.sku)`).Scan(&created)
		} else {
			created, err = s.applyItems(ctx, conn, file.Has("price"), userID)
		}
		report = file.Report(created, total-created)
		return err
	})
	return report, err
}

// stageItems says how many rows it has staged.
func stageItems(ctx context.Context, conn *pgx.Conn, file *kit.CSVFile) (total int64, err error) {
	_, err = conn.Exec(ctx, `
		CREATE TEMPORARY TABLE staged (
			n             integer NOT NULL,
			sku           text COLLATE "C" NOT NULL,
			qty           bigint NOT NULL,
			name          text,            -- null: stays
			price         numeric(12, 2),  -- null: none, or no such column
			reorder_level bigint           -- null: stays
		)`)
	if err != nil {
		return 0, err
	}
	columns := []string{"n", "sku", "qty", "name", "price", "reorder_level"}
	if err := kit.StageCSV(ctx, conn, file, "staged", columns, parseItem); err != nil {
		return 0, err
	}
	if _, err := conn.Exec(ctx, `ANALYZE staged`); err != nil {
		return 0, err
	}
	var (
		row, first int
		sku        string
	)
	err = conn.QueryRow(ctx, `
		SELECT s.n, d.first, d.sku
		FROM (SELECT sku, min(n) AS first FROM staged GROUP BY sku HAVING count(*) > 1) AS d
		JOIN staged s ON s.sku = d.sku AND s.n > d.first
		ORDER BY s.n LIMIT 1`).Scan(&row, &first, &sku)
	if err == nil {
		return 0, kit.Rejected(row, "the SKU %s stands in row %d already", sku, first)
	}
	if !kit.IsNoRows(err) {
		return 0, err
	}
	err = conn.QueryRow(ctx, `SELECT count(*) FROM staged`).Scan(&total)
	return total, err
}

// applyItems makes what is staged true and says how many items it has created.
// New items come first, for nobody can wait for them; from then on, items that
// change are locked until the end, and sales of them wait. Items that are as the
// file has them are not touched.
func (s *Store) applyItems(ctx context.Context, conn *pgx.Conn, hasPrice bool, userID int64) (created int64, err error) {
	var changed int64
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		// One after the other, so that no import waits while it holds items.
		_, err := tx.Exec(ctx, `SET LOCAL lock_timeout = '10min'; SELECT pg_advisory_xact_lock(hashtext('import')); SET LOCAL lock_timeout = '15s'`)
		if err != nil {
			return err
		}
		err = tx.QueryRow(ctx, `
			WITH created AS (
				INSERT INTO items (sku, name, qty, price, reorder_level)
				SELECT sku, coalesce(name, ''), qty, price, coalesce(reorder_level, 20)
				FROM staged s
				WHERE NOT EXISTS (SELECT FROM items i WHERE i.sku = s.sku)
				ORDER BY n
				ON CONFLICT (sku) DO NOTHING
				RETURNING id, qty
			), moved AS (
				INSERT INTO movements (item_id, delta, qty_after, reason, user_id)
				SELECT id, qty, qty, 'imported', $1::bigint FROM created WHERE qty > 0
			)
			SELECT count(*) FROM created`, userID).Scan(&created)
		if err != nil {
			return fmt.Errorf("create items: %w", err)
		}
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
		if err != nil {
			return fmt.Errorf("change items: %w", err)
		}
		return nil
	})
	if changed > 0 { // whatever became of COMMIT: see drop
		s.cache.DropAll(ctx)
	}
	return created, err
}

var skus = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// parseItem makes a staged row of a row of a file, under the rules of the API.
func parseItem(row kit.CSVRow) ([]any, error) {
	sku := row.Raw("sku")
	if !skus.MatchString(sku) {
		return nil, errors.New("sku: expected 1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit")
	}
	qty, err := wholeNumber("qty", row.Raw("qty"), maxQty)
	if err != nil {
		return nil, err
	}
	values := []any{row.N, sku, qty, nil, nil, nil}
	if row.Has("name") {
		name := row.Text("name")
		if !isName(name) {
			return nil, errors.New("name: expected at most 200 characters, none of them a control character")
		}
		values[3] = name
	}
	if text := row.Raw("price"); text != "" {
		price, err := kit.ParseMoney(text)
		if err != nil {
			return nil, errors.New("price: expected an amount such as 10.00: not negative, at most two decimals, at most 9999999999.99")
		}
		values[4] = price
	}
	if text := row.Raw("reorder_level"); text != "" {
		level, err := wholeNumber("reorder_level", text, maxReorderLevel)
		if err != nil {
			return nil, err
		}
		values[5] = level
	}
	return values, nil
}

func wholeNumber(column, text string, most int64) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > most {
		return 0, fmt.Errorf("%s: expected a whole number from 0 to %d", column, most)
	}
	return n, nil
}

func isName(text string) bool {
	for _, r := range text {
		if r < 0x20 || r == 0x7f {
			return false
		}
	}
	return utf8.RuneCountInString(text) <= 200
}
