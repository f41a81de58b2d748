package kit

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// A batch of rows is copied when it has as many rows, or as many bytes of file.
const (
	stageRows  = 5000
	stageBytes = 4 << 20
)

// OnImportConn runs do on a connection of its own, which is closed afterwards, so
// that temporary tables go with it whatever happens. Waiting requests do not miss
// it. Statements may take as long as an import does, and wait longer for locks
// than requests do; there is memory to join large tables.
func (db *DB) OnImportConn(ctx context.Context, do func(*pgx.Conn) error) error {
	pooled, err := db.Acquire(ctx)
	if err != nil {
		return err
	}
	conn := pooled.Hijack()
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer cancel()
		_ = conn.Close(ctx) // it is of no more use
	}()
	_, err = conn.Exec(ctx, `SET statement_timeout = '15min'; SET lock_timeout = '15s'; SET work_mem = '64MB'; SET temp_buffers = '32MB'`)
	if err != nil {
		return err
	}
	return do(conn)
}

// StageCSV copies what parse makes of the rows of a file into the columns of a
// table, batch by batch, each in a transaction of its own. A row for which parse
// has an error is skipped, and the error told to the client. When StageCSV
// returns without an error the whole file has arrived.
func StageCSV(ctx context.Context, conn *pgx.Conn, file *CSVFile, table string, columns []string, parse func(CSVRow) ([]any, error)) error {
	var batch [][]any
	size := 0
	flush := func() error {
		_, err := conn.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(batch))
		if err != nil {
			return fmt.Errorf("copy into %s: %w", table, err)
		}
		batch, size = batch[:0], 0
		return nil
	}
	for row, err := range file.Rows() {
		if err != nil {
			return err
		}
		values, err := parse(row)
		if err != nil {
			file.Skip(row.N, err.Error())
			continue
		}
		batch = append(batch, values)
		for _, cell := range row.cells {
			size += len(cell)
		}
		if len(batch) >= stageRows || size >= stageBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// ExportRows gives each row of a query to write, as T by column name, all of one
// moment. Rows are fetched a few at a time, so that a slow client costs a
// connection and no memory.
func ExportRows[T any](ctx context.Context, db *DB, write func(T) error, sql string, args ...any) error {
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return pgx.BeginTxFunc(ctx, db.Pool, options, func(tx pgx.Tx) error {
		// A client that is slow is given csvStall for each piece.
		if _, err := tx.Exec(ctx, fmt.Sprintf(`SET LOCAL idle_in_transaction_session_timeout = %d`, (2*csvStall).Milliseconds())); err != nil {
			return err
		}
		// Not kept prepared: every export calls its cursor the same.
		args = append([]any{pgx.QueryExecModeDescribeExec}, args...)
		if _, err := tx.Exec(ctx, `DECLARE export NO SCROLL CURSOR FOR `+sql, args...); err != nil {
			return err
		}
		for {
			rows, err := Rows[T](ctx, tx, `FETCH 1000 FROM export`, pgx.QueryExecModeDescribeExec)
			if err != nil || len(rows) == 0 {
				return err
			}
			for _, row := range rows {
				if err := write(row); err != nil {
					return err
				}
			}
		}
	})
}
