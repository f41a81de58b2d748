package forecast

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// histories are days of any kind: of one size or of all, with days of 0, spikes,
// equal days, and days before the shop was open.
func histories() *rapid.Generator[[]float64] {
	return rapid.Custom(func(t *rapid.T) []float64 {
		size := math.Pow(10, rapid.Float64Range(-2, 12).Draw(t, "size"))
		day := rapid.SampledFrom([]*rapid.Generator[float64]{
			rapid.Float64Range(0, size),
			rapid.Float64Range(size, 1.1*size),
			rapid.Just(size),
			rapid.OneOf(rapid.Just(0.), rapid.Float64Range(0, size)),
			rapid.OneOf(rapid.Float64Range(0, size), rapid.Float64Range(0, 1e3*size)),
			rapid.Float64Range(0, 1e15),
		}).Draw(t, "kind")
		closed := rapid.IntRange(0, 90).Draw(t, "closed")
		return append(make([]float64, closed), rapid.SliceOfN(day, 90-closed, 90-closed).Draw(t, "days")...)
	})
}

func options() *rapid.Generator[Options] {
	return rapid.Custom(func(t *rapid.T) Options {
		return Options{
			Days:        rapid.IntRange(1, 90).Draw(t, "days"),
			Method:      rapid.SampledFrom(everyMethod).Draw(t, "method"),
			Seasonality: rapid.SampledFrom([]Seasonality{AutoSeason, Weekday, None}).Draw(t, "seasonality"),
			Conf:        rapid.SampledFrom([]float64{0.8, 0.95, 0.99}).Draw(t, "conf"),
		}
	})
}

func TestOf_IsSoundWhateverTheDays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		history, o := histories().Draw(t, "history"), options().Draw(t, "options")
		r := Of(history, o)
		if len(r.Days) != o.Days {
			t.Fatalf("%d days, want %d", len(r.Days), o.Days)
		}
		if o.Method != Auto && r.Method != o.Method && (r.Method != Linear || r.Seasonality != None) && (o.Method != HoltWinters || r.Method != Exp) {
			t.Fatalf("asked for %s, %s made it", o.Method, r.Method)
		}
		var above float64
		for h, d := range r.Days {
			if !(0 <= d.Lower && d.Lower <= d.Revenue && d.Revenue <= d.Upper) || math.IsInf(d.Upper, 0) {
				t.Fatalf("day %d: %+v", h, d)
			}
			rounding := 1e-12 * d.Upper
			if d.Upper-d.Revenue < above-rounding {
				t.Fatalf("day %d: the band reaches %g above the forecast, before it was %g", h, d.Upper-d.Revenue, above)
			}
			below := d.Revenue - d.Lower
			if d.Lower > 0 && below < before(r.Days, h)-rounding {
				t.Fatalf("day %d: the band reaches only %g below the forecast", h, below)
			}
			above = d.Upper - d.Revenue
		}
		for _, a := range r.Anomalies {
			if !(math.Abs(a.Z) > unusual) || math.IsInf(a.Z, 0) || a.Index < 0 || a.Index >= len(history) {
				t.Fatalf("anomaly %+v", a)
			}
		}
		if again := Of(history, o); !slices.Equal(again.Days, r.Days) || again.Method != r.Method {
			t.Fatal("the same days gave another forecast")
		}
	})
}

// before is how far bands of nearer days reach below the forecast.
func before(days []Day, h int) (below float64) {
	for _, d := range days[:h] {
		below = max(below, d.Revenue-d.Lower)
	}
	return below
}

// Amounts in another currency give the same forecast in that currency.
func TestOf_DoesNotDependOnTheUnit(t *testing.T) {
	t.Parallel()
	y := daysOf(series["weekdays that grow"].day)
	o := Options{Days: 30, Method: Auto, Seasonality: AutoSeason, Conf: 0.95}
	want := Of(y, o)
	for i := range y {
		y[i] *= 1024
	}
	for h, d := range Of(y, o).Days {
		near(t, "revenue", d.Revenue/1024, want.Days[h].Revenue, 1e-6)
		near(t, "upper", d.Upper/1024, want.Days[h].Upper, 1e-6)
	}
}

func TestOf_BandsAreWiderWithMoreConfidence(t *testing.T) {
	t.Parallel()
	for name, s := range series {
		y := daysOf(s.day)
		var last float64
		for _, conf := range []float64{0.8, 0.95, 0.99} {
			d := Of(y, Options{Days: 30, Method: s.method, Seasonality: s.seasonality, Conf: conf}).Days[29]
			if d.Upper-d.Lower <= last {
				t.Errorf("%s: the band of %g is %g wide, a less certain one %g", name, conf, d.Upper-d.Lower, last)
			}
			last = d.Upper - d.Lower
		}
	}
}

// The closed forms are sums of squares of what a shock does to each later day:
// 1 + Σ c², c_j = α + β·j, plus γ if j is whole seasons. HKOS, equation (6.1).
func TestSmoothing_DeviationIsTheSumOfShocks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.Float64Range(0, 1)
		m := smoothing{alpha: unit.Draw(t, "alpha"), beta: unit.Draw(t, "beta"), sigma: 1}
		season := rapid.SampledFrom([]int{1, 4, 7}).Draw(t, "season")
		m.state.seasons = make([]float64, season)
		if season > 1 {
			m.gamma = unit.Draw(t, "gamma")
		}
		variance := 1.0
		for h := 1; h <= 90; h++ {
			if got := m.deviation(h); math.Abs(got-math.Sqrt(variance)) > 1e-9*got {
				t.Fatalf("%d days ahead: %f, want %f", h, got, math.Sqrt(variance))
			}
			shock := m.alpha + m.alpha*m.beta*float64(h)
			if season > 1 && h%season == 0 {
				shock += m.gamma
			}
			variance += shock * shock
		}
	})
}

// One day ahead the simulated quantiles are known: μ·(1 ± z·σ).
func TestSimulated_IsNormalOneDayAhead(t *testing.T) {
	t.Parallel()
	m := smoothing{alpha: 0.3, beta: 0.1, gamma: 0.1, sigma: 0.1, multiplicative: true}
	m.state = state{level: 10, trend: 1, seasons: []float64{0.5, 1.5}}
	below, above := m.simulated(60, 0.8)
	near(t, "below", below[0], 5.5*1.2816*0.1, 0.05)
	near(t, "above", above[0], 5.5*1.2816*0.1, 0.05)
	if above[59]/m.mean(60)[59] < 2*above[1]/m.mean(60)[1] {
		t.Error("the bands do not widen")
	}
}

func TestSmallest_IsThatOfTheSortedValues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0, 10), 1, 50).Draw(t, "values")
		k := rapid.IntRange(0, len(values)-1).Draw(t, "k")
		want := slices.Sorted(slices.Values(values))[k]
		if got := smallest(values, k); got != want {
			t.Fatalf("%d-th smallest is %g, want %g", k, got, want)
		}
	})
}
