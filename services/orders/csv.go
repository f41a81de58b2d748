package orders

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/services/orders/events"
)

// Exported is an order as a file holds it.
type Exported struct {
	ID        string
	UserID    int64
	Total     kit.Money
	Status    Status
	Items     []Line
	CreatedAt time.Time
}

// Export gives orders to write, by id, all as they are at one moment: those of
// one buyer, or with 0 everybody's.
func (s *Store) Export(ctx context.Context, owner int64, write func(Exported) error) error {
	return kit.ExportRows(ctx, s.db, write, `
		SELECT id, user_id, total, status, created_at,
		       (SELECT json_agg(json_build_object('sku', sku, 'quantity', quantity, 'price', price::text) ORDER BY position)
		        FROM order_lines WHERE order_id = id) AS items
		FROM orders
		WHERE deleted_at IS NULL AND ($1::bigint = 0 OR user_id = $1)
		ORDER BY id`, owner)
}

const (
	// importLock is the advisory lock that makes imports write one after the other.
	importLock = 0x696d706f7274 // "import"

	// importPatience is how long an import waits for another one to have written.
	importPatience = 5 * time.Minute

	// applyTimeout bounds the one transaction of an import.
	applyTimeout = 15 * time.Minute
)

// staging is a file in temporary tables of a connection: import_rows is what was
// read, import_applied what was written.
type staging struct {
	store  *Store
	conn   *pgx.Conn
	staged int64
}

// Staging runs do with empty tables for one import. They go when it ends.
func (s *Store) Staging(ctx context.Context, do func(*staging) error) error {
	return s.db.OnImportConn(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `
			CREATE TEMP TABLE import_rows (
				n          bigint NOT NULL, -- in the file
				id         text COLLATE "C" NOT NULL,
				user_id    bigint NOT NULL,
				total      numeric(20, 2) NOT NULL,
				status     text NOT NULL,
				created_at timestamptz, -- null: the file does not say
				skus       text[] COLLATE "C" NOT NULL,
				quantities integer[] NOT NULL,
				prices     numeric(12, 2)[] NOT NULL
			);
			CREATE TEMP TABLE import_applied (
				id          text COLLATE "C" NOT NULL,
				created_at  timestamptz NOT NULL,
				write_lines boolean NOT NULL,
				old_status  text, -- null: the order is new
				description text NOT NULL
			)`)
		if err != nil {
			return err
		}
		return do(&staging{store: s, conn: conn})
	})
}

// take copies the rows of the file. No transaction is open while it arrives.
func (s *staging) take(ctx context.Context, file *kit.CSVFile) error {
	var now time.Time
	if err := s.conn.QueryRow(ctx, `SELECT now()`).Scan(&now); err != nil {
		return err
	}
	err := kit.StageCSV(ctx, s.conn, file, "import_rows", stagedColumns, func(row kit.CSVRow) ([]any, error) {
		return stagedRow(row, now.Add(clockSkew))
	})
	if err != nil {
		return err
	}
	if _, err := s.conn.Exec(ctx, `ANALYZE import_rows`); err != nil {
		return err
	}
	if err := s.conn.QueryRow(ctx, `SELECT count(*) FROM import_rows`).Scan(&s.staged); err != nil {
		return err
	}
	return s.refuseTwice(ctx)
}

// refuseTwice refuses a file that says two things of one order.
func (s *staging) refuseTwice(ctx context.Context) error {
	var id string
	var first, again int
	err := s.conn.QueryRow(ctx, `
		SELECT r.id, first, r.n
		FROM (SELECT id, min(n) AS first FROM import_rows GROUP BY id HAVING count(*) > 1) AS twice
		JOIN import_rows r ON r.id = twice.id AND r.n > first
		ORDER BY r.n LIMIT 1`).Scan(&id, &first, &again)
	if kit.IsNoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return kit.Rejected(again, "the order %s stands in row %d already", id, first)
}

// gatherSKUs finds the items that the orders name, of rows that will be applied.
func (s *staging) gatherSKUs(ctx context.Context) error {
	_, err := s.conn.Exec(ctx, `
		CREATE TEMP TABLE import_skus AS
		SELECT DISTINCT sku
		FROM import_rows r LEFT JOIN orders o USING (id) CROSS JOIN LATERAL unnest(skus) AS sku
		WHERE o.id IS NULL OR o.imported AND o.deleted_at IS NULL;
		CREATE INDEX ON import_skus (sku)`)
	return err
}

// skus lists the items that were gathered, from behind one, up to limit.
func (s *staging) skus(ctx context.Context, after string, limit int) ([]string, error) {
	rows, err := s.conn.Query(ctx, `SELECT sku FROM import_skus WHERE sku > $1 ORDER BY sku LIMIT $2`, after, limit)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// judge counts what apply would do, and tells skip which rows it would leave out.
func (s *staging) judge(ctx context.Context, _ int64, skip func(int, string)) (created, updated int64, err error) {
	err = s.conn.QueryRow(ctx, `SELECT count(*) FROM import_rows LEFT JOIN orders o USING (id) WHERE o.id IS NULL`).Scan(&created)
	if err != nil {
		return 0, 0, err
	}
	skipped, err := skipOthers(ctx, s.conn, skip)
	return created, s.staged - created - skipped, err
}

// skipOthers tells skip of every row that names an order which an import does not
// change, and counts them.
func skipOthers(ctx context.Context, q interface {
	Query(context.Context, string, ...any) (pgx.Rows, error)
}, skip func(int, string),
) (skipped int64, err error) {
	rows, err := q.Query(ctx, `
		SELECT r.n, id, deleted_at IS NOT NULL
		FROM import_rows r JOIN orders o USING (id)
		WHERE NOT imported OR deleted_at IS NOT NULL
		ORDER BY r.n`)
	if err != nil {
		return 0, err
	}
	var n int
	var id string
	var deleted bool
	_, err = pgx.ForEachRow(rows, []any{&n, &id, &deleted}, func() error {
		why := "was placed; only imported orders can be changed"
		if deleted {
			why = "was deleted; its id is never free again"
		}
		skip(n, fmt.Sprintf("id: the order %s %s", id, why))
		skipped++
		return nil
	})
	return skipped, err
}

// apply writes the orders, all or none: it changes those that were imported
// before, where they differ, and creates those that are not there. It tells skip
// which rows it leaves out. by is who imports.
func (s *staging) apply(ctx context.Context, by int64, skip func(int, string)) (created, updated int64, err error) {
	// What was begun is brought to its end, whether or not the client still waits.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), applyTimeout)
	defer cancel()
	var changed int64
	err = pgx.BeginFunc(ctx, s.conn, func(tx pgx.Tx) error {
		if err := waitForImports(ctx, tx); err != nil {
			return err
		}
		if changed, err = changeOrders(ctx, tx); err != nil {
			return err
		}
		if created, err = createOrders(ctx, tx); err != nil {
			return err
		}
		skipped, err := skipOthers(ctx, tx, skip)
		if err != nil {
			return err
		}
		updated = s.staged - created - skipped
		if err := writeLines(ctx, tx); err != nil {
			return err
		}
		return recordImported(ctx, tx, by)
	})
	if changed > 0 { // whatever became of COMMIT: it may have been done though its answer was lost
		s.store.cache.DropAll(ctx)
	}
	return created, updated, err
}

// waitForImports lets imports write one after the other: only they change lines.
func waitForImports(ctx context.Context, tx pgx.Tx) error {
	for _, sql := range []string{
		fmt.Sprintf(`SET LOCAL lock_timeout = %d`, importPatience.Milliseconds()),
		fmt.Sprintf(`SELECT pg_advisory_xact_lock(%d)`, importLock),
		`SET LOCAL lock_timeout = '10s'`,
	} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// changeOrders locks the imported orders that differ from the file, by id, and
// makes them equal; their lines are to be written.
func changeOrders(ctx context.Context, tx pgx.Tx) (changed int64, err error) {
	tag, err := tx.Exec(ctx, `
		INSERT INTO import_applied (id, created_at, write_lines, old_status, description)
		SELECT o.id, coalesce(r.created_at, o.created_at), lines_differ, o.status,
		       format('Imported again, with another %s.', concat_ws(', ',
		           CASE WHEN r.status <> o.status THEN 'status' END,
		           CASE WHEN r.user_id <> o.user_id THEN 'buyer' END,
		           CASE WHEN r.total <> o.total THEN 'total' END,
		           CASE WHEN lines_differ THEN 'lines' END,
		           CASE WHEN r.created_at <> o.created_at THEN 'time' END))
		FROM import_rows r
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
		FROM import_applied a JOIN import_rows r USING (id)
		WHERE o.id = a.id`)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `DELETE FROM order_lines USING import_applied a WHERE order_id = a.id AND write_lines`)
	return tag.RowsAffected(), err
}

// createOrders creates those that are not there; their lines are to be written.
func createOrders(ctx context.Context, tx pgx.Tx) (created int64, err error) {
	tag, err := tx.Exec(ctx, `
		WITH made AS (
			INSERT INTO orders (id, user_id, status, total, imported, created_at)
			SELECT r.id, r.user_id, r.status, r.total, true, coalesce(r.created_at, now())
			FROM import_rows r
			WHERE NOT EXISTS (SELECT FROM orders o WHERE o.id = r.id)
			ORDER BY r.id
			ON CONFLICT (id) DO NOTHING
			RETURNING id, created_at, total)
		INSERT INTO import_applied (id, created_at, write_lines, description)
		SELECT id, created_at, true, format('Imported, total %s.', total) FROM made`)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `ANALYZE import_applied`)
	return tag.RowsAffected(), err
}

func writeLines(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO order_lines (order_id, position, sku, quantity, price, created_at)
		SELECT id, place - 1, sku, quantity, price, a.created_at
		FROM import_applied a JOIN import_rows r USING (id)
		CROSS JOIN LATERAL unnest(skus, quantities, prices) WITH ORDINALITY AS l (sku, quantity, price, place)
		WHERE write_lines`)
	return err
}

// recordImported records the events of an import. They are numbered without the
// lock, under which nobody could place an order meanwhile, and become visible
// under it. So what is in the stream, where imported ones are left out, still
// becomes visible in the order of its ids: no event that is visible, of whatever
// kind, has a live one before it that is not.
func recordImported(ctx context.Context, tx pgx.Tx, by int64) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO order_events (order_id, event_type, description, old_value, new_value, user_id, buyer)
		SELECT id, 'imported', description, old_status, status, $1, r.user_id
		FROM import_applied JOIN import_rows r USING (id)
		ORDER BY r.n`, by)
	if err != nil {
		return err
	}
	return events.Lock(ctx, tx)
}
