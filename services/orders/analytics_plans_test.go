package orders_test

import (
	"slices"
	"testing"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/orders"
)

// TestAnalytics_CostsTheSameHoweverManyOrdersThereAre looks at how the figures
// of all orders, of a buyer of 100,000 and of one of few are read, of 180 days,
// before and after what is noted of 200,000 orders is rolled up.
func TestAnalytics_CostsTheSameHoweverManyOrdersThereAre(t *testing.T) {
	t.Parallel()
	db := openPool(t, manyOrders.Database(t))
	const days, statuses = 180, 6
	from, to := kit.LastDays(newest, days)
	wantBounded := func(when string, notes int, empty ...string) {
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
				plan.SeqScans = slices.DeleteFunc(plan.SeqScans, func(table string) bool { return slices.Contains(empty, table) })
				plan.WantIndexed(t, c.read, c.sorted)
			}
		}
	}
	// Of one statement there is one note at most for each day and status.
	wantBounded("noted", 4*days*statuses, "order_totals", "order_days")
	const batch = 10_000 // of each note: its key, itself, and thrice as one of those that were taken away
	kittest.PlanOf(t, db, orders.RollUpSQL, batch).WantIndexed(t, 6*batch, 2*batch)
	for moved := batch; moved == batch; {
		if err := db.QueryRow(t.Context(), orders.RollUpSQL, batch).Scan(&moved); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec(t.Context(), `VACUUM ANALYZE order_deltas, order_totals, order_days`); err != nil {
		t.Fatal(err)
	}
	wantBounded("rolled up", 0, "order_deltas")
}
