package orders

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
	"microdemo/services/orders/forecast"
)

// historyDays is how many days a forecast looks back.
const historyDays = 90

func registerForecast(a *kit.API, store *Store, now func() time.Time) {
	h := analytics{store, now}
	kit.Register(a, kit.Users, huma.Operation{
		OperationID: "get-order-forecast", Method: http.MethodGet, Path: "/orders/analytics/forecast", Summary: "Forecast the daily revenue",
		Description: "From the revenue of the 90 UTC days before today, of the caller's own orders; for administrators, of all. Today is not over, so it is the first day of the forecast. method and seasonality of the answer are what was chosen: auto takes what was closest on held-out days. Days before the first revenue are no data; with less than 14 days there is neither trend nor season, with less than 21 auto is linear and none, without any all is 0. hw without a season is exp. Bands widen with the distance and end at 0. anomalies are days of the history more than 3 robust standard deviations (z) from what the method expected.",
		Errors:      []int{http.StatusUnprocessableEntity},
	}, h.forecast)
}

type forecastInput struct {
	Days        int                  `query:"days" minimum:"1" maximum:"90" default:"30" doc:"How many days to forecast, the first of which is today" example:"30"`
	Method      forecast.Method      `query:"method" enum:"auto,linear,exp,hw" default:"auto" doc:"A least-squares line, Holt's linear trend, Holt-Winters, or what suits best" example:"auto"`
	Seasonality forecast.Seasonality `query:"seasonality" enum:"auto,weekday,none" default:"auto" doc:"Whether weekdays differ" example:"auto"`
	Conf        float64              `query:"conf" enum:"0.8,0.95,0.99" default:"0.95" doc:"How probable it is that a day is within its band" example:"0.95"`
}

type forecastOutput struct {
	Body struct {
		Days        int                  `json:"days" doc:"How many days are forecast" example:"30"`
		Method      forecast.Method      `json:"method" enum:"linear,exp,hw" doc:"The method that was used" example:"hw"`
		Seasonality forecast.Seasonality `json:"seasonality" enum:"weekday,none" doc:"Whether it lets weekdays differ" example:"weekday"`
		History     []revenueDay         `json:"history" minItems:"90" maxItems:"90" doc:"The 90 days before today, oldest first"`
		Forecast    []forecastDay        `json:"forecast" minItems:"1" maxItems:"90" doc:"The days from today on"`
		Anomalies   []anomalousDay       `json:"anomalies" maxItems:"90" doc:"Days of the history that were far from what was to be expected"`
	}
}

type revenueDay struct {
	Date    string  `json:"date" format:"date" doc:"The day, in UTC" example:"2026-01-31"`
	Revenue float64 `json:"revenue" doc:"What was sold" example:"120.5"`
}

type forecastDay struct {
	Date    string  `json:"date" format:"date" doc:"The day, in UTC" example:"2026-02-01"`
	Revenue float64 `json:"revenue" minimum:"0" doc:"What is to be expected" example:"118.25"`
	Lower   float64 `json:"lower" minimum:"0" doc:"The lower end of the band" example:"80.1"`
	Upper   float64 `json:"upper" minimum:"0" doc:"The upper end of the band" example:"156.4"`
}

type anomalousDay struct {
	Date    string  `json:"date" format:"date" doc:"The day, in UTC" example:"2026-01-24"`
	Revenue float64 `json:"revenue" doc:"What was sold" example:"900"`
	Z       float64 `json:"z" doc:"How many robust standard deviations off; negative: too little" example:"7.3"`
}

func (h analytics) forecast(ctx context.Context, in *forecastInput) (*forecastOutput, error) {
	today := h.now().UTC().Truncate(24 * time.Hour)
	from, to := kit.LastDays(today.AddDate(0, 0, -1), historyDays)
	history, err := h.store.DailyRevenue(ctx, owner(ctx), from, to)
	if err != nil {
		return nil, err
	}
	revenue := make([]float64, len(history))
	for i, d := range history {
		revenue[i] = d.Revenue.InexactFloat64()
	}
	result := forecast.Of(revenue, forecast.Options{Days: in.Days, Method: in.Method, Seasonality: in.Seasonality, Conf: in.Conf})

	out := &forecastOutput{}
	body := &out.Body
	body.Days, body.Method, body.Seasonality = in.Days, result.Method, result.Seasonality
	body.Anomalies = []anomalousDay{}
	for _, d := range history {
		body.History = append(body.History, revenueDay{d.Day.Format(time.DateOnly), d.Revenue.InexactFloat64()})
	}
	for i, d := range result.Days {
		date := today.AddDate(0, 0, i).Format(time.DateOnly)
		body.Forecast = append(body.Forecast, forecastDay{date, cents(d.Revenue), cents(d.Lower), cents(d.Upper)})
	}
	for _, a := range result.Anomalies {
		day := body.History[a.Index]
		body.Anomalies = append(body.Anomalies, anomalousDay{day.Date, day.Revenue, cents(a.Z)})
	}
	return out, nil
}

// cents rounds to two decimals.
func cents(v float64) float64 { return math.Round(v*100) / 100 }
