package orders

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

// shop is a served orders service in which it is noon, and what it has sold.
type shop struct {
	base   string
	tokens *kit.Tokens
}

func openShop(t *testing.T) *shop {
	t.Helper()
	settings, env := kittest.Settings(t), kittest.Env(t)
	env.Now = func() time.Time { return noon }
	config := kit.Defaults[Config]()
	config.Settings, config.UsersURL = settings, ""
	config.ReconcileInterval = time.Hour
	service, err := New(t.Context(), config, env)
	base, _ := kittest.Serve(t, service, err)
	db, err := kit.OpenPostgres(t.Context(), settings.DatabaseURL, migrations)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.Exec(t.Context(), `
		INSERT INTO orders (id, user_id, status, total, imported, created_at, deleted_at) VALUES
			('OLD', 2, 'completed', 100, true, '2020-01-01', null),
			('BEFORE', 2, 'shipped', 1, true, '2026-02-22 23:59:59.999999+00', null),
			('FIRST', 2, 'shipped', 2.5, true, '2026-02-23 00:00:00+00', null),
			('YESTERDAY', 2, 'pending', 4, true, '2026-02-28 23:59:59.999999+00', null),
			('MIDNIGHT', 2, 'pending', 8.25, true, '2026-03-01 00:00:00+00', null),
			('CANCELLED', 2, 'cancelled', 16, true, '2026-03-01 10:00:00+00', null),
			('DELETED', 2, 'pending', 32, true, '2026-03-01 11:00:00+00', now()),
			('ANOTHERS', 3, 'pending', 64.5, true, '2026-03-01 12:00:00+00', null)`)
	if err != nil {
		t.Fatal(err)
	}
	return &shop{base, kit.NewTokens(kittest.Secret, env.Now)}
}

func (s *shop) as(t *testing.T, id int64, role kit.Role) kittest.Client {
	t.Helper()
	token, err := s.tokens.Issue(id, "x@example.com", role, "any")
	if err != nil {
		t.Fatal(err)
	}
	return kittest.Client{Base: s.base, Token: token}
}

func TestAnalytics_OfOnesOwnOrders(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for _, c := range []struct {
		caller kittest.Client
		want   string
		series string
	}{
		{
			s.as(t, 2, kit.RoleUser),
			`{"total_orders":6,"total_revenue":"115.75","status_breakdown":{"cancelled":1,"completed":1,"delivered":0,"pending":2,"processing":0,"shipped":2},"recent_orders_7d":4,"recent_orders":[` +
				`{"id":"CANCELLED","user_id":2,"total":"16.00","status":"cancelled","created_at":"2026-03-01T10:00:00Z"},` +
				`{"id":"MIDNIGHT","user_id":2,"total":"8.25","status":"pending","created_at":"2026-03-01T00:00:00Z"},` +
				`{"id":"YESTERDAY","user_id":2,"total":"4.00","status":"pending","created_at":"2026-02-28T23:59:59.999999Z"},` +
				`{"id":"FIRST","user_id":2,"total":"2.50","status":"shipped","created_at":"2026-02-23T00:00:00Z"},` +
				`{"id":"BEFORE","user_id":2,"total":"1.00","status":"shipped","created_at":"2026-02-22T23:59:59.999999Z"}]}`,
			`{"days":3,"series":[{"date":"2026-02-27","orders":0,"revenue":0},{"date":"2026-02-28","orders":1,"revenue":4},{"date":"2026-03-01","orders":1,"revenue":8.25}]}`,
		},
		{
			s.as(t, 3, kit.RoleUser),
			`{"total_orders":1,"total_revenue":"64.50","status_breakdown":{"cancelled":0,"completed":0,"delivered":0,"pending":1,"processing":0,"shipped":0},"recent_orders_7d":1,"recent_orders":[` +
				`{"id":"ANOTHERS","user_id":3,"total":"64.50","status":"pending","created_at":"2026-03-01T12:00:00Z"}]}`,
			`{"days":3,"series":[{"date":"2026-02-27","orders":0,"revenue":0},{"date":"2026-02-28","orders":0,"revenue":0},{"date":"2026-03-01","orders":1,"revenue":64.5}]}`,
		},
		{
			s.as(t, 4, kit.RoleUser),
			`{"total_orders":0,"total_revenue":"0.00","status_breakdown":{"cancelled":0,"completed":0,"delivered":0,"pending":0,"processing":0,"shipped":0},"recent_orders_7d":0,"recent_orders":[]}`,
			`{"days":3,"series":[{"date":"2026-02-27","orders":0,"revenue":0},{"date":"2026-02-28","orders":0,"revenue":0},{"date":"2026-03-01","orders":0,"revenue":0}]}`,
		},
		{
			s.as(t, 2, kit.RoleAdmin),
			`{"total_orders":7,"total_revenue":"180.25","status_breakdown":{"cancelled":1,"completed":1,"delivered":0,"pending":3,"processing":0,"shipped":2},"recent_orders_7d":5,"recent_orders":[` +
				`{"id":"ANOTHERS","user_id":3,"total":"64.50","status":"pending","created_at":"2026-03-01T12:00:00Z"},` +
				`{"id":"CANCELLED","user_id":2,"total":"16.00","status":"cancelled","created_at":"2026-03-01T10:00:00Z"},` +
				`{"id":"MIDNIGHT","user_id":2,"total":"8.25","status":"pending","created_at":"2026-03-01T00:00:00Z"},` +
				`{"id":"YESTERDAY","user_id":2,"total":"4.00","status":"pending","created_at":"2026-02-28T23:59:59.999999Z"},` +
				`{"id":"FIRST","user_id":2,"total":"2.50","status":"shipped","created_at":"2026-02-23T00:00:00Z"}]}`,
			`{"days":3,"series":[{"date":"2026-02-27","orders":0,"revenue":0},{"date":"2026-02-28","orders":1,"revenue":4},{"date":"2026-03-01","orders":2,"revenue":72.75}]}`,
		},
	} {
		if got := c.caller.Do(t, http.MethodGet, "/orders/analytics", nil).Want(http.StatusOK); string(got.Raw) != c.want+"\n" {
			t.Errorf("got  %swant %s", got.Raw, c.want)
		}
		if got := c.caller.Do(t, http.MethodGet, "/orders/analytics/timeseries?days=3", nil).Want(http.StatusOK); string(got.Raw) != c.series+"\n" {
			t.Errorf("got  %swant %s", got.Raw, c.series)
		}
	}
}

func TestAnalytics_TimeSeriesHasEveryDay(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	bob := s.as(t, 2, kit.RoleUser)
	for query, want := range map[string]int{"": 30, "?days=1": 1, "?days=180": 180} {
		var got struct {
			Days   int
			Series []struct {
				Date    string
				Orders  int64
				Revenue float64
			}
		}
		bob.Do(t, http.MethodGet, "/orders/analytics/timeseries"+query, nil).Want(http.StatusOK).Into(&got)
		if got.Days != want || len(got.Series) != want {
			t.Errorf("%q: %d days, %d in the series, want %d", query, got.Days, len(got.Series), want)
		}
		for i, p := range got.Series {
			if date := noon.AddDate(0, 0, i+1-want).Format(time.DateOnly); p.Date != date {
				t.Errorf("%q: day %d is %s, want %s", query, i, p.Date, date)
			}
		}
	}
	for _, days := range []string{"0", "181", "-1", "x", "1.5", "99999999999999999999"} {
		bob.Do(t, http.MethodGet, "/orders/analytics/timeseries?days="+days, nil).WantProblem(http.StatusUnprocessableEntity, "query.days")
	}
	for _, path := range []string{"/orders/analytics", "/orders/analytics/timeseries"} {
		kittest.Client{Base: s.base}.Do(t, http.MethodGet, path, nil).WantProblem(http.StatusUnauthorized, "")
	}
}

// TestAnalytics_WorkerRollsUpDeltas sees the notes go and the figures stay.
func TestAnalytics_WorkerRollsUpDeltas(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	const n = 25_000 // more than are rolled up at once
	_, err := s.db.Exec(t.Context(), `
		INSERT INTO orders (id, user_id, status, total, imported, created_at)
		SELECT 'ORD-' || i, i, 'pending', 1, true, now() FROM generate_series(1, $1) AS i`, n)
	if err != nil {
		t.Fatal(err)
	}
	worker := kit.NewWorker("rollup", time.Millisecond, kittest.Env(t).Log, s.rollUp)
	go worker.Run(t.Context())
	kittest.Eventually(t, "all notes are rolled up", func() bool {
		sum, err := s.Summary(t.Context(), Everyone, noon, noon)
		if err != nil || sum.Orders != n || sum.Revenue.String() != fmt.Sprintf("%d.00", n) {
			t.Fatalf("%d orders, revenue %s, %v", sum.Orders, sum.Revenue, err)
		}
		var left int
		err = s.db.QueryRow(t.Context(), `SELECT count(*) FROM order_deltas`).Scan(&left)
		return err == nil && left == 0
	})
}
