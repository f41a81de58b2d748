package csvfile

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

// Export passes each row of a query to write, as T by column name, all of one moment.
// Rows are fetched a thousand at a time, so that a slow client costs a connection and
// no memory.
func Export[T any](ctx context.Context, db *kit.DB, write func(T) error, sql string, args ...any) error {
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
			rows, err := kit.Rows[T](ctx, tx, `FETCH 1000 FROM export`, pgx.QueryExecModeDescribeExec)
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
