package demo

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"microdemo/services/orders/forecast"
)

func TestDemoShop_IsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	today := time.Date(2026, 3, 4, 15, 0, 0, 0, time.UTC)
	ids := map[string]int64{}
	for n, person := range people {
		ids[emailOf(person)] = int64(n + 3)
	}
	rows, err := orderRows(today, ids)
	if err != nil {
		t.Fatal(err)
	}
	again, err := orderRows(today.Add(8*time.Hour), ids)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rows, again); diff != "" {
		t.Error(diff)
	}
	if len(itemRows()) != 61 || len(userRows()) != 26 {
		t.Errorf("%d items, %d users", len(itemRows())-1, len(userRows())-1)
	}
}

func TestDemoShop_GrowsWithTheWeekAndHasOutliers(t *testing.T) {
	t.Parallel()
	today := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	perDay := make([]int, Days)
	ids := map[string]bool{}
	for _, o := range history(today) {
		age := int(today.Sub(o.createdAt.Truncate(24*time.Hour)).Hours() / 24)
		if age < 1 || age > Days {
			t.Fatalf("order %s is %d days old", o.id, age)
		}
		perDay[Days-age]++
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
	if first, last := sum(0, 28), sum(Days-14, Days)*2; last < first*11/10 {
		t.Errorf("%d orders in the first four weeks, %d in the last ones: no growth", first, last)
	}
	for day, factor := range outliers {
		before, after := perDay[day-7], perDay[day+7]
		if factor > 1 && perDay[day] < (before+after)*3/4 || factor < 1 && perDay[day] > (before+after)/4 {
			t.Errorf("day %d has %d orders, like its neighbours %d and %d", day, perDay[day], before, after)
		}
	}
}

// TestDemoShop_CanBeForecast tries each weekday.
func TestDemoShop_CanBeForecast(t *testing.T) {
	t.Parallel()
	for n := range 7 {
		today := time.Date(2026, 3, 1+n, 12, 0, 0, 0, time.UTC)
		first := today.Truncate(24*time.Hour).AddDate(0, 0, -Days)
		revenue := make([]float64, Days)
		for _, o := range history(today) {
			if o.status != "cancelled" {
				revenue[int(o.createdAt.Sub(first).Hours()/24)] += o.total().InexactFloat64()
			}
		}
		auto := forecast.Options{Days: 14, Method: forecast.Auto, Seasonality: forecast.AutoSeason, Conf: 0.95}
		chosen, ours, naive := forecast.HoldOut(revenue, auto)
		t.Logf("%s: mean absolute error %.0f, of the week before %.0f; %s, %s",
			today.Format(time.DateOnly), ours.MAE, naive.MAE, chosen.Method, chosen.Seasonality)
		if ours.MAE >= naive.MAE || ours.RMSE >= naive.RMSE {
			t.Errorf("the forecast is off by %+v, the week before by %+v", ours, naive)
		}
		if chosen.Seasonality != forecast.Weekday && chosen.Method != forecast.HoltWinters {
			t.Errorf("auto chose %s, %s: no season", chosen.Method, chosen.Seasonality)
		}
		anomalies := forecast.Of(revenue, auto).Anomalies
		for day := range outliers {
			if !slices.ContainsFunc(anomalies, func(a forecast.Anomaly) bool { return a.Index == day }) {
				t.Errorf("%s: day %d is not among the anomalies %+v", today.Format(time.DateOnly), day, anomalies)
			}
		}
	}
}
