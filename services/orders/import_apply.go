package orders

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"microdemo/kit/csvfile"
	"microdemo/services/orders/events"
)

// skipOthers skips the rows about orders that an import does not change.
func skipOthers(ctx context.Context, tx pgx.Tx, file *csvfile.File) error {
	rows, err := tx.Query(ctx, `
		SELECT n, id, deleted_at IS NOT NULL
		FROM staged JOIN orders o USING (id)
		WHERE NOT imported OR deleted_at IS NOT NULL
		ORDER BY n`)
	if err != nil {
		return err
	}
	var (
		n       int64
		id      string
		deleted bool
	)
	_, err = pgx.ForEachRow(rows, []any{&n, &id, &deleted}, func() error {
		why := "was placed; only imported orders can be changed"
		if deleted {
			why = "was deleted; its id is never free again"
		}
		file.Skip(n, fmt.Sprintf("id: the order %s %s", id, why))
		return nil
	})
	return err
}

// applyOrders changes the imported orders that differ from the file, and creates
// those that do not exist.
func (im importer) applyOrders(ctx context.Context, tx pgx.Tx, file *csvfile.File) (created, changed int64, err error) {
	_, err = tx.Exec(ctx, `
		CREATE TEMPORARY TABLE applied (
			id          text COLLATE "C" NOT NULL,
			created_at  timestamptz NOT NULL,
			write_lines boolean NOT NULL,
			old_status  text, -- null: the order is new
			description text NOT NULL
		)`)
	if err != nil {
		return 0, 0, err
	}
	if changed, err = changeOrders(ctx, tx); err != nil {
		return 0, 0, err
	}
	if created, err = createOrders(ctx, tx); err != nil {
		return 0, 0, err
	}
	// Only now: an order may have been placed or deleted meanwhile.
	if err := skipOthers(ctx, tx, file); err != nil {
		return 0, 0, err
	}
	if err := writeLines(ctx, tx); err != nil {
		return 0, 0, err
	}
	return created, changed, recordImported(ctx, tx, im.by)
}

// changeOrders locks the imported orders that differ from the file, by id, and makes
// them equal. It removes the lines of those whose lines differ.
func changeOrders(ctx context.Context, tx pgx.Tx) (changed int64, err error) {
	tag, err := tx.Exec(ctx, `
		INSERT INTO applied (id, created_at, write_lines, old_status, description)
		SELECT o.id, coalesce(r.created_at, o.created_at), lines_differ, o.status,
		       format('Imported again, with another %s.', concat_ws(', ',
		           CASE WHEN r.status <> o.status THEN 'status' END,
		           CASE WHEN r.user_id <> o.user_id THEN 'buyer' END,
		           CASE WHEN r.total <> o.total THEN 'total' END,
		           CASE WHEN lines_differ THEN 'lines' END,
		           CASE WHEN r.created_at <> o.created_at THEN 'time' END))
		FROM staged r
		JOIN orders o ON o.id = r.id
		CROSS JOIN LATERAL (
			SELECT array_agg(sku ORDER BY position) IS DISTINCT FROM r.skus
			       OR array_agg(quantity ORDER BY position) IS DISTINCT FROM r.quantities
			       OR array_agg(price ORDER BY position) IS DISTINCT FROM r.prices AS lines_differ
			FROM order_lines WHERE order_id = r.id) AS l
		WHERE o.imported AND o.deleted_at IS NULL
		  AND (lines_differ OR (r.status, r.user_id, r.total) <> (o.status, o.user_id, o.total) OR r.created_at <> o.created_at)
		ORDER BY o.id FOR NO KEY UPDATE OF o`)
	if err != nil || tag.RowsAffected() == 0 {
		return 0, err
	}
	_, err = tx.Exec(ctx, `
		UPDATE orders o
		SET user_id = r.user_id, status = r.status, total = r.total, created_at = a.created_at,
		    version = version + 1, updated_at = now()
		FROM applied a JOIN staged r USING (id)
		WHERE o.id = a.id`)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `DELETE FROM order_lines USING applied a WHERE order_id = a.id AND write_lines`)
	return tag.RowsAffected(), err
}

// createOrders creates the orders that do not exist, still without lines.
func createOrders(ctx context.Context, tx pgx.Tx) (created int64, err error) {
	tag, err := tx.Exec(ctx, `
		WITH made AS (
			INSERT INTO orders (id, user_id, status, total, imported, created_at)
			SELECT r.id, r.user_id, r.status, r.total, true, coalesce(r.created_at, now())
			FROM staged r
			WHERE NOT EXISTS (SELECT FROM orders o WHERE o.id = r.id)
			ORDER BY r.id
			ON CONFLICT (id) DO NOTHING
			RETURNING id, created_at, total)
		INSERT INTO applied (id, created_at, write_lines, description)
		SELECT id, created_at, true, format('Imported, total %s.', total) FROM made`)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `ANALYZE applied`)
	return tag.RowsAffected(), err
}

// writeLines writes the lines of orders that are new or whose lines differ.
func writeLines(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO order_lines (order_id, position, sku, quantity, price, created_at)
		SELECT id, place - 1, sku, quantity, price, a.created_at
		FROM applied a JOIN staged r USING (id)
		CROSS JOIN LATERAL unnest(skus, quantities, prices) WITH ORDINALITY AS l (sku, quantity, price, place)
		WHERE write_lines`)
	return err
}

// recordImported records the events of an import. They get their ids before the event
// lock is acquired, because no order can be placed under it, and become visible under
// it. The stream leaves imported events out, so its events still become visible in the
// order of their ids: a visible event of any kind has no invisible live one before it.
func recordImported(ctx context.Context, tx pgx.Tx, by int64) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO order_events (order_id, event_type, description, old_value, new_value, user_id, buyer)
		SELECT id, 'imported', description, old_status, status, $1, r.user_id
		FROM applied JOIN staged r USING (id)
		ORDER BY r.n`, by)
	if err != nil {
		return err
	}
	return events.Lock(ctx, tx)
}
