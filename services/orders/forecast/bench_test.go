package forecast

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// shop is days of a shop with a trend, a weekly pattern and noise.
func shop(n int, trend float64, weekly, noise float64) []float64 {
	random := rand.New(rand.NewPCG(7, 7))
	y := make([]float64, n)
	for t := range y {
		y[t] = (1000 + trend*float64(t)) * (1 + weekly*math.Sin(2*math.Pi*float64(t)/7)) * math.Exp(noise*random.NormFloat64())
	}
	return y
}

func BenchmarkOf(b *testing.B) {
	y := shop(90, 5, 0.4, 0.1)
	for _, method := range []Method{Auto, Linear, Exp, HoltWinters} {
		b.Run(string(method), func(b *testing.B) {
			for b.Loop() {
				Of(y, Options{Days: 90, Method: method, Seasonality: AutoSeason, Conf: 0.95})
			}
		})
	}
	for _, c := range candidates {
		b.Run(fmt.Sprint("fit-", c.method, c.seasonality), func(b *testing.B) {
			for b.Loop() {
				c.fit(y)
			}
		})
	}
	b.Run("simulate", func(b *testing.B) {
		m := fitHoltWinters(y, 7, true)
		b.ResetTimer()
		for b.Loop() {
			m.simulated(90, 0.95)
		}
	})
}
