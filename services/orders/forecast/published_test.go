package forecast

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// near fails the test unless got is want but for so much.
func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tolerance {
		t.Errorf("%s: %.6f, want %.6f ± %g", what, got, want, tolerance)
	}
}

func nearAll(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i := range got {
		near(t, what, got[i], want[i], tolerance)
	}
}

// beer is Australian quarterly beer production from 1992 to the second quarter
// of 2010, in megalitres.
var beer = []float64{
	443, 410, 420, 532, 433, 421, 410, 512, 449, 381, 423, 531, 426, 408, 416, 520, 409, 398, 398,
	507, 432, 398, 406, 526, 428, 397, 403, 517, 435, 383, 424, 521, 421, 402, 414, 500, 451, 380,
	416, 492, 428, 408, 406, 506, 435, 380, 421, 490, 435, 390, 412, 454, 416, 403, 408, 482, 438,
	386, 405, 491, 427, 383, 394, 473, 420, 390, 410, 488, 415, 398, 419, 488, 414, 374,
}

// FPP3 7.4, "Example: Australian quarterly beer production": the printed
// coefficients and residual standard error.
func TestLinear_IsThePublishedRegression(t *testing.T) {
	t.Parallel()
	l := fitLine(beer, 4)
	near(t, "trend", l.slope, -0.34027, 5e-6)
	near(t, "intercept", l.levels[0]-l.slope, 441.80044, 5e-6) // the book counts quarters from 1
	near(t, "season 2", l.levels[1]-l.levels[0], -34.65973, 5e-6)
	near(t, "season 3", l.levels[2]-l.levels[0], -17.82164, 5e-6)
	near(t, "season 4", l.levels[3]-l.levels[0], 72.79641, 5e-6)
	near(t, "residual standard error", l.sigma, 12.23, 5e-3)
	near(t, "fitted value of 1992 Q4", l.at(3), 513.2358, 5e-4)

	// Of the trend alone: R's fable, TSLM(Beer ~ trend()), reports a σ² of 1844.
	l = fitLine(beer, 1)
	near(t, "σ² without season", l.sigma*l.sigma, 1844, 0.5)
}

// FPP3 7.6 has the interval of a simple regression in closed form:
// σ·√(1 + 1/T + (x − x̄)² / ((T−1)·s²)).
func TestLinear_IntervalIsTheClosedForm(t *testing.T) {
	t.Parallel()
	l := fitLine(beer, 1)
	below, above := l.spread(8, 0.95)
	n := float64(len(beer))
	quantile := distuv.StudentsT{Sigma: 1, Nu: n - 2}.Quantile(0.975)
	near(t, "t quantile of 72 degrees", quantile, 1.9935, 5e-5) // as tables have it
	for h := range below {
		x := n + float64(h) - (n-1)/2
		want := quantile * l.sigma * math.Sqrt(1+1/n+x*x/(n*(n*n-1)/12))
		near(t, "below", below[h], want, 1e-9)
		near(t, "above", above[h], want, 1e-9)
	}
}

// air is the number of air passengers of Australia from 1990 to 2016, in millions.
var air = []float64{
	17.55340, 21.86010, 23.88660, 26.92930, 26.88850, 28.83140, 30.07510, 30.95350, 30.18570,
	31.57970, 32.57757, 33.47740, 39.02158, 41.38643, 41.59655, 44.65732, 46.95177, 48.72884,
	51.48843, 50.02697, 60.64091, 63.36031, 66.35527, 68.19795, 68.12324, 69.77935, 72.59770,
}

// The example of the first edition, section 7.2: years to 2004, α = 0.8, β* = 0.2,
// from the first year and its change. Figures as in the tests of statsmodels
// (tsa/tests/test_holtwinters.py, test_holt), which follow the book.
func TestExp_IsThePublishedRecursion(t *testing.T) {
	t.Parallel()
	m := &smoothing{alpha: 0.8, beta: 0.2}
	m.run(state{level: air[0], trend: air[1] - air[0], seasons: []float64{0}}, air[:15])
	nearAll(t, "forecast", m.mean(5), []float64{43.76, 45.59, 47.43, 49.27, 51.10}, 5e-3)
	near(t, "forecast of 1990", m.expected[0], 21.8601, 5e-5)
	near(t, "forecast of 1991", m.expected[1], 22.032368, 5e-6)
	near(t, "forecast of 2004", m.expected[14], 43.21586036, 5e-6)
	near(t, "slope of 2004", m.state.trend, 1.83655482, 5e-6)
}

// FPP2 7.2, "Example: Air Passengers": holt(air) of the R package forecast 8.20,
// its parameters, forecasts and prediction intervals.
func TestExp_FitsAndSpreadsAsPublished(t *testing.T) {
	t.Parallel()
	published := &smoothing{alpha: 0.8302, beta: 0.0001 / 0.8302}
	published.run(state{level: 15.5715, trend: 2.1017, seasons: []float64{0}}, air)
	near(t, "σ", published.sigma, 2.3645, 5e-5)
	nearAll(t, "forecast", published.mean(5), []float64{74.60130, 76.70304, 78.80478, 80.90652, 83.00826}, 2e-3)
	for conf, want := range map[float64][]float64{
		0.80: {77.63154, 80.64169, 83.47864, 86.21487, 88.88310},
		0.95: {79.23566, 82.72668, 85.95284, 89.02494, 91.99305},
	} {
		_, above := published.spread(5, conf)
		for h, mean := range published.mean(5) {
			near(t, "upper end", mean+above[h], want[h], 2e-3)
		}
	}

	ours := fitHolt(air)
	near(t, "α", ours.alpha, 0.8302, 0.02)
	near(t, "β = α·β*", ours.alpha*ours.beta, 0.0001, 5e-4)
	if ours.sigma > published.sigma*1.0001 {
		t.Errorf("σ is %f, published parameters leave %f", ours.sigma, published.sigma)
	}
}

// tourists is the number of international visitor nights in Australia by quarter
// from 1999 to 2015, in millions: austourists of FPP2.
var tourists = []float64{
	30.05251, 19.14850, 25.31769, 27.59144, 32.07646, 23.48796, 28.47594, 35.12375, 36.83848,
	25.00702, 30.72223, 28.69376, 36.64099, 23.82461, 29.31168, 31.77031, 35.17788, 19.77524,
	29.60175, 34.53884, 41.27360, 26.65586, 28.27986, 35.19115, 42.20566, 24.64917, 32.66734,
	37.25735, 45.24246, 29.35048, 36.34421, 41.78208, 49.27660, 31.27540, 37.85063, 38.83704,
	51.23690, 31.83855, 41.32342, 42.79900, 55.70836, 33.40714, 42.31664, 45.15712, 59.57608,
	34.83733, 44.84168, 46.97125, 60.01903, 38.37118, 46.97586, 50.73380, 61.64687, 39.29957,
	52.67121, 54.33232, 66.83436, 40.87119, 51.82854, 57.49191, 65.25147, 43.06121, 54.76076,
	59.83447, 73.25703, 47.69662, 61.09777, 66.05576,
}

// The parameters, states and forecasts of ets() in R's forecast package, which is
// by the authors of HKOS, for ETS(A,A,A) and ETS(M,A,M) without damping: as kept
// in statsmodels, tsa/tests/results/fit_ets_results_seasonal.json.
func TestHoltWinters_AdditiveIsThePublishedOne(t *testing.T) {
	t.Parallel()
	published := &smoothing{alpha: 0.20281952, beta: 0.00016979 / 0.20281952, gamma: 0.4645238}
	published.run(state{level: 23.06996036, trend: 0.57786622, seasons: []float64{8.50287244, -8.97988612, -1.17750326, 1.65451693}}, tourists)
	near(t, "σ²", published.sigma*published.sigma, 6.20560506, 1e-5)
	near(t, "first error", published.residuals(tourists)[0], -2.09818602, 1e-5)
	near(t, "last error", published.residuals(tourists)[67], 2.65794065, 1e-5)
	near(t, "level", published.state.level, 62.55981214, 1e-5)
	near(t, "trend", published.state.trend, 0.57809173, 1e-5)
	nearAll(t, "seasons", published.state.seasons, []float64{12.20664008, -12.9575427, -1.2438624, 2.61176735}, 1e-5)
	nearAll(t, "forecast", published.mean(4), []float64{75.34454396, 50.75845291, 63.05022495, 67.48394643}, 1e-5)

	// R fits the initial seasons too, which ours takes from the decomposition.
	if ours := fitHoltWinters(tourists, 4, false); ours.sigma > 1.03*published.sigma {
		t.Errorf("σ is %f, published parameters leave %f", ours.sigma, published.sigma)
	}
}

func TestHoltWinters_MultiplicativeIsThePublishedOne(t *testing.T) {
	t.Parallel()
	published := &smoothing{alpha: 0.31562139, beta: 0.00010001 / 0.31562139, gamma: 0.00010005, multiplicative: true}
	published.run(state{level: 24.74993982, trend: 0.51242558, seasons: []float64{1.23309134, 0.77017133, 0.95960345, 1.03713388}}, tourists)
	near(t, "σ²", published.sigma*published.sigma, 0.00346044, 1e-7)
	near(t, "first error", published.residuals(tourists)[0], -0.03525723, 1e-6)
	near(t, "last error", published.residuals(tourists)[67], 0.03031837, 1e-6)
	near(t, "level", published.state.level, 62.40820042, 1e-5)
	near(t, "trend", published.state.trend, 0.51332787, 1e-5)
	nearAll(t, "seasons", published.state.seasons, []float64{1.23309264, 0.77017282, 0.9596071, 1.03713425}, 1e-6)
	nearAll(t, "forecast", published.mean(4), []float64{77.58807372, 48.8558019, 61.36513172, 66.85524201}, 1e-4)

	if ours := fitHoltWinters(tourists, 4, true); ours.sigma > 1.03*published.sigma {
		t.Errorf("σ is %f, published parameters leave %f", ours.sigma, published.sigma)
	}
}
