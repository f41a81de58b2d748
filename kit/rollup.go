package kit

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// RollUpInterval is how often services roll up deltas. Analytics is right in
	// between too: it adds the deltas that are left.
	RollUpInterval = time.Second

	// rollUpLimit is how many deltas one transaction rolls up: a second's work for
	// a busy machine.
	rollUpLimit = 5_000

	// rollUpTimeout is how long RollUp starts further transactions, so that it
	// ends well before the round of its Worker does.
	rollUpTimeout = roundTimeout / 3

	// rollUpLock is an advisory lock. Replicas of two versions share it, so its
	// number must not change.
	rollUpLock = 0x666f6c64
)

// RollUp moves deltas, which triggers write, into rollups, in transactions of
// bounded size, until none is left or time is up. The statement deletes at most $1
// deltas, adds them to the rollups, and returns their number. One replica works at
// a time; the others return at once.
func (db *DB) RollUp(ctx context.Context, statement string) error {
	for start := time.Now(); ; {
		var moved int
		err := db.Tx(ctx, func(tx pgx.Tx) error {
			moved = 0
			var locked bool
			err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock($1)`, int64(rollUpLock)).Scan(&locked)
			if err != nil || !locked {
				return err
			}
			return tx.QueryRow(ctx, statement, rollUpLimit).Scan(&moved)
		})
		if err != nil || moved < rollUpLimit || time.Since(start) > rollUpTimeout {
			return err
		}
	}
}

// Days is how far a time series goes back. Operations embed it in their input.
type Days struct {
	Days int `query:"days" minimum:"1" maximum:"180" default:"30" doc:"How many UTC days, the last of which is today." example:"30"`
}

// RecentDays is how many days "recent" means in analytics.
const RecentDays = 7

// LastDays returns the first and the last of so many UTC days that end with the
// day of now.
func LastDays(now time.Time, days int) (from, to time.Time) {
	to = now.UTC().Truncate(24 * time.Hour)
	return to.AddDate(0, 0, 1-days), to
}
