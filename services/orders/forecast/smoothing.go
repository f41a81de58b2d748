package forecast

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// smoothing is Holt-Winters (FPP3 8.3) and, with the season {0} and gamma 0,
// Holt's linear trend (FPP3 8.2).
type smoothing struct {
	alpha, beta, gamma float64 // of FPP3 8.2 and 8.3; beta is the one with a star
	state              state   // after the last day
	multiplicative     bool
	expected           []float64 // one-step forecasts of the days it was fitted to
	sigma              float64   // standard deviation of the innovations
}

// state is level, trend and season, whose days go round.
type state struct {
	level, trend float64
	seasons      []float64
	next         int // of seasons, the next day's
}

// step takes in the next day and gives the innovation: what was not foreseen.
// These are the error-correction forms ETS(A,A,A) and ETS(M,A,M), FPP3 8.5, of
// the component forms of FPP3 8.3. Point forecasts are the same.
func (m *smoothing) step(s *state, y float64) (innovation float64) {
	season := &s.seasons[s.next]
	base := s.level + s.trend
	var toLevel, toSeason float64
	if m.multiplicative {
		e := y - base**season
		innovation = e / (base * *season)
		toLevel, toSeason = e / *season, e/base
	} else {
		innovation = y - base - *season
		toLevel, toSeason = innovation, innovation
	}
	s.level = base + m.alpha*toLevel
	s.trend += m.alpha * m.beta * toLevel
	*season += m.gamma * toSeason
	if s.next++; s.next == len(s.seasons) {
		s.next = 0
	}
	return innovation
}

// run takes in all days from the initial state on.
func (m *smoothing) run(initial state, y []float64) {
	m.state = initial
	m.state.seasons = slices.Clone(initial.seasons)
	m.expected = make([]float64, len(y))
	for t, v := range y {
		m.expected[t] = m.mean(1)[0]
		m.step(&m.state, v)
	}
	m.sigma = deviation(m.residuals(y), m.parameters())
}

// parameters is how many were estimated: α, β and two states, and with a season
// γ and all its states but one, which the others determine.
func (m *smoothing) parameters() int {
	if season := len(m.state.seasons); season > 1 {
		return 4 + season
	}
	return 4
}

// residuals are innovations: relative ones if the season is multiplicative.
func (m *smoothing) residuals(y []float64) []float64 {
	out := make([]float64, len(y))
	for t, v := range y {
		out[t] = v - m.expected[t]
		if m.multiplicative {
			out[t] /= m.expected[t]
		}
	}
	return out
}

func (m *smoothing) mean(days int) []float64 {
	out := make([]float64, days)
	s := m.state
	for h := range out {
		season := s.seasons[(s.next+h)%len(s.seasons)]
		out[h] = s.level + float64(h+1)*s.trend
		if m.multiplicative {
			out[h] *= season
		} else {
			out[h] += season
		}
	}
	return out
}

func (m *smoothing) spread(days int, conf float64) (below, above []float64) {
	if m.multiplicative {
		return m.simulated(days, conf)
	}
	quantile := distuv.UnitNormal.Quantile((1 + conf) / 2)
	out := make([]float64, days)
	for h := range out {
		out[h] = quantile * m.deviation(h+1)
	}
	return out, out
}

// deviation is the standard deviation of the forecast h days ahead: FPP3 8.7,
// the table of variances, ETS(A,A,N) and ETS(A,A,A); HKOS, equation (6.1).
func (m *smoothing) deviation(h int) float64 {
	season := len(m.state.seasons)
	beta, hf, k := m.alpha*m.beta, float64(h), float64((h-1)/season)
	variance := 1 + (hf-1)*(m.alpha*m.alpha+m.alpha*beta*hf+beta*beta*hf*(2*hf-1)/6)
	if season > 1 {
		variance += m.gamma * k * (2*m.alpha + m.gamma + beta*float64(season)*(k+1))
	}
	return m.sigma * math.Sqrt(variance)
}
