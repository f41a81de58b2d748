package users

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

func registerAnalytics(a *api) {
	handle(a, kit.Admins, huma.Operation{
		OperationID: "get-user-analytics", Method: http.MethodGet, Path: "/users/analytics", Summary: "Count the users",
		Description: "How many users there are, by activity and role. Deleted users are not counted.",
	}, a.summary)
	handle(a, kit.Admins, huma.Operation{
		OperationID: "get-user-timeseries", Method: http.MethodGet, Path: "/users/analytics/timeseries", Summary: "New users by day",
		Description: "By the UTC day their account was created, oldest first. Days without any are included.",
		Errors:      []int{http.StatusUnprocessableEntity},
	}, a.series)
}

type summaryOutput struct {
	Body struct {
		TotalUsers      int64              `json:"total_users" doc:"How many users there are" example:"25"`
		ActiveUsers     int64              `json:"active_users" doc:"How many may sign in" example:"24"`
		InactiveUsers   int64              `json:"inactive_users" doc:"How many may not" example:"1"`
		RoleBreakdown   map[kit.Role]int64 `json:"role_breakdown" doc:"How many users have each role; every role is included" example:"{\"user\": 24, \"admin\": 1}"`
		RecentSignups7d int64              `json:"recent_signups_7d" doc:"How many users signed up on the last seven UTC days, including today" example:"2"`
	}
}

func (a *api) summary(ctx context.Context, _ User, _ *struct{}) (*summaryOutput, error) {
	from, to := kit.LastDays(a.now(), kit.RecentDays)
	sum, err := a.store.Summary(ctx, from, to)
	if err != nil {
		return nil, err
	}
	out := &summaryOutput{}
	out.Body.TotalUsers, out.Body.ActiveUsers, out.Body.InactiveUsers = sum.Active+sum.Inactive, sum.Active, sum.Inactive
	out.Body.RoleBreakdown, out.Body.RecentSignups7d = sum.ByRole, sum.Recent
	return out, nil
}

type seriesOutput struct {
	Body struct {
		Days   int        `json:"days" doc:"How many days the series has" example:"30"`
		Series []dayPoint `json:"series" doc:"One entry for each day, oldest first"`
	}
}

type dayPoint struct {
	Date    string `json:"date" format:"date" doc:"The day, in UTC" example:"2026-01-31"`
	Signups int64  `json:"signups" doc:"How many users signed up" example:"2"`
}

func (a *api) series(ctx context.Context, _ User, in *kit.Days) (*seriesOutput, error) {
	from, to := kit.LastDays(a.now(), in.Days)
	days, err := a.store.DailySignups(ctx, from, to)
	if err != nil {
		return nil, err
	}
	out := &seriesOutput{}
	out.Body.Days, out.Body.Series = in.Days, make([]dayPoint, len(days))
	for i, d := range days {
		out.Body.Series[i] = dayPoint{d.Day.Format(time.DateOnly), d.Signups}
	}
	return out, nil
}
