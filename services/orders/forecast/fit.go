package forecast

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/optimize"
)

// Smoothing parameters stay within [least, most], for at the ends the model
// is another one.
const least, most = 0.0001, 0.9999

// fitHolt fits Holt's linear trend.
func fitHolt(y []float64) *smoothing { return fitSmoothing(y, []float64{0}, false) }

// fitHoltWinters fits Holt-Winters with a season of so many days, of which y has
// two at least. A multiplicative season needs y > 0.
func fitHoltWinters(y []float64, season int, multiplicative bool) *smoothing {
	return fitSmoothing(y, seasons(y, season, multiplicative), multiplicative)
}

// fitSmoothing finds the smoothing parameters and the initial level and trend
// with the least sum of squared one-step errors, FPP3 8.2 and 8.3.
func fitSmoothing(y, season []float64, multiplicative bool) *smoothing {
	f := fitting{y: y, start: startOf(y, season, multiplicative), multiplicative: multiplicative, work: state{seasons: make([]float64, len(season))}}
	for i := range f.errors {
		f.errors[i] = make([]float64, len(y))
	}
	m := f.smoothing(f.search())
	start, sum := f.settle(m)
	if sum == impossible { // only with a multiplicative season
		return fitHoltWinters(y, len(season), false)
	}
	m.run(start, y)
	return m
}

// fitting is what a search works with.
type fitting struct {
	y              []float64
	start          state // a first idea
	multiplicative bool
	work           state
	errors         [4][]float64
}

// smoothing has the parameters that stand for numbers without bounds, those of
// the optimiser. α and β* are free, γ ≤ 1−α: the usual region, FPP3 8.6.
func (f *fitting) smoothing(x []float64) *smoothing {
	m := &smoothing{alpha: bounded(x[0]), beta: bounded(x[1]), multiplicative: f.multiplicative}
	if len(x) > 2 {
		m.gamma = (1 - m.alpha) * bounded(x[2])
	}
	return m
}

func bounded(x float64) float64 { return least + (most-least)/(1+math.Exp(-x)) }

func unbounded(p float64) float64 { return math.Log((p - least) / (most - p)) }

// search begins at the best point of a coarse grid, because the sum of squares
// has several valleys, and goes down from there.
func (f *fitting) search() []float64 {
	sse := func(x []float64) float64 {
		_, sum := f.settle(f.smoothing(x))
		return sum
	}
	var best []float64
	lowest := math.Inf(1)
	for _, alpha := range []float64{0.02, 0.1, 0.3, 0.6, 0.95} {
		for _, beta := range []float64{0.001, 0.05, 0.3} {
			for _, gamma := range []float64{0.001, 0.1, 0.5} {
				x := []float64{unbounded(alpha), unbounded(beta), unbounded(gamma)}
				if len(f.start.seasons) == 1 {
					x = x[:2]
				}
				if sum := sse(x); sum < lowest {
					lowest, best = sum, x
				}
				if len(x) == 2 {
					break
				}
			}
		}
	}
	found, err := optimize.Minimize(optimize.Problem{Func: sse}, best, &optimize.Settings{
		FuncEvaluations: 100,
		Converger:       &optimize.FunctionConverge{Relative: 1e-5, Iterations: 10},
	}, &optimize.NelderMead{SimplexSize: 0.5})
	if err != nil || found.F > lowest {
		return best
	}
	return found.X
}

// settle finds the initial level and trend that suit smoothing parameters, and
// the sum of squares they leave: a Gauss-Newton step, which is exact where the
// season is additive, because there errors are linear in the initial state.
func (f *fitting) settle(m *smoothing) (state, float64) {
	const d = 1e-3
	byLevel, byTrend, best := f.start, f.start, f.start
	byLevel.level += d
	byTrend.trend += d
	e, lowest := f.try(0, m, f.start)
	a, sumA := f.try(1, m, byLevel)
	b, sumB := f.try(2, m, byTrend)
	if lowest == impossible || sumA == impossible || sumB == impossible {
		return best, lowest
	}
	var aa, ab, bb, ae, be float64
	for t := range e {
		da, db := (a[t]-e[t])/d, (b[t]-e[t])/d
		aa, ab, bb, ae, be = aa+da*da, ab+da*db, bb+db*db, ae+da*e[t], be+db*e[t]
	}
	if det := aa*bb - ab*ab; det > 1e-12*aa*bb {
		settled := f.start
		settled.level += (ab*be - bb*ae) / det
		settled.trend += (ab*ae - aa*be) / det
		if _, sum := f.try(3, m, settled); sum < lowest {
			best, lowest = settled, sum
		}
	}
	return best, lowest
}

// impossible is the sum of squares of a model that has left what it can stand
// for: with a multiplicative season, level and season are positive.
const impossible = math.MaxFloat64

// try runs a model from a state, and gives its errors and their sum of squares.
func (f *fitting) try(slot int, m *smoothing, start state) (errors []float64, sum float64) {
	s := &f.work
	s.level, s.trend, s.next = start.level, start.trend, 0
	copy(s.seasons, start.seasons)
	errors = f.errors[slot]
	for t, v := range f.y {
		expected := 1.0 // what innovations are relative to
		if f.multiplicative {
			expected = (s.level + s.trend) * s.seasons[s.next]
			if s.level+s.trend <= 0 || expected <= 0 {
				return errors, impossible
			}
		}
		e := m.step(s, v) * expected
		errors[t] = e
		sum += e * e
	}
	return errors, sum
}

// startOf is a first level and trend: a line through the first days without
// their season, HKOS 2.6.1.
func startOf(y, season []float64, multiplicative bool) state {
	rest := slices.Clone(y[:min(len(y), max(10, 2*len(season)))])
	for t := range rest {
		if s := season[t%len(season)]; multiplicative {
			rest[t] /= s
		} else {
			rest[t] -= s
		}
	}
	l := fitLine(rest, 1)
	return state{level: l.at(0) - l.slope, trend: l.slope, seasons: season}
}
