package users

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

// Summary counts users. Deleted users are not counted.
type Summary struct {
	Active   int64
	Inactive int64
	ByRole   map[kit.Role]int64
	Recent   int64 // who signed up on the days asked for
}

// DaySignups counts the users who signed up on one UTC day.
type DaySignups struct {
	Day     time.Time // its midnight in UTC
	Signups int64
}

// Each query costs the same however many users there are: it reads the rollups, and
// the deltas that are not rolled up yet.
const (
	totalsSQL = `
		SELECT role, is_active, sum(users)::bigint AS users
		FROM (SELECT role, is_active, users FROM user_totals
		      UNION ALL
		      SELECT role, is_active, users FROM user_deltas) AS t
		GROUP BY role, is_active`

	daysSQL = `
		SELECT $1::date + n AS day, coalesce(sum(signups), 0)::bigint AS signups
		FROM generate_series(0, $2::date - $1::date) AS n
		LEFT JOIN (SELECT day, signups FROM user_days WHERE day BETWEEN $1 AND $2
		           UNION ALL
		           SELECT day, users FROM user_deltas WHERE day BETWEEN $1 AND $2) AS d ON day = $1::date + n
		GROUP BY n ORDER BY n`

	rollUpSQL = `
		WITH rolled AS (
			DELETE FROM user_deltas WHERE ctid = ANY (ARRAY(SELECT ctid FROM user_deltas ORDER BY id LIMIT $1))
			RETURNING day, role, is_active, users
		), totals AS (
			INSERT INTO user_totals AS t (role, is_active, users)
			SELECT role, is_active, sum(users) FROM rolled GROUP BY role, is_active
			ON CONFLICT (role, is_active) DO UPDATE SET users = t.users + excluded.users
		), days AS (
			INSERT INTO user_days AS d (day, signups)
			SELECT day, sum(users) FROM rolled GROUP BY day
			ON CONFLICT (day) DO UPDATE SET signups = d.signups + excluded.signups
		)
		SELECT count(*) FROM rolled`
)

// Summary counts the users at one moment. from and to are the first and the last of
// the recent days.
func (s *Store) Summary(ctx context.Context, from, to time.Time) (sum Summary, err error) {
	err = s.db.ReadSnapshot(ctx, func(tx pgx.Tx) error {
		totals, err := kit.Rows[struct {
			Role     kit.Role
			IsActive bool
			Users    int64
		}](ctx, tx, totalsSQL)
		if err != nil {
			return err
		}
		sum = Summary{ByRole: map[kit.Role]int64{kit.RoleUser: 0, kit.RoleAdmin: 0}}
		for _, t := range totals {
			if sum.ByRole[t.Role] += t.Users; t.IsActive {
				sum.Active += t.Users
			} else {
				sum.Inactive += t.Users
			}
		}
		days, err := kit.Rows[DaySignups](ctx, tx, daysSQL, from.UTC(), to.UTC())
		for _, d := range days {
			sum.Recent += d.Signups
		}
		return err
	})
	return sum, err
}

// DailySignups counts the users who signed up on each UTC day from the day of from to
// that of to, oldest first. Days without any are included.
func (s *Store) DailySignups(ctx context.Context, from, to time.Time) ([]DaySignups, error) {
	return kit.Rows[DaySignups](ctx, s.db, daysSQL, from.UTC(), to.UTC())
}

// rollUp adds the deltas of users to the rollups.
func (s *Store) rollUp(ctx context.Context) error { return s.db.RollUp(ctx, rollUpSQL) }
