package csvfile

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

// ExportTable writes the rows of a query, whose columns are those of the file.
func ExportTable(ctx context.Context, db *kit.DB, w *Writer, sql string) error {
	return Export(ctx, db, pgx.CollectableRow.Values, func(cells []any) error { return w.Row(cells...) }, sql)
}

// Export passes each row of a query to write, all of one moment. Rows are fetched a
// thousand at a time, so that a slow client costs a connection and no memory.
func Export[T any](ctx context.Context, db *kit.DB, scan pgx.RowToFunc[T], write func(T) error, sql string, args ...any) error {
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return pgx.BeginTxFunc(ctx, db.Pool, options, func(tx pgx.Tx) error {
		// A slow client may take stallTimeout for each piece.
		if _, err := tx.Exec(ctx, fmt.Sprintf(`SET LOCAL idle_in_transaction_session_timeout = %d`, (2*stallTimeout).Milliseconds())); err != nil {
			return err
		}
		// Not prepared: the cursors of all exports have the same name.
		args = append([]any{pgx.QueryExecModeDescribeExec}, args...)
		if _, err := tx.Exec(ctx, `DECLARE export NO SCROLL CURSOR FOR `+sql, args...); err != nil {
			return err
		}
		for {
			fetched, err := tx.Query(ctx, `FETCH 1000 FROM export`, pgx.QueryExecModeDescribeExec)
			if err != nil {
				return err
			}
			rows, err := pgx.CollectRows(fetched, scan)
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
