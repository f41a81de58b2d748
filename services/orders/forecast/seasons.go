package forecast

// seasons is the season of the classical decomposition, FPP3 3.4: the mean
// distance, or ratio, of each of its days to the moving average around. y has two
// seasons at least.
func seasons(y []float64, season int, multiplicative bool) []float64 {
	half := season / 2
	out, count := make([]float64, season), make([]float64, season)
	for t := half; t < len(y)-half; t++ {
		average := movingAverage(y, t, season)
		if multiplicative {
			out[t%season] += y[t] / average
		} else {
			out[t%season] += y[t] - average
		}
		count[t%season]++
	}
	var mean float64
	for s := range out {
		out[s] /= count[s]
		mean += out[s] / float64(season)
	}
	for s := range out {
		if multiplicative {
			out[s] /= mean
		} else {
			out[s] -= mean
		}
	}
	return out
}

// movingAverage is centred on day t, over a season; where that is even, the
// days at both ends count half: FPP3 3.3.
func movingAverage(y []float64, t, season int) float64 {
	half := season / 2
	var sum float64
	for i := t - half; i <= t+half; i++ {
		weight := 1.0
		if season%2 == 0 && (i == t-half || i == t+half) {
			weight = 0.5
		}
		sum += weight * y[i]
	}
	return sum / float64(season)
}

// adjusted is Holt's linear trend on a series without its season, which is added
// to the forecast again: FPP3 5.7.
type adjusted struct {
	*smoothing
	seasons []float64
}

func fitAdjusted(y []float64, season int) adjusted {
	a := adjusted{seasons: seasons(y, season, false)}
	a.smoothing = fitHolt(a.rest(y))
	a.sigma = deviation(a.residuals(y), a.parameters()+season-1)
	return a
}

// rest is a series without its season.
func (a adjusted) rest(y []float64) []float64 {
	out := make([]float64, len(y))
	for t, v := range y {
		out[t] = v - a.seasons[t%len(a.seasons)]
	}
	return out
}

func (a adjusted) residuals(y []float64) []float64 { return a.smoothing.residuals(a.rest(y)) }

func (a adjusted) mean(days int) []float64 {
	out := a.smoothing.mean(days)
	n := len(a.expected)
	for h := range out {
		out[h] += a.seasons[(n+h)%len(a.seasons)]
	}
	return out
}
