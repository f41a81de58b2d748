package forecast

import (
	"math"
	"slices"
)

// candidate is one way to forecast.
type candidate struct {
	method      Method
	seasonality Seasonality
	fit         func(y []float64) model
	needs       func(y []float64) bool // beyond enough days; nil: nothing
}

// candidates, simpler ones first.
var candidates = []candidate{
	{method: Linear, seasonality: None, fit: func(y []float64) model { return fitLine(y, 1) }},
	{method: Linear, seasonality: Weekday, fit: func(y []float64) model { return fitLine(y, week) }},
	{method: Exp, seasonality: None, fit: func(y []float64) model { return fitHolt(y) }},
	{method: Exp, seasonality: Weekday, fit: func(y []float64) model { return fitAdjusted(y, week) }},
	{method: HoltWinters, seasonality: Weekday, fit: func(y []float64) model { return fitHoltWinters(y, week, false) }},
	{method: HoltWinters, seasonality: Weekday, fit: func(y []float64) model { return fitHoltWinters(y, week, true) }, needs: positive},
}

func positive(y []float64) bool { return slices.Min(y) > 0 }

// closer is by how much an error must be less for a method that is less simple.
// Holt's trend can be a line too, and Holt-Winters either, so they often tie.
const closer = 0.01

// choose finds the candidate for what was asked: of several, the one with the
// least mean absolute error on days it had not seen. The absolute error, because
// one odd day among these shall not decide.
func choose(y []float64, method Method, seasonality Seasonality) candidate {
	if len(y) < enough {
		return candidate{method: Linear, seasonality: None, fit: func(y []float64) model { return fitFlat(y) }}
	}
	if method == HoltWinters && seasonality == None {
		method = Exp
	}
	var best candidate
	lowest := math.Inf(1)
	origins, horizon := holdOuts(len(y))
	for _, c := range candidates {
		if method != Auto && c.method != method || seasonality != AutoSeason && c.seasonality != seasonality || c.needs != nil && !c.needs(y) {
			continue
		}
		if best.fit == nil {
			best = c // without days to hold out, the simplest
		}
		var err float64
		for _, origin := range origins {
			err += accuracy(y[origin:origin+horizon], c.fit(y[:origin]).mean(horizon)).MAE
		}
		if len(origins) > 0 && err < (1-closer)*lowest-rounding {
			best, lowest = c, err
		}
	}
	return best
}

// holdOuts is a rolling forecasting origin, FPP3 5.10: up to three, a week apart,
// each followed by two weeks to forecast, or one where days are few.
func holdOuts(n int) (origins []int, horizon int) {
	horizon = 2 * week
	if n < 6*week {
		horizon = week
	}
	for origin := n - horizon; origin >= max(enough, 2*horizon) && len(origins) < 3; origin -= week {
		origins = append(origins, origin)
	}
	return origins, horizon
}
