package forecast

import (
	"math"
	"slices"
	"testing"
)

// withOdd is a series with a day of far too much and one of far too little.
func withOdd(name string) (y, odd []float64) {
	y = daysOf(series[name].day)
	odd = slices.Clone(y)
	odd[40] *= 4
	odd[70] = 0
	return y, odd
}

func TestAnomalies_AreTheOddDaysAndNoOthers(t *testing.T) {
	t.Parallel()
	for name := range series {
		usually := map[int]bool{}
		y, odd := withOdd(name)
		for _, method := range everyMethod[1:] {
			o := Options{Days: 1, Method: method, Seasonality: AutoSeason, Conf: 0.95}
			for _, a := range Of(y, o).Anomalies {
				usually[a.Index] = true
			}
			z := map[int]float64{}
			for _, a := range Of(odd, o).Anomalies {
				z[a.Index] = a.Z
				if a.Index != 40 && a.Index != 70 && !usually[a.Index] && math.Abs(a.Z) > 4 {
					t.Errorf("%s, %s: day %d seems odd, because others are: %g", name, method, a.Index, a.Z)
				}
			}
			if z[40] < unusual || z[70] > -unusual {
				t.Errorf("%s, %s: anomalies %v", name, method, z)
			}
		}
	}
	// z is (e − median) / (1.4826 × median absolute deviation): of 1 … 9 and 100
	// the median is 5.5, that of the deviations 2.5.
	got := anomalies([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 100})
	if len(got) != 1 || got[0].Index != 9 {
		t.Fatalf("anomalies %v", got)
	}
	near(t, "z", got[0].Z, 94.5/(1.4826*2.5), 1e-9)
	// Where most days are as expected exactly, the mean deviation counts.
	if got := anomalies(append(make([]float64, 50), 1)); len(got) != 1 || got[0].Index != 50 {
		t.Errorf("one odd day of 51: %v", got)
	}
	if got := anomalies(make([]float64, 50)); got != nil {
		t.Errorf("days that are all alike: %v", got)
	}
}

func TestOf_LearnsNothingFromOddDays(t *testing.T) {
	t.Parallel()
	for name := range series {
		y, odd := withOdd(name)
		for _, method := range everyMethod[1:] {
			o := Options{Days: 14, Method: method, Seasonality: AutoSeason, Conf: 0.95}
			want, got := Of(y, o), Of(odd, o)
			for h := range got.Days {
				if math.Abs(got.Days[h].Revenue-want.Days[h].Revenue) > 0.1*want.Days[h].Revenue {
					t.Errorf("%s, %s, day %d: %g, without odd days %g", name, method, h, got.Days[h].Revenue, want.Days[h].Revenue)
				}
			}
		}
	}
}

// Somebody who orders every tenth day is no series of anomalies.
func TestOf_TakesRareRevenueAsItIs(t *testing.T) {
	t.Parallel()
	y := make([]float64, 90)
	for i := 3; i < 90; i += 10 {
		y[i] = 100
	}
	r := Of(y, Options{Days: 30, Method: Linear, Seasonality: None, Conf: 0.95})
	if len(r.Anomalies) > 0 {
		t.Errorf("anomalies %v", r.Anomalies)
	}
	var sum float64
	for _, d := range r.Days {
		sum += d.Revenue
	}
	near(t, "revenue of 30 days", sum, 300, 100)
	// Many odd days are how things are.
	many := daysOf(series["a line"].day)
	for i := 0; i < 90; i += 9 {
		many[i] *= 3
	}
	if !slices.Equal(usual(many), many) {
		t.Error("ten of 90 days were taken for odd")
	}
}
