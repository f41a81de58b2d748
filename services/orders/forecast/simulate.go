package forecast

import (
	"math/rand/v2"
	"slices"
)

const (
	paths = 1000 // enough for the 0.5 % quantile to rest on several paths
	seed  = 1    // fixed: the same days give the same bands
)

// simulated is spread for ETS(M,A,M), whose prediction intervals have no closed
// form: quantiles of simulated futures with normal innovations, FPP3 8.7; HKOS
// 6.1.
func (m *smoothing) simulated(days int, conf float64) (below, above []float64) {
	random := rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // not a secret: it must repeat
	outcomes := make([][]float64, days)
	for h := range outcomes {
		outcomes[h] = make([]float64, paths)
	}
	s := state{seasons: make([]float64, len(m.state.seasons))}
	for p := range paths {
		s.level, s.trend, s.next = m.state.level, m.state.trend, m.state.next
		copy(s.seasons, m.state.seasons)
		for h := range days {
			// Nothing sold is the least that can happen, and then all ends.
			expected := (s.level + s.trend) * s.seasons[s.next]
			y := expected * (1 + m.sigma*random.NormFloat64())
			if y <= 0 || expected <= 0 {
				break
			}
			outcomes[h][p] = y
			m.step(&s, y)
		}
	}
	low, high := int((1-conf)/2*paths), int((1+conf)/2*paths)
	for h, mean := range m.mean(days) {
		slices.Sort(outcomes[h])
		below = append(below, max(0, mean-outcomes[h][low]))
		above = append(above, max(0, outcomes[h][min(high, paths-1)]-mean))
	}
	return below, above
}
