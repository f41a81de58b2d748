package orders

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

func registerAnalytics(a *kit.API, store *Store, now func() time.Time) {
	h := analytics{store, now}
	kit.Register(a, kit.Users, huma.Operation{
		OperationID: "get-order-analytics", Method: http.MethodGet, Path: "/orders/analytics", Summary: "Sum up the orders",
		Description: "The caller's own; for administrators, all. Deleted orders count nowhere, imported ones do.",
	}, h.summary)
	kit.Register(a, kit.Users, huma.Operation{
		OperationID: "get-order-timeseries", Method: http.MethodGet, Path: "/orders/analytics/timeseries", Summary: "Orders and revenue by day",
		Description: "By the UTC day they were placed, oldest first, without those that are cancelled. Every day is there. The caller's own; for administrators, all.",
		Errors:      []int{http.StatusUnprocessableEntity},
	}, h.series)
}

type analytics struct {
	store *Store
	now   func() time.Time
}

// owner is whose orders the caller sees in analytics.
func owner(ctx context.Context) int64 {
	if caller := kit.CallerFrom(ctx); !caller.IsAdmin() {
		return caller.UserID
	}
	return Everyone
}

type summaryOutput struct {
	Body struct {
		TotalOrders     int64            `json:"total_orders" doc:"How many there are" example:"3"`
		TotalRevenue    kit.Money        `json:"total_revenue" doc:"What they cost together, without those that are cancelled" example:"60.00"`
		StatusBreakdown map[Status]int64 `json:"status_breakdown" doc:"How many stand where; every status is there" example:"{\"pending\": 3}"`
		RecentOrders7d  int64            `json:"recent_orders_7d" doc:"How many were placed on the last seven UTC days, the last of which is today" example:"2"`
		RecentOrders    []NewestOrder    `json:"recent_orders" maxItems:"5" doc:"The newest, newest first"`
	}
}

func (h analytics) summary(ctx context.Context, _ *struct{}) (*summaryOutput, error) {
	from, to := kit.LastDays(h.now(), kit.RecentDays)
	sum, err := h.store.Summary(ctx, owner(ctx), from, to)
	if err != nil {
		return nil, err
	}
	out := &summaryOutput{}
	out.Body.TotalOrders, out.Body.TotalRevenue, out.Body.StatusBreakdown = sum.Orders, sum.Revenue, sum.ByStatus
	out.Body.RecentOrders7d, out.Body.RecentOrders = sum.Recent, sum.Newest
	return out, nil
}

type seriesOutput struct {
	Body struct {
		Days   int        `json:"days" doc:"How many days there are" example:"30"`
		Series []dayPoint `json:"series" doc:"One for each day, oldest first"`
	}
}

type dayPoint struct {
	Date    string  `json:"date" format:"date" doc:"The day, in UTC" example:"2026-01-31"`
	Orders  int64   `json:"orders" doc:"How many were placed" example:"2"`
	Revenue float64 `json:"revenue" doc:"What they cost together; a number, for charts" example:"40"`
}

func (h analytics) series(ctx context.Context, in *kit.Days) (*seriesOutput, error) {
	from, to := kit.LastDays(h.now(), in.Days)
	days, err := h.store.DailyRevenue(ctx, owner(ctx), from, to)
	if err != nil {
		return nil, err
	}
	out := &seriesOutput{}
	out.Body.Days, out.Body.Series = in.Days, make([]dayPoint, len(days))
	for i, d := range days {
		out.Body.Series[i] = dayPoint{d.Day.Format(time.DateOnly), d.Orders, d.Revenue.InexactFloat64()}
	}
	return out, nil
}
