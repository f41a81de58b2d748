package kit

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// FoldInterval is how often services fold notes into aggregates. What is read
	// is right in between too; there is only more to add up.
	FoldInterval = time.Second

	// foldLimit is how many notes are folded in one transaction.
	foldLimit = 10_000

	// foldLock is the advisory lock under which notes are folded.
	foldLock = 0x666f6c64 // "fold"
)

// AtOneMoment runs do in a transaction that only reads, and whose statements all
// see the database as it was at one moment.
func (db *DB) AtOneMoment(ctx context.Context, do func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, db.Pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, do)
}

// Fold moves what triggers have noted into aggregates, in transactions of a
// bounded size, until all is folded. The statement takes away at most $1 notes,
// adds them to the aggregates, and answers how many they were. Only one replica
// folds at a time; the others leave it to that one.
func (db *DB) Fold(ctx context.Context, statement string) error {
	for {
		var folded int
		err := db.Tx(ctx, func(tx pgx.Tx) error {
			folded = 0
			var alone bool
			err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1)`, int64(foldLock)).Scan(&alone)
			if err != nil || !alone {
				return err
			}
			return tx.QueryRow(ctx, statement, foldLimit).Scan(&folded)
		})
		if err != nil || folded < foldLimit {
			return err
		}
	}
}
