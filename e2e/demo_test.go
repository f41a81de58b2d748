package e2e

import (
	"strings"
	"testing"

	"microdemo/services/orders/forecast"
	"microdemo/tool/demo"
)

func TestDemoShop_IsMadeOnceAndCanBeForecast(t *testing.T) {
	t.Parallel()
	s := start(t)
	seed := func() (said string) {
		t.Helper()
		_, err := demo.Seed(t.Context(), demo.Options{
			Base: s.admin.Base, AdminEmail: "admin@test.com", AdminPassword: "password123", Demo: true,
			Report: func(line string) { said += line + "\n" },
		})
		if err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		return said
	}
	if said := seed(); strings.Count(said, " created\n") < 5 {
		t.Errorf("said\n%s", said)
	}
	var before, after struct {
		Total    int            `json:"total_orders"`
		Revenue  string         `json:"total_revenue"`
		ByStatus map[string]int `json:"status_breakdown"`
	}
	unmarshal(t, s.admin.Do(t, "GET", "/orders/analytics", nil).Want(200), &before)
	for status, n := range before.ByStatus {
		if n < 2 {
			t.Errorf("%d orders are %s", n, status)
		}
	}
	if said := seed(); strings.Contains(said, " created\n") {
		t.Errorf("the second time it said\n%s", said)
	}
	unmarshal(t, s.admin.Do(t, "GET", "/orders/analytics", nil).Want(200), &after)
	if after.Total != before.Total || after.Revenue != before.Revenue || after.Total < 1000 {
		t.Errorf("%+v, and after the second time %+v", before, after)
	}
	s.audit()

	var got struct {
		Method      string
		Seasonality string
		History     []struct{ Revenue float64 }
		Anomalies   []struct{ Date string }
	}
	unmarshal(t, s.admin.Do(t, "GET", "/orders/analytics/forecast?days=14", nil).Want(200), &got)
	history := make([]float64, len(got.History))
	for i, day := range got.History {
		history[i] = day.Revenue
	}
	_, ours, naive := forecast.HoldOut(history, forecast.Options{Days: 14, Method: forecast.Auto, Seasonality: forecast.AutoSeason, Conf: 0.95})
	t.Logf("held-out days: mean absolute error %.2f, of the week before %.2f; %s, %s, %d anomalies",
		ours.MAE, naive.MAE, got.Method, got.Seasonality, len(got.Anomalies))
	if ours.MAE >= naive.MAE || ours.RMSE >= naive.RMSE {
		t.Errorf("the forecast errs by %+v, the week before by %+v", ours, naive)
	}
	if got.Method != "hw" && got.Seasonality != "weekday" {
		t.Errorf("auto chose %s, %s: no season", got.Method, got.Seasonality)
	}
	if len(got.Anomalies) < 2 {
		t.Errorf("anomalies %+v", got.Anomalies)
	}
}
