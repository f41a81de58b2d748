package tool

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
)

func TestDemoShop_IsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	today := time.Date(2026, 3, 4, 15, 0, 0, 0, time.UTC)
	ids := map[string]int64{}
	for n, person := range demoPeople {
		ids[demoEmail(person)] = int64(n + 3)
	}
	rows, err := demoOrderRows(today, ids)
	if err != nil {
		t.Fatal(err)
	}
	again, err := demoOrderRows(today.Add(8*time.Hour), ids)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rows, again); diff != "" {
		t.Error(diff)
	}
	if len(demoItemRows()) != 61 || len(demoUserRows()) != 26 {
		t.Errorf("%d items, %d users", len(demoItemRows())-1, len(demoUserRows())-1)
	}
}

func TestDemoShop_GrowsWithTheWeekAndHasOutliers(t *testing.T) {
	t.Parallel()
	today := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	perDay := make([]int, demoDays)
	ids := map[string]bool{}
	for _, o := range demoHistory(today) {
		age := int(today.Sub(o.createdAt.Truncate(24*time.Hour)).Hours() / 24)
		if age < 1 || age > demoDays {
			t.Fatalf("order %s is %d days old", o.id, age)
		}
		perDay[demoDays-age]++
		if len(o.lines) == 0 || !o.total().GreaterThan(decimal.Zero) || ids[o.id] {
			t.Fatalf("order %+v", o)
		}
		ids[o.id] = true
	}
	sum := func(from, to int) (n int) {
		for _, count := range perDay[from:to] {
			n += count
		}
		return n
	}
	if first, last := sum(0, 28), sum(demoDays-14, demoDays)*2; last < first*11/10 {
		t.Errorf("%d orders in the first four weeks, %d in the last ones: no growth", first, last)
	}
	for day, factor := range demoOutliers {
		before, after := perDay[day-7], perDay[day+7]
		if factor > 1 && perDay[day] < (before+after)*3/4 || factor < 1 && perDay[day] > (before+after)/4 {
			t.Errorf("day %d has %d orders, as its neighbours %d and %d", day, perDay[day], before, after)
		}
	}
}
