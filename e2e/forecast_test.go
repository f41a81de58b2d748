package e2e

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"microdemo/kit/kittest"
)

type revenueForecast struct {
	Days        int    `json:"days"`
	Method      string `json:"method"`
	Seasonality string `json:"seasonality"`
	History     []struct {
		Date    string  `json:"date"`
		Revenue float64 `json:"revenue"`
	} `json:"history"`
	Forecast []struct {
		Date    string  `json:"date"`
		Revenue float64 `json:"revenue"`
		Lower   float64 `json:"lower"`
		Upper   float64 `json:"upper"`
	} `json:"forecast"`
	Anomalies []struct {
		Date    string  `json:"date"`
		Revenue float64 `json:"revenue"`
		Z       float64 `json:"z"`
	} `json:"anomalies"`
}

func forecastFor(t testing.TB, client kittest.Client, query string) (f revenueForecast) {
	t.Helper()
	client.Do(t, "GET", "/orders/analytics/forecast?"+query, nil).Want(200).Into(&f)
	return f
}

// sold records that a buyer ordered on the days before today, as an import does.
// It gives the revenue by date. today is the day it was when the test began.
func (s *system) sold(today time.Time, buyer int64, status string, total func(ago int) float64, ago ...int) map[string]float64 {
	s.t.Helper()
	byDate := map[string]float64{}
	for _, n := range ago {
		at := today.AddDate(0, 0, -n).Add(12 * time.Hour)
		amount := math.Round(100*total(n)) / 100
		byDate[at.Format(time.DateOnly)] = amount
		s.count(`WITH added AS (
			INSERT INTO orders (id, user_id, status, total, imported, created_at) VALUES ($1, $2, $3, $4, true, $5) RETURNING id
		) SELECT count(*) FROM added`, fmt.Sprintf("%s-%d-%d", status, buyer, n), buyer, status, amount, at)
	}
	return byDate
}

func each(n int) (ago []int) {
	for i := range n {
		ago = append(ago, i+1)
	}
	return ago
}

func TestForecast_IsOfTheDailyRevenueThatTheCallerSees(t *testing.T) {
	t.Parallel()
	s := start(t)
	eve, eveID := s.register("eve@example.com")
	carol, _ := s.register("carol@example.com")
	today := time.Now().UTC().Truncate(24 * time.Hour)
	pattern := []float64{100, 150, 200, 250, 300, 400, 50}
	// Bob: weekdays, a trend, an odd day 40 days ago, and what shall not count.
	bobs := s.sold(today, s.bobID, "completed", func(ago int) float64 {
		if ago == 40 {
			return 2000
		}
		return 500 - float64(ago) + pattern[ago%7] + float64(ago*ago%11)
	}, each(89)...)
	s.sold(today, s.bobID, "cancelled", func(int) float64 { return 5000 }, 3)
	s.sold(today, s.bobID, "shipped", func(int) float64 { return 5000 }, 95)
	eves := s.sold(today, eveID, "delivered", func(int) float64 { return 40 }, 1)
	s.stock("TEA", 10, "10.00")
	s.bob.Do(t, "POST", "/orders/", m{"items": []m{{"sku": "TEA", "quantity": 1}}}).Want(201) // today

	all := map[string]float64{}
	for _, some := range []map[string]float64{bobs, eves} {
		for date, revenue := range some {
			all[date] += revenue
		}
	}
	for _, c := range []struct {
		name   string
		client kittest.Client
		want   map[string]float64
	}{{"bob", s.bob, bobs}, {"eve", eve, eves}, {"carol", carol, nil}, {"admin", s.admin, all}} {
		f := forecastFor(t, c.client, "days=14")
		if f.Days != 14 || len(f.Forecast) != 14 || len(f.History) != 90 {
			t.Fatalf("%s: %d days of forecast, of history %d", c.name, len(f.Forecast), len(f.History))
		}
		date, _ := time.Parse(time.DateOnly, f.Forecast[0].Date)
		if !date.Equal(today) {
			t.Skipf("a day has begun since the test did")
		}
		date = date.AddDate(0, 0, -90)
		for _, h := range f.History {
			if h.Date != date.Format(time.DateOnly) || h.Revenue != c.want[h.Date] {
				t.Errorf("%s: %s %g, want %s %g", c.name, h.Date, h.Revenue, date.Format(time.DateOnly), c.want[h.Date])
			}
			date = date.AddDate(0, 0, 1)
		}
		for _, d := range f.Forecast {
			if d.Date != date.Format(time.DateOnly) || d.Lower < 0 || d.Lower > d.Revenue || d.Revenue > d.Upper {
				t.Errorf("%s: %+v, want that of %s", c.name, d, date.Format(time.DateOnly))
			}
			date = date.AddDate(0, 0, 1)
		}
	}

	bob := forecastFor(t, s.bob, "days=14")
	if bob.Seasonality != "weekday" || bob.Method == "auto" {
		t.Errorf("bob's is made with %s and %s", bob.Method, bob.Seasonality)
	}
	for h, d := range bob.Forecast { // today is 0 days ago, tomorrow -1
		if want := 500 + float64(h) + pattern[(7-h%7)%7] + 5; math.Abs(d.Revenue-want) > 50 || d.Upper < want || d.Lower > want {
			t.Errorf("%s: %g in [%g, %g], want about %g", d.Date, d.Revenue, d.Lower, d.Upper, want)
		}
	}
	odd := today.AddDate(0, 0, -40).Format(time.DateOnly)
	if len(bob.Anomalies) == 0 || bob.Anomalies[0].Date != odd || bob.Anomalies[0].Revenue != 2000 || bob.Anomalies[0].Z < 10 {
		t.Errorf("anomalies %+v, want %s", bob.Anomalies, odd)
	}
	one := forecastFor(t, eve, "days=1&method=hw&seasonality=weekday&conf=0.99")
	if diff := cmp.Diff(fmt.Sprintf("[{%s 40 0 80}]", today.Format(time.DateOnly)), fmt.Sprint(one.Forecast)); diff != "" || one.Method != "linear" || one.Seasonality != "none" {
		t.Errorf("from one day: %s, %s, %s", one.Method, one.Seasonality, diff)
	}
	if none := forecastFor(t, carol, ""); len(none.Forecast) != 30 || none.Forecast[29].Upper != 0 || none.Method != "linear" || none.Anomalies == nil {
		t.Errorf("from no days: %+v", none)
	}

	var width float64
	for _, conf := range []string{"0.8", "0.95", "0.99"} {
		last := forecastFor(t, s.bob, "days=90&method=linear&seasonality=none&conf="+conf).Forecast[89]
		if last.Upper-last.Lower <= width {
			t.Errorf("conf=%s: %+v is not wider than %g", conf, last, width)
		}
		width = last.Upper - last.Lower
	}
	for query, want := range map[string][2]string{
		"method=linear&seasonality=weekday": {"linear", "weekday"}, "method=linear&seasonality=none": {"linear", "none"},
		"method=exp&seasonality=weekday": {"exp", "weekday"}, "method=exp&seasonality=none": {"exp", "none"},
		"method=hw&seasonality=auto": {"hw", "weekday"}, "method=hw&seasonality=none": {"exp", "none"},
	} {
		if f := forecastFor(t, s.bob, query); f.Method != want[0] || f.Seasonality != want[1] {
			t.Errorf("%s: made with %s and %s", query, f.Method, f.Seasonality)
		}
	}
}

func TestForecast_RefusesWhatItCannotForecast(t *testing.T) {
	t.Parallel()
	s := start(t)
	for query, location := range map[string]string{
		"days=0": "days", "days=91": "days", "days=-1": "days", "days=x": "days", "days=1.5": "days",
		"method=arima": "method", "seasonality=monthly": "seasonality",
		"conf=0.9": "conf", "conf=95": "conf", "conf=NaN": "conf", "conf=-Inf": "conf", "conf=x": "conf",
	} {
		s.bob.Do(t, "GET", "/orders/analytics/forecast?"+query, nil).WantProblem(422, "query."+location)
	}
	s.anyone.Do(t, "GET", "/orders/analytics/forecast", nil).WantProblem(401, "")
}
