package forecast

import (
	"math"
	"slices"
)

// Accuracy is how far forecasts were from what came: mean absolute error and
// root mean squared error, in the unit of the revenue; FPP3 5.8.
type Accuracy struct{ MAE, RMSE float64 }

// HoldOut forecasts the last o.Days of the history from those before them, and
// says how well, beside the seasonal naive forecast of the same days, by which
// each day is as a week before: FPP3 5.2. Nothing held out is seen by the
// choice of the method. The history has a week more than o.Days at least.
func HoldOut(history []float64, o Options) (r Result, forecast, naive Accuracy) {
	known, came := history[:len(history)-o.Days], history[len(history)-o.Days:]
	r = Of(known, o)
	revenue := make([]float64, o.Days)
	repeated := make([]float64, o.Days)
	for h, d := range r.Days {
		revenue[h] = d.Revenue
		repeated[h] = known[len(known)-week+h%week]
	}
	return r, accuracy(came, revenue), accuracy(came, repeated)
}

// accuracy compares; a forecast below 0 counts as the 0 it is answered as.
func accuracy(came, forecast []float64) (a Accuracy) {
	n := float64(len(came))
	for i, v := range came {
		e := math.Abs(v - max(0, forecast[i]))
		a.MAE += e / n
		a.RMSE += e * e / n
	}
	a.RMSE = math.Sqrt(a.RMSE)
	return a
}

// unusual is how many robust standard deviations make an anomaly. Of 90 usual
// days that are normally distributed, 0.24 are further off.
const unusual = 3

// anomalies finds the residuals far from the others: (e − median) / σ, where σ is
// 1.4826 × the median absolute deviation, which odd days do not inflate. If most
// residuals are equal that is 0, and 1.2533 × the mean absolute deviation stands
// in: Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993.
func anomalies(residuals []float64) (found []Anomaly) {
	centre := median(residuals)
	deviations := make([]float64, len(residuals))
	var mean float64
	for i, e := range residuals {
		deviations[i] = math.Abs(e - centre)
		mean += deviations[i] / float64(len(residuals))
	}
	sigma := 1.4826 * median(deviations)
	if sigma < rounding {
		sigma = 1.2533 * mean
	}
	if sigma < rounding {
		return nil
	}
	for i, e := range residuals {
		if z := (e - centre) / sigma; math.Abs(z) > unusual {
			found = append(found, Anomaly{Index: i, Z: z})
		}
	}
	return found
}

// rounding is what computing leaves of a residual of 0, where days are near 1.
const rounding = 1e-9

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
