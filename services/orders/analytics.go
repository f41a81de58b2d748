package orders

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

// Everyone as the owner of orders means all of them.
const Everyone int64 = 0

// Summary is how orders stand. Deleted ones count nowhere, imported ones do.
type Summary struct {
	Orders   int64
	Revenue  kit.Money // without the cancelled ones
	ByStatus map[Status]int64
	Recent   int64 // placed on the days asked for, also if cancelled since
	Newest   []NewestOrder
}

// NewestOrder is an order as a summary names it.
type NewestOrder struct {
	ID        string    `json:"id" doc:"The order's id" example:"ORD-001"`
	UserID    int64     `json:"user_id" doc:"The buyer" example:"2"`
	Total     kit.Money `json:"total" doc:"What the lines cost together" example:"20.00"`
	Status    Status    `json:"status" enum:"pending,processing,shipped,delivered,completed,cancelled" doc:"Where it stands" example:"pending"`
	CreatedAt time.Time `json:"created_at" doc:"When it was placed" example:"2026-01-02T15:04:05Z"`
}

// DayRevenue is what was sold on one UTC day. Orders that were cancelled or
// deleted since are left out.
type DayRevenue struct {
	Day     time.Time // its midnight in UTC
	Orders  int64
	Revenue kit.Money
}

// Each of these costs the same however many orders there are: it reads the
// aggregates, and the notes that are not rolled up yet. How many notes
// there are changes within seconds, so each is planned anew.
const (
	totalsSQL = `
		SELECT status, sum(orders)::bigint AS orders, sum(revenue) AS revenue
		FROM (SELECT status, orders, revenue FROM order_totals WHERE user_id = $1
		      UNION ALL
		      SELECT status, orders, revenue FROM order_deltas WHERE user_id = $1) AS t
		GROUP BY status`

	recentSQL = `
		SELECT coalesce(sum(orders), 0)::bigint
		FROM (SELECT orders + cancelled AS orders FROM order_days WHERE user_id = $1 AND day BETWEEN $2 AND $3
		      UNION ALL
		      SELECT orders FROM order_deltas WHERE user_id = $1 AND day BETWEEN $2 AND $3) AS d`

	newestSQL = `
		SELECT id, user_id, total, status, created_at FROM orders
		WHERE deleted_at IS NULL AND ($1::bigint = 0 OR user_id = $1)
		ORDER BY created_at DESC, id DESC LIMIT $2`

	daysSQL = `
		SELECT $2::date + n AS day, coalesce(sum(orders), 0)::bigint AS orders, coalesce(sum(revenue), 0) AS revenue
		FROM generate_series(0, $3::date - $2::date) AS n
		LEFT JOIN (SELECT day, orders, revenue FROM order_days WHERE user_id = $1 AND day BETWEEN $2 AND $3
		           UNION ALL
		           SELECT day, orders, revenue FROM order_deltas
		           WHERE user_id = $1 AND day BETWEEN $2 AND $3 AND status <> 'cancelled') AS d ON day = $2::date + n
		GROUP BY n ORDER BY n`

	rollUpSQL = `
		WITH noted AS (
			DELETE FROM order_deltas
			WHERE ctid = ANY (ARRAY(SELECT ctid FROM order_deltas ORDER BY user_id, id LIMIT $1))
			RETURNING user_id, day, status, orders, revenue
		), totals AS (
			INSERT INTO order_totals AS t (user_id, status, orders, revenue)
			SELECT user_id, status, sum(orders), sum(revenue) FROM noted GROUP BY user_id, status
			ON CONFLICT (user_id, status) DO UPDATE
			SET orders = t.orders + excluded.orders, revenue = t.revenue + excluded.revenue
		), days AS (
			INSERT INTO order_days AS d (user_id, day, orders, revenue, cancelled)
			SELECT user_id, day, coalesce(sum(orders) FILTER (WHERE status <> 'cancelled'), 0),
			       coalesce(sum(revenue) FILTER (WHERE status <> 'cancelled'), 0),
			       coalesce(sum(orders) FILTER (WHERE status = 'cancelled'), 0)
			FROM noted GROUP BY user_id, day
			ON CONFLICT (user_id, day) DO UPDATE
			SET orders = d.orders + excluded.orders, revenue = d.revenue + excluded.revenue, cancelled = d.cancelled + excluded.cancelled
		)
		SELECT count(*) FROM noted`
)

// newestOrders is how many orders a summary names.
const newestOrders = 5

// Summary sums up the orders of a buyer, or of Everyone, at one moment. from and
// to are the first and the last of the recent days.
func (s *Store) Summary(ctx context.Context, owner int64, from, to time.Time) (sum Summary, err error) {
	err = s.db.ReadSnapshot(ctx, func(tx pgx.Tx) error {
		if err := sum.addTotals(ctx, tx, owner); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, recentSQL, kit.PlanWithValues, owner, from.UTC(), to.UTC()).Scan(&sum.Recent); err != nil {
			return err
		}
		sum.Newest, err = kit.Rows[NewestOrder](ctx, tx, newestSQL, kit.PlanWithValues, owner, newestOrders)
		return err
	})
	return sum, err
}

func (sum *Summary) addTotals(ctx context.Context, tx pgx.Tx, owner int64) error {
	totals, err := kit.Rows[struct {
		Status  Status
		Orders  int64
		Revenue kit.Money
	}](ctx, tx, totalsSQL, kit.PlanWithValues, owner)
	sum.ByStatus = map[Status]int64{}
	for status := range next {
		sum.ByStatus[status] = 0
	}
	for _, t := range totals {
		sum.Orders += t.Orders
		sum.ByStatus[t.Status] = t.Orders
		if t.Status != Cancelled {
			sum.Revenue = sum.Revenue.Plus(t.Revenue)
		}
	}
	return err
}

// DailyRevenue is what a buyer, or Everyone, has bought on each UTC day from the
// day of from to that of to, oldest first. Every day is there.
func (s *Store) DailyRevenue(ctx context.Context, owner int64, from, to time.Time) ([]DayRevenue, error) {
	return kit.Rows[DayRevenue](ctx, s.db, daysSQL, kit.PlanWithValues, owner, from.UTC(), to.UTC())
}

// rollUp moves deltas of orders into the rollups that analytics reads.
func (s *Store) rollUp(ctx context.Context) error { return s.db.RollUp(ctx, rollUpSQL) }
