// Package forecast predicts daily revenue from the days before it. It is pure:
// the same days give the same forecast.
//
// Formulas are from Hyndman and Athanasopoulos, Forecasting: Principles and
// Practice, 3rd ed. (FPP3, by section), and Hyndman, Koehler, Ord and Snyder,
// Forecasting with Exponential Smoothing, 2008 (HKOS).
package forecast

import "slices"

// Method is how the level and the trend are predicted.
type Method string

// The methods. Auto is for asking only.
const (
	Auto        Method = "auto"
	Linear      Method = "linear" // least-squares line
	Exp         Method = "exp"    // Holt's linear trend
	HoltWinters Method = "hw"     // Holt-Winters, additive or multiplicative
)

// Seasonality is whether weekdays differ.
type Seasonality string

// The seasonalities. AutoSeason is for asking only.
const (
	AutoSeason Seasonality = "auto"
	Weekday    Seasonality = "weekday"
	None       Seasonality = "none"
)

// week is the season: so many days until a weekday comes again.
const week = 7

// enough is how many days a trend or a season needs: each weekday twice.
const enough = 2 * week

// Options is what to forecast.
type Options struct {
	Days        int // how many, from the day after the last known one
	Method      Method
	Seasonality Seasonality
	Conf        float64 // probability that a day falls within its band, in (0, 1)
}

// Day is the forecast of a day: 0 ≤ Lower ≤ Revenue ≤ Upper.
type Day struct{ Revenue, Lower, Upper float64 }

// Anomaly is a day of the history that was far from what was to be expected.
type Anomaly struct {
	Index int     // of the day in the history
	Z     float64 // how far, in robust standard deviations; negative: too little
}

// Result is a forecast, with the method and seasonality that made it.
type Result struct {
	Method      Method
	Seasonality Seasonality
	Days        []Day
	Anomalies   []Anomaly
}

// Of forecasts from the revenue of consecutive days, oldest first, none negative.
//
// Days before the first revenue are no data: the shop was not open. Then
//   - without any revenue all days are 0, with bands of no width (linear, none);
//   - below 14 days there is neither trend nor season: the mean (linear, none);
//   - below 21 days nothing can be held out to compare: auto is linear and none;
//   - multiplicative Holt-Winters needs revenue on every day;
//   - without revenue on most days none is an anomaly.
//
// Holt-Winters without a season is Holt's linear trend, and answered as that.
// Methods do not learn from days that are very odd.
func Of(history []float64, o Options) Result {
	first := slices.IndexFunc(history, func(v float64) bool { return v > 0 })
	if first < 0 {
		return Result{Method: Linear, Seasonality: None, Days: make([]Day, o.Days)}
	}
	// Methods see numbers around 1, so that currencies do not matter to them.
	y, scale := scaled(history[first:])
	known := usual(y)
	c := choose(known, o.Method, o.Seasonality)
	m := c.fit(known)
	r := Result{Method: c.method, Seasonality: c.seasonality, Days: days(m, o, scale)}
	if steady(y) {
		for _, a := range anomalies(m.residuals(y)) {
			r.Anomalies = append(r.Anomalies, Anomaly{Index: first + a.Index, Z: a.Z})
		}
	}
	return r
}

func scaled(values []float64) (y []float64, scale float64) {
	n := float64(len(values))
	for _, v := range values {
		scale += v / n
	}
	y = make([]float64, len(values))
	for i, v := range values {
		y[i] = v / scale
	}
	return y, scale
}

// model is a method fitted to a series.
type model interface {
	// residuals are how far days are from what the model, fitted to days alike,
	// expected the day before.
	residuals(y []float64) []float64
	// mean is the point forecast of the next days.
	mean(days int) []float64
	// spread is how far the band reaches below and above the point forecast.
	spread(days int, conf float64) (below, above []float64)
}

// days puts forecast and band together. Revenue is never negative, so both end
// at 0. Nor is a day ever more certain than one before it: where a method has
// narrower bands for some weekdays, the widest so far stands.
func days(m model, o Options, scale float64) []Day {
	mean := m.mean(o.Days)
	below, above := m.spread(o.Days, o.Conf)
	out := make([]Day, o.Days)
	var down, up float64
	for i := range out {
		down, up = max(down, below[i]), max(up, above[i])
		revenue := max(0, mean[i])
		out[i] = Day{Revenue: scale * revenue, Lower: scale * max(0, revenue-down), Upper: scale * (revenue + up)}
	}
	return out
}
