package users

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

// noon is a time that tests pretend it is.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func openStore(t testing.TB) *Store {
	t.Helper()
	db, cache, err := kit.Open(t.Context(), kittest.Settings(t), migrations, kittest.Env(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		db.Close()
		cache.Close()
	})
	return &Store{db: db, cache: cache, now: time.Now}
}

// failer is a test, one of rapid's too.
type failer interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// wantRight fails the test unless analytics tells what the users tell.
func wantRight(t failer, s *Store) {
	t.Helper()
	ctx := context.Background()
	all, err := kit.Rows[struct {
		Role      kit.Role
		IsActive  bool
		CreatedAt time.Time
	}](ctx, s.db, `SELECT role, is_active, created_at FROM users`)
	if err != nil {
		t.Fatal(err)
	}
	const daysBack = 60
	want := Summary{ByRole: map[kit.Role]int64{kit.RoleUser: 0, kit.RoleAdmin: 0}}
	first, last := kit.LastDays(noon, daysBack)
	var wantDays []DaySignups
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		wantDays = append(wantDays, DaySignups{Day: day})
	}
	for _, u := range all {
		if want.ByRole[u.Role]++; u.IsActive {
			want.Active++
		} else {
			want.Inactive++
		}
		ago := int(last.Sub(u.CreatedAt.Truncate(24*time.Hour)) / (24 * time.Hour))
		if ago >= 0 && ago < kit.RecentDays {
			want.Recent++
		}
		if ago >= 0 && ago < daysBack {
			wantDays[daysBack-1-ago].Signups++
		}
	}
	from, to := kit.LastDays(noon, kit.RecentDays)
	sum, err := s.Summary(ctx, from, to)
	if err != nil {
		t.Fatal(err)
	}
	days, err := s.DailySignups(ctx, first, last)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, sum) + cmp.Diff(wantDays, days); diff != "" {
		t.Fatalf("analytics differ from the users (-want +got):\n%s", diff)
	}
}

// TestAnalytics_EqualsTheUsersWhateverHappens does all that is ever done to
// users, in any order, and rolls up in between.
func TestAnalytics_EqualsTheUsersWhateverHappens(t *testing.T) {
	t.Parallel()
	s, n := openStore(t), 0
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		must := func(err error) {
			if err != nil && !kit.IsKind(err, kit.Conflict) {
				t.Fatal(err)
			}
		}
		role, active := rapid.SampledFrom([]kit.Role{kit.RoleUser, kit.RoleAdmin}), rapid.Bool()
		some := func() (id int64, ok bool) {
			ids, err := kit.Rows[struct{ ID int64 }](ctx, s.db, `SELECT id FROM users ORDER BY id`)
			must(err)
			if len(ids) == 0 {
				return 0, false
			}
			return rapid.SampledFrom(ids).Draw(t, "user").ID, true
		}
		_, err := s.db.Exec(ctx, `DELETE FROM users`)
		must(err)
		t.Repeat(map[string]func(*rapid.T){
			"create": func(t *rapid.T) {
				n++
				u, err := s.Create(ctx, NewUser{Name: "N", Email: Email(fmt.Sprintf("n%d@example.com", n)), Role: role.Draw(t, "role")})
				must(err)
				ago := rapid.SampledFrom([]int{-1, 0, 1, 6, 7, 59, 60, 4000}).Draw(t, "days ago")
				hours := rapid.SampledFrom([]time.Duration{-12 * time.Hour, 12*time.Hour - time.Microsecond}).Draw(t, "from noon")
				_, err = s.db.Exec(ctx, `UPDATE users SET created_at = $2 WHERE id = $1`, u.ID, noon.AddDate(0, 0, -ago).Add(hours))
				must(err)
			},
			"change": func(t *rapid.T) {
				if id, ok := some(); ok {
					r, a := role.Draw(t, "role"), active.Draw(t, "active")
					_, err := s.Update(ctx, id, Change{Role: &r, IsActive: &a})
					must(err)
				}
			},
			"set preferences": func(*rapid.T) {
				if id, ok := some(); ok {
					must(s.SetPreferences(ctx, id, Preferences{[]byte(`{}`)}))
				}
			},
			"delete": func(*rapid.T) {
				if id, ok := some(); ok {
					must(s.Delete(ctx, id))
				}
			},
			"import": func(t *rapid.T) {
				_, err := s.db.Exec(ctx, `
					INSERT INTO users (name, email, role, is_active, password_hash, created_at)
					SELECT '', 'i' || i || '@example.com', $1, $2, '', $4 FROM generate_series($3::int, $3 + 3) AS i
					ON CONFLICT (lower(email)) DO UPDATE SET role = excluded.role, is_active = excluded.is_active`,
					role.Draw(t, "role"), active.Draw(t, "active"), rapid.IntRange(0, 8).Draw(t, "from"), noon)
				must(err)
			},
			"roll up": func(*rapid.T) { must(s.rollUp(ctx)) },
			"check":   func(*rapid.T) { wantRight(t, s) },
		})
		must(s.rollUp(ctx))
		wantRight(t, s)
	})
}

// TestAnalytics_OfManyUsers looks at users who were there before, and at how
// much is read to sum up 100,000 of them.
func TestAnalytics_OfManyUsers(t *testing.T) {
	t.Parallel()
	url, ctx := kittest.EmptyDatabase(t), t.Context()
	before, err := kit.OpenPostgres(ctx, url, kittest.Before(t, migrations, "00004"))
	if err != nil {
		t.Fatal(err)
	}
	before.Close()
	kittest.Exec(t, url, `
		INSERT INTO users (name, email, role, is_active, password_hash, created_at)
		SELECT '', i || '@example.com', CASE WHEN i % 9 = 0 THEN 'admin' ELSE 'user' END, i % 7 > 0, '', '2026-03-01'::timestamptz - i * interval '2 hours'
		FROM generate_series(1, 100000) AS i`)
	db, err := kit.OpenPostgres(ctx, url, migrations)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s := &Store{db: db, now: time.Now}
	wantRight(t, s)
	if err := s.rollUp(ctx); err != nil {
		t.Fatal(err)
	}
	wantRight(t, s)
	if _, err := db.Exec(ctx, `VACUUM ANALYZE`); err != nil {
		t.Fatal(err)
	}
	if plan := kittest.PlanOf(t, db.Pool, totalsSQL); plan.Read > 20 {
		t.Errorf("the totals read %d rows:\n%s", plan.Read, plan.Text)
	}
	from, to := kit.LastDays(noon, 180)
	plan := kittest.PlanOf(t, db.Pool, daysSQL, from, to)
	plan.SeqScans = nil // the notes, of which there are none
	plan.WantIndexed(t, 4*180, 3*180)
}

type answeredSeries struct {
	Days   int
	Series []struct {
		Date    string
		Signups int64
	}
}

func TestAnalytics_ForAdmins(t *testing.T) {
	t.Parallel()
	settings, env := kittest.Settings(t), kittest.Env(t)
	env.Now = func() time.Time { return noon }
	service, err := New(t.Context(), Config{Settings: settings}, env)
	base, _ := kittest.Serve(t, service, err)
	db, err := kit.OpenPostgres(t.Context(), settings.DatabaseURL, migrations)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.Exec(t.Context(), `
		INSERT INTO users (name, email, role, is_active, password_hash, created_at) VALUES
			('', 'root@example.com', 'admin', true, '', '2025-01-01'),
			('', 'bob@example.com', 'user', true, '', '2026-02-22 23:59:59.999999+00'),
			('', 'cy@example.com', 'user', false, '', '2026-02-23 00:00:00+00'),
			('', 'di@example.com', 'user', true, '', '2026-02-28 23:59:59.999999+00'),
			('', 'ed@example.com', 'user', true, '', '2026-03-01 00:00:00+00'),
			('', 'flo@example.com', 'user', true, '', '2026-03-01 23:59:59.999999+00')`)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(t.Context(), `
		INSERT INTO sessions (id, user_id, key_hash, turn_hash, created_at, expires_at, ends_at)
		SELECT ('00000000-0000-4000-8000-00000000000' || id)::uuid, id, email::bytea, '', created_at, '2027-01-01', '2027-01-01'
		FROM users`)
	if err != nil {
		t.Fatal(err)
	}
	tokens := kit.NewTokens(kittest.Secret, env.Now)
	as := func(id int64, role kit.Role) kittest.Client {
		token, err := tokens.Issue(id, "x@example.com", role, fmt.Sprintf("00000000-0000-4000-8000-00000000000%d", id))
		if err != nil {
			t.Fatal(err)
		}
		return kittest.Client{Base: base, Token: token}
	}
	root := as(1, kit.RoleAdmin)
	const want = `{"total_users":6,"active_users":5,"inactive_users":1,"role_breakdown":{"admin":1,"user":5},"recent_signups_7d":4}`
	if got := root.Do(t, http.MethodGet, "/users/analytics", nil).Want(http.StatusOK); string(got.Raw) != want+"\n" {
		t.Errorf("got %s, want %s", got.Raw, want)
	}
	const wantSeries = `{"days":3,"series":[{"date":"2026-02-27","signups":0},{"date":"2026-02-28","signups":1},{"date":"2026-03-01","signups":2}]}`
	if got := root.Do(t, http.MethodGet, "/users/analytics/timeseries?days=3", nil).Want(http.StatusOK); string(got.Raw) != wantSeries+"\n" {
		t.Errorf("got %s, want %s", got.Raw, wantSeries)
	}
	for days, want := range map[string]int{"": 30, "?days=1": 1, "?days=180": 180} {
		var got answeredSeries
		root.Do(t, http.MethodGet, "/users/analytics/timeseries"+days, nil).Want(http.StatusOK).Into(&got)
		if got.Days != want || len(got.Series) != want || got.Series[want-1].Date != "2026-03-01" {
			t.Errorf("%q: %+v", days, got)
		}
	}
	for _, days := range []string{"0", "181", "-1", "x", "1.5"} {
		root.Do(t, http.MethodGet, "/users/analytics/timeseries?days="+days, nil).WantProblem(http.StatusUnprocessableEntity, "query.days")
	}
	for _, path := range []string{"/users/analytics", "/users/analytics/timeseries"} {
		kittest.Client{Base: base}.Do(t, http.MethodGet, path, nil).WantProblem(http.StatusUnauthorized, "")
		as(2, kit.RoleUser).Do(t, http.MethodGet, path, nil).WantProblem(http.StatusForbidden, "")
	}
}
