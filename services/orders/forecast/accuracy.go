package forecast

import "math"

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
