package forecast

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

var everyMethod = []Method{Auto, Linear, Exp, HoltWinters}

// weekdays is a weekly pattern around 0.
var weekdays = []float64{-20, -30, -10, 0, 10, 40, 10}

// each series is what its method was made for.
var series = map[string]struct {
	method         Method
	seasonality    Seasonality
	multiplicative bool
	day            func(t int, noise float64) float64
}{
	"a line":              {Linear, None, false, func(t int, e float64) float64 { return 100 + 2*float64(t) + 5*e }},
	"a line and weekdays": {Linear, Weekday, false, func(t int, e float64) float64 { return 200 + float64(t) + weekdays[t%7] + 5*e }},
	"a trend that turned": {Exp, None, false, func(t int, e float64) float64 { return 900 - 5*math.Abs(float64(t)-45) + 3*e }},
	"a trend that turned, with weekdays": {Exp, Weekday, false, func(t int, e float64) float64 {
		return 400 - float64(t) + 9*max(0, float64(t)-45) + weekdays[t%7] + 3*e
	}},
	"weekdays that changed": {HoltWinters, Weekday, false, func(t int, e float64) float64 {
		return 100 + 10*float64(t) + weekdays[(t+t/45*3)%7] + 3*e
	}},
	"weekdays that grow": {HoltWinters, Weekday, true, func(t int, e float64) float64 {
		return 20 * math.Exp(float64(t)/35) * (1 + weekdays[t%7]/60) * (1 + 0.02*e)
	}},
}

func daysOf(day func(t int, noise float64) float64) []float64 {
	random := rand.New(rand.NewPCG(3, 4)) // the same in every test
	y := make([]float64, 90)
	for t := range y {
		y[t] = day(t, random.NormFloat64())
	}
	return y
}

func TestAuto_ChoosesWhatTheSeriesWasMadeFor(t *testing.T) {
	t.Parallel()
	chosen := map[Method]bool{}
	for name, s := range series {
		y := daysOf(s.day)
		r := Of(y, Options{Days: 30, Method: Auto, Seasonality: AutoSeason, Conf: 0.95})
		if r.Method != s.method || r.Seasonality != s.seasonality {
			t.Errorf("%s: auto chose %s and %s, want %s and %s", name, r.Method, r.Seasonality, s.method, s.seasonality)
		}
		chosen[r.Method] = true
		if hw, ok := choose(y, HoltWinters, AutoSeason).fit(y).(*smoothing); ok && s.method == HoltWinters && hw.multiplicative != s.multiplicative {
			t.Errorf("%s: hw is multiplicative: %v", name, hw.multiplicative)
		}
	}
	if len(chosen) != 3 {
		t.Errorf("auto chose only %v", chosen)
	}
}

func TestOf_DoesWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	y := daysOf(series["weekdays that grow"].day)
	for _, method := range []Method{Linear, Exp, HoltWinters} {
		for _, seasonality := range []Seasonality{Weekday, None} {
			want := method
			if method == HoltWinters && seasonality == None {
				want = Exp
			}
			r := Of(y, Options{Days: 7, Method: method, Seasonality: seasonality, Conf: 0.8})
			if r.Method != want || r.Seasonality != seasonality {
				t.Errorf("%s, %s: answered %s, %s", method, seasonality, r.Method, r.Seasonality)
			}
		}
	}
}

func TestOf_FollowsItsRulesForFewDays(t *testing.T) {
	t.Parallel()
	zeros := func(n int) []float64 { return make([]float64, n) }
	week2 := []float64{10, 20, 30, 40, 50, 60, 70, 10, 20, 30, 40, 50, 60, 70}
	for name, c := range map[string]struct {
		history     []float64
		method      Method
		seasonality Seasonality
		first       Day
	}{
		"no days":            {nil, Linear, None, Day{}},
		"no revenue":         {zeros(90), Linear, None, Day{}},
		"one day":            {append(zeros(89), 40), Linear, None, Day{40, 0, 80}},
		"13 days, no trend":  {append(zeros(77), week2[:13]...), Linear, None, Day{Revenue: 490. / 13}},
		"closed before":      {append(zeros(76), week2...), Linear, None, Day{Revenue: 40 + 7.5*560/227.5}},
		"the same every day": {slices.Repeat([]float64{50}, 90), Linear, None, Day{50, 50, 50}},
	} {
		r := Of(c.history, Options{Days: 90, Method: Auto, Seasonality: AutoSeason, Conf: 0.95})
		if r.Method != c.method || r.Seasonality != c.seasonality || len(r.Days) != 90 {
			t.Fatalf("%s: %s, %s, %d days", name, r.Method, r.Seasonality, len(r.Days))
		}
		near(t, name, r.Days[0].Revenue, c.first.Revenue, 1e-6)
		if c.first.Upper > 0 || c.first.Revenue == 0 {
			near(t, name+", lower", r.Days[89].Lower, c.first.Lower, 1e-6)
			near(t, name+", upper", r.Days[89].Upper, c.first.Upper, 1e-6)
		}
		if len(r.Anomalies) > 0 {
			t.Errorf("%s: anomalies %v", name, r.Anomalies)
		}
	}
	// Two weeks suffice for weekdays, if asked for.
	r := Of(week2, Options{Days: 7, Method: HoltWinters, Seasonality: AutoSeason, Conf: 0.95})
	if r.Method != HoltWinters || r.Days[6].Revenue < 2*r.Days[0].Revenue {
		t.Errorf("two equal weeks: %+v", r)
	}
	// A day without revenue rules the multiplicative season out.
	y := daysOf(series["weekdays that grow"].day)
	y[80] = 0
	if hw := choose(y, HoltWinters, AutoSeason).fit(y).(*smoothing); hw.multiplicative {
		t.Error("multiplicative with a day of 0")
	}
}

// Where ratios are wild, no multiplicative season has a positive level throughout.
func TestHoltWinters_FallsBackToTheAdditiveSeason(t *testing.T) {
	t.Parallel()
	y := daysOf(func(_ int, e float64) float64 { return math.Exp(20 * e) })
	m := fitHoltWinters(y, week, true)
	if m.multiplicative {
		t.Error("a multiplicative season was fitted")
	}
	for _, v := range m.mean(90) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("forecast %v", m.mean(90))
		}
	}
}

func TestHoldOuts_AreAfterEnoughDays(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][]int{14: nil, 20: nil, 21: {14}, 28: {21, 14}, 41: {34, 27, 20}, 42: {28}, 90: {76, 69, 62}} {
		origins, horizon := holdOuts(n)
		if !slices.Equal(origins, want) || horizon != map[bool]int{true: 7, false: 14}[n < 42] {
			t.Errorf("%d days: from %v for %d days, want %v", n, origins, horizon, want)
		}
	}
}

func TestHoldOut_ComparesWithTheWeekBefore(t *testing.T) {
	t.Parallel()
	y := daysOf(series["a line and weekdays"].day)
	r, ours, naive := HoldOut(y, Options{Days: 14, Method: Auto, Seasonality: AutoSeason, Conf: 0.95})
	if r.Seasonality != Weekday {
		t.Errorf("auto chose %s, %s", r.Method, r.Seasonality)
	}
	var want Accuracy
	for h := range 14 {
		e := y[76+h] - y[69+h%7]
		want.MAE += math.Abs(e) / 14
		want.RMSE += e * e / 14
	}
	near(t, "seasonal naive, MAE", naive.MAE, want.MAE, 1e-9)
	near(t, "seasonal naive, RMSE", naive.RMSE, math.Sqrt(want.RMSE), 1e-9)
	if ours.MAE >= naive.MAE || ours.RMSE >= naive.RMSE || ours.MAE <= 0 {
		t.Errorf("forecast %+v, seasonal naive %+v", ours, naive)
	}
	// What is held out is not seen.
	y[80] = 1e9
	if again, _, _ := HoldOut(y, Options{Days: 14, Method: Auto, Seasonality: AutoSeason, Conf: 0.95}); !slices.Equal(again.Days, r.Days) {
		t.Error("the forecast knew a day it was to forecast")
	}
}
