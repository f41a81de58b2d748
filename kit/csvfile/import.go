package csvfile

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

// Import is what a service adds to the steps of an import: stage the rows of the
// file in a temporary table, refuse a key that appears twice, and then either preview
// the changes or apply them in one transaction.
type Import struct {
	// Columns are those of the table staged, as CREATE TABLE takes them. It also has
	// n, the number of the row.
	Columns string

	// Parse gives a row's values for Columns. A row with an error is skipped, and the
	// error reported.
	Parse func(Row) ([]any, error)

	// Key is the column of the file, and of Columns, that names what a row is about.
	// CompareBy is another one of Columns to compare keys by; "" for Key itself.
	Key       string
	CompareBy string

	// Prepare runs after staging, outside any transaction; nil for nothing to do.
	Prepare func(context.Context, *pgx.Conn) error

	// Preview counts what Apply would create, in a read-only transaction. Both skip
	// the rows that they leave out.
	Preview func(context.Context, pgx.Tx, *File) (created int64, err error)

	// Apply writes what is staged, in one transaction. Only one import of the database
	// does so at a time.
	Apply func(context.Context, pgx.Tx, *File) (created, changed int64, err error)

	// Changed runs after Apply has changed rows, also if it is not known whether its
	// COMMIT succeeded.
	Changed func(context.Context)
}

// Run imports a file. With dryRun it changes nothing and reports the same.
func (im Import) Run(ctx context.Context, db *kit.DB, file *File, dryRun bool) (report Report, err error) {
	err = onOwnConn(ctx, db, func(conn *pgx.Conn) error {
		if err := im.stage(ctx, conn, file); err != nil {
			return err
		}
		if im.Prepare != nil {
			if err := im.Prepare(ctx, conn); err != nil {
				return err
			}
		}
		var created int64
		if dryRun {
			created, err = im.preview(ctx, conn, file)
		} else {
			created, err = im.apply(ctx, conn, file)
		}
		report = file.report(created)
		return err
	})
	return report, err
}

func (im Import) preview(ctx context.Context, conn *pgx.Conn, file *File) (created int64, err error) {
	err = pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		created, err = im.Preview(ctx, tx, file)
		return err
	})
	return created, err
}

// applyTimeout bounds the one transaction of an import, with its wait for others.
const applyTimeout = 15 * time.Minute

func (im Import) apply(ctx context.Context, conn *pgx.Conn, file *File) (created int64, err error) {
	// An import that has begun to write is completed, even if the client leaves.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), applyTimeout)
	defer cancel()
	var changed int64
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		// Imports write one after the other, so that none waits for another while it
		// holds rows that requests wait for.
		_, err := tx.Exec(ctx, `
			SET LOCAL lock_timeout = '10min';
			SELECT pg_advisory_xact_lock(x'696d706f7274'::bigint); -- "import"
			SET LOCAL lock_timeout = '15s'`)
		if err != nil {
			return fmt.Errorf("wait for other imports: %w", err)
		}
		created, changed, err = im.Apply(ctx, tx, file)
		return err
	})
	if changed > 0 {
		im.Changed(ctx)
	}
	return created, err
}

// closeTimeout bounds the end of an import's connection.
const closeTimeout = 3 * time.Second

// onOwnConn runs do on a connection that is closed afterwards, so that temporary
// tables always go with it, and that the pool replaces at once for requests. Its
// statements may take and wait longer than those of requests, and have the memory to
// join large tables.
func onOwnConn(ctx context.Context, db *kit.DB, do func(*pgx.Conn) error) error {
	pooled, err := db.Acquire(ctx)
	if err != nil {
		return err
	}
	conn := pooled.Hijack()
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		_ = conn.Close(ctx) // it is not used again
	}()
	_, err = conn.Exec(ctx, `SET statement_timeout = '15min'; SET lock_timeout = '15s'; SET work_mem = '64MB'; SET temp_buffers = '32MB'`)
	if err != nil {
		return err
	}
	return do(conn)
}
