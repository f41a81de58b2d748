package forecast

import (
	"math"
	"slices"
)

// usual is a series as it would be without its odd days, which get what their
// weekday had a week before and after. Otherwise one of them would bend trend and
// weekday, and all days like it would seem odd.
//
// A day is odd if what is left of it without trend and season is further from the
// quartiles than three times their distance, FPP3 13.9, and also half of what was
// to be expected, or more. Trend and season are medians here, which odd days do
// not move. More than a tenth of the days are not odd, but how things are.
func usual(y []float64) []float64 {
	if len(y) < 3*week || !steady(y) {
		return y
	}
	expected := robust(y)
	rest := make([]float64, len(y))
	for t, v := range y {
		rest[t] = v - expected[t]
	}
	sorted := slices.Sorted(slices.Values(rest))
	low, high := sorted[len(y)/4], sorted[len(y)-1-len(y)/4]
	odd := map[int]bool{}
	for t, r := range rest {
		if (r < low-3*(high-low) || r > high+3*(high-low)) && math.Abs(r) > max(rounding, expected[t]/2) {
			odd[t] = true
		}
	}
	if len(odd) > len(y)/10 {
		return y
	}
	out := slices.Clone(y)
	for t := range odd {
		var sum, n float64
		for _, beside := range []int{t - week, t + week} {
			if beside >= 0 && beside < len(y) && !odd[beside] {
				sum, n = sum+y[beside], n+1
			}
		}
		out[t] = max(0, expected[t])
		if n > 0 {
			out[t] = sum / n
		}
	}
	return out
}

// steady tells whether most days have revenue. Where they have not, a day with
// revenue is rare, but not odd.
func steady(y []float64) bool {
	open := 0
	for _, v := range y {
		if v > 0 {
			open++
		}
	}
	return open > len(y)/2
}

// robust is the median of the week around each day, plus the median distance to
// it of all such weekdays.
func robust(y []float64) []float64 {
	out := make([]float64, len(y))
	distances := make([][]float64, week)
	for t, v := range y {
		from := min(max(0, t-week/2), len(y)-week)
		out[t] = median(y[from : from+week])
		distances[t%week] = append(distances[t%week], v-out[t])
	}
	for s, d := range distances {
		typical := median(d)
		for t := s; t < len(y); t += week {
			out[t] += typical
		}
	}
	return out
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
