package orders_test

import (
	"testing"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/orders"
)

// TestAnalytics_CostsTheSameHoweverManyOrdersThereAre looks at how the figures
// of all orders, of a buyer of 100,000 and of one of few are read, of 180 days,
// before and after what is noted of 200,000 orders is folded.
func TestAnalytics_CostsTheSameHoweverManyOrdersThereAre(t *testing.T) {
	t.Parallel()
	db := manyOrders(t)
	const days, statuses = 180, 6
	from, to := kit.LastDays(newest, days)
	wantBounded := func(when string, notes int) {
		t.Helper()
		for name, owner := range map[string]int64{"all": orders.Everyone, "of many": 1, "of few": 5, "of none": 1 << 40} {
			for sql, c := range map[string]struct {
				args         []any
				read, sorted int
			}{
				orders.TotalsSQL: {[]any{owner}, 2*statuses + notes, statuses + notes},
				orders.RecentSQL: {[]any{owner, from, to}, 2*days + notes, 0},
				orders.DaysSQL:   {[]any{owner, from, to}, 4*days + notes, 2*days + notes},
				orders.NewestSQL: {[]any{owner, 5}, 5, 0},
			} {
				t.Log(when, name)
				plan := kittest.PlanOf(t, db, sql, append([]any{kit.PlanWithValues}, c.args...)...)
				if notes == 0 {
					plan.SeqScans = nil // a table without a row needs no index
				}
				plan.WantIndexed(t, c.read, c.sorted)
			}
		}
	}
	// Of one statement there is one note at most for each day and status.
	wantBounded("noted", 4*days*statuses)
	for folded := 1; folded > 0; {
		kittest.PlanOf(t, db, orders.FoldSQL, 10_000).WantIndexed(t, 100_000, 20_000)
		if err := db.QueryRow(t.Context(), orders.FoldSQL, 10_000).Scan(&folded); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec(t.Context(), `VACUUM ANALYZE order_deltas, order_totals, order_days`); err != nil {
		t.Fatal(err)
	}
	wantBounded("folded", 0)
}
