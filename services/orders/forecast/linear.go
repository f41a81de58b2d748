package forecast

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// line is a least-squares line, which with a season has a level for each of its
// days: the trend and seasonal dummy variables of FPP3 7.4.
type line struct {
	levels []float64 // by day of the season, at day 0
	slope  float64   // a day
	n      int
	sigma  float64      // residual standard error, FPP3 7.2
	gram   mat.Cholesky // of XᵀX
}

// fitLine fits a line to y whose season has so many days; 1 is no season.
func fitLine(y []float64, season int) *line {
	l := &line{n: len(y)}
	k := season + 1
	gram, moments := mat.NewSymDense(k, nil), mat.NewVecDense(k, nil)
	for t, v := range y {
		// A row of X has two entries that are not 0: the day's level and its time.
		s, x := t%season, l.time(t)
		gram.SetSym(s, s, gram.At(s, s)+1)
		gram.SetSym(s, season, gram.At(s, season)+x)
		gram.SetSym(season, season, gram.At(season, season)+x*x)
		moments.SetVec(s, moments.AtVec(s)+v)
		moments.SetVec(season, moments.AtVec(season)+x*v)
	}
	l.gram.Factorize(gram)
	var beta mat.VecDense
	if err := l.gram.SolveVecTo(&beta, moments); err != nil {
		panic("forecast: a line through fewer days than it has parameters") // a mistake of the caller
	}
	l.slope = beta.AtVec(season) * l.time(1)
	for s := range season {
		l.levels = append(l.levels, beta.AtVec(s))
	}
	l.sigma = deviation(l.residuals(y), k)
	return l
}

// time is a day as the fit sees it, near 1, so that XᵀX is well conditioned.
func (l *line) time(t int) float64 { return float64(t) / float64(l.n) }

func (l *line) at(t int) float64 { return l.levels[t%len(l.levels)] + l.slope*float64(t) }

func (l *line) residuals(y []float64) []float64 {
	out := make([]float64, len(y))
	for t, v := range y {
		out[t] = v - l.at(t)
	}
	return out
}

func (l *line) mean(days int) []float64 {
	out := make([]float64, days)
	for h := range out {
		out[h] = l.at(l.n + h)
	}
	return out
}

// spread is the prediction interval of a regression, t·σ·√(1 + xᵀ(XᵀX)⁻¹x):
// FPP3 7.9, "Forecasting"; without a season the closed form of 7.6. Student's t,
// and not 1.96, because σ is estimated from few days.
func (l *line) spread(days int, conf float64) (below, above []float64) {
	season := len(l.levels)
	k := season + 1
	quantile := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: degrees(l.n, k)}.Quantile((1 + conf) / 2)
	out := make([]float64, days)
	var solved mat.VecDense
	for h := range out {
		x := mat.NewVecDense(k, nil)
		x.SetVec((l.n+h)%season, 1)
		x.SetVec(season, l.time(l.n+h))
		if err := l.gram.SolveVecTo(&solved, x); err != nil {
			panic("forecast: a line that was not fitted") // cannot be: fitLine made it
		}
		out[h] = quantile * l.sigma * math.Sqrt(1+mat.Dot(x, &solved))
	}
	return out, out
}

// flat is the mean method, FPP3 5.2: for days too few to show a trend.
type flat struct {
	level float64
	n     int
	sigma float64
}

func fitFlat(y []float64) *flat {
	f := &flat{n: len(y)}
	for _, v := range y {
		f.level += v / float64(f.n)
	}
	f.sigma = deviation(f.residuals(y), 1)
	return f
}

func (f *flat) residuals(y []float64) []float64 {
	out := make([]float64, len(y))
	for t, v := range y {
		out[t] = v - f.level
	}
	return out
}

func (f *flat) mean(days int) []float64 { return slices.Repeat([]float64{f.level}, days) }

// spread is t·σ·√(1 + 1/T), FPP3 5.5, with Student's t. One day says
// nothing of how days vary; then the band is the day's revenue to either side.
func (f *flat) spread(days int, conf float64) (below, above []float64) {
	reach := f.level
	if f.n > 1 {
		quantile := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: degrees(f.n, 1)}.Quantile((1 + conf) / 2)
		reach = quantile * f.sigma * math.Sqrt(1+1/float64(f.n))
	}
	out := slices.Repeat([]float64{reach}, days)
	return out, out
}

// deviation is the standard deviation of residuals, after so many parameters
// were estimated from them.
func deviation(residuals []float64, parameters int) float64 {
	var sum float64
	for _, e := range residuals {
		sum += e * e
	}
	return math.Sqrt(sum / degrees(len(residuals), parameters))
}

func degrees(n, parameters int) float64 { return math.Max(1, float64(n-parameters)) }
