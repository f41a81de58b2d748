package forecast

import "math/rand/v2"

const (
	paths = 1000 // enough for the 0.5 % quantile to rest on several paths
	seed  = 1    // fixed: the same days give the same bands
)

// simulated is spread for ETS(M,A,M), whose prediction intervals have no closed
// form: quantiles of simulated futures with normal innovations, FPP3 8.7; HKOS
// chapter 6.
func (m *smoothing) simulated(days int, conf float64) (below, above []float64) {
	outcomes := make([][]float64, days)
	for h := range outcomes {
		outcomes[h] = make([]float64, paths)
	}
	s := state{seasons: make([]float64, len(m.state.seasons))}
	for p := range paths {
		// A source for each path, so that a day's band does not depend on how many follow.
		random := rand.New(rand.NewPCG(seed, uint64(p))) //nolint:gosec // not a secret: it must repeat
		s.level, s.trend, s.next = m.state.level, m.state.trend, m.state.next
		copy(s.seasons, m.state.seasons)
		for h := range days {
			base, season := s.level+s.trend, s.seasons[s.next]
			y := base * season * (1 + m.sigma*random.NormFloat64())
			if base <= 0 || season <= 0 || y <= 0 {
				break // the least that can be sold is nothing, and nothing grows from it
			}
			outcomes[h][p] = y
			m.step(&s, y)
		}
	}
	tail := int((1 - conf) / 2 * paths)
	for h, mean := range m.mean(days) {
		below = append(below, max(0, mean-smallest(outcomes[h], tail)))
		above = append(above, max(0, smallest(outcomes[h], paths-1-tail)-mean))
	}
	return below, above
}

// smallest is the k-th smallest of values, from 0, which it reorders: Hoare,
// Algorithm 65, FIND, 1961. Sorting all of them would take most of the time.
func smallest(values []float64, k int) float64 {
	for low, high := 0, len(values)-1; low < high; {
		pivot, i, j := values[k], low, high
		for i <= j {
			for values[i] < pivot {
				i++
			}
			for pivot < values[j] {
				j--
			}
			if i <= j {
				values[i], values[j] = values[j], values[i]
				i, j = i+1, j-1
			}
		}
		if j < k {
			low = i
		}
		if k < i {
			high = j
		}
	}
	return values[k]
}
