package kit_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

func TestClientAddress_IsTheFirstFromTheEndThatIsNotTrusted(t *testing.T) {
	t.Parallel()
	trusted, err := kit.ParseNetworks("10.0.0.0/8, 192.0.2.7,fd00::/8")
	if err != nil || len(trusted) != 3 {
		t.Fatalf("%v, %v", trusted, err)
	}
	env := kittest.Env(t)
	api := kit.NewAPI("address", "For tests.", nil, nil, kit.NewTokens(kittest.Secret, env.Now), env)
	var got netip.Addr
	kit.Register(api, kit.Anyone, huma.Operation{OperationID: "get", Method: http.MethodGet, Path: "/address/"},
		func(ctx context.Context, _ *struct{}) (*struct{}, error) {
			got = kit.ClientAddress(ctx, trusted)
			return nil, nil
		})
	for _, c := range []struct {
		peer      string
		forwarded []string
		want      string
	}{
		{"203.0.113.1:5", nil, "203.0.113.1"},
		{"203.0.113.1:5", []string{"203.0.113.2"}, "203.0.113.1"}, // not believed
		{"10.1.2.3:5", nil, "10.1.2.3"},
		{"10.1.2.3:5", []string{"203.0.113.2"}, "203.0.113.2"},
		{"[::ffff:10.1.2.3]:5", []string{"::ffff:203.0.113.2"}, "203.0.113.2"},
		{"10.1.2.3:5", []string{"198.51.100.1, 203.0.113.2"}, "203.0.113.2"}, // the first was said by the second
		{"10.1.2.3:5", []string{"198.51.100.1", "203.0.113.2, 10.9.9.9", "192.0.2.7"}, "203.0.113.2"},
		{"10.1.2.3:5", []string{"10.0.0.1, 10.0.0.2"}, "10.0.0.1"},
		{"10.1.2.3:5", []string{"203.0.113.2, unknown"}, "10.1.2.3"},
		{"10.1.2.3:5", []string{"203.0.113.2,,10.0.0.1"}, "10.0.0.1"},
		{"10.1.2.3:5", []string{"203.0.113.2:4711"}, "203.0.113.2"},
		{"[fd00::1%eth0]:5", []string{"[2001:db8::1]:4711"}, "2001:db8::1"},
		{"[fd00::1]:5", []string{"2001:db8::1"}, "2001:db8::1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/address/", nil)
		r.RemoteAddr = c.peer
		r.Header["X-Forwarded-For"] = c.forwarded
		w := httptest.NewRecorder()
		if api.ServeHTTP(w, r); w.Code != http.StatusNoContent || got != netip.MustParseAddr(c.want) {
			t.Errorf("%s with %q is %s, want %s", c.peer, c.forwarded, got, c.want)
		}
	}
	if alone := kit.ClientAddress(t.Context(), trusted); alone.IsValid() {
		t.Errorf("without a request: %s", alone)
	}
}

// TestRequest_OfAClientThatLeft cuts the connection while the request waits, and
// looks at the log.
func TestRequest_OfAClientThatLeft(t *testing.T) {
	t.Parallel()
	db := openPostgres(t)
	for name, c := range map[string]struct {
		wait   func(ctx context.Context, entered func()) error
		status int
		level  string // the worst that was logged
	}{
		"a query": {func(ctx context.Context, entered func()) error {
			entered()
			_, err := db.Exec(ctx, `SELECT pg_sleep(60)`)
			return err
		}, 499, "INFO"},
		"a transaction": {func(ctx context.Context, entered func()) error {
			return db.Tx(ctx, func(tx pgx.Tx) error {
				entered()
				_, err := tx.Exec(ctx, `SELECT pg_sleep(60)`)
				return err
			})
		}, 499, "INFO"},
		"another service": {func(ctx context.Context, entered func()) error {
			entered()
			<-ctx.Done()
			return &kit.Error{Kind: kit.Unavailable, Message: "There is no answer.", Cause: ctx.Err()}
		}, 499, "INFO"},
		"its turn": {func(ctx context.Context, entered func()) error {
			entered()
			<-ctx.Done()
			return &kit.Error{Kind: kit.RateLimited, Message: "There are too many.", Cause: ctx.Err()}
		}, 499, "INFO"},
		"a failure of its own": {func(ctx context.Context, entered func()) error {
			entered()
			<-ctx.Done()
			return errors.New("broken")
		}, 500, "ERROR"},
		"a refusal": {func(ctx context.Context, entered func()) error {
			entered()
			<-ctx.Done()
			return &kit.Error{Kind: kit.Conflict, Message: "The id is taken."}
		}, 409, "INFO"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := &kittest.Log{}
			env := kit.NewEnv(slog.New(slog.NewJSONHandler(log, nil)))
			api := kit.NewAPI("x", "For tests.", nil, nil, kit.NewTokens(kittest.Secret, env.Now), env)
			entered := make(chan struct{})
			kit.Register(api, kit.Anyone, huma.Operation{OperationID: "wait", Method: http.MethodGet, Path: "/x/"},
				func(ctx context.Context, _ *struct{}) (*struct{}, error) {
					return nil, c.wait(ctx, func() { close(entered) })
				})
			server := httptest.NewServer(api)
			t.Cleanup(server.Close)
			ctx, leave := context.WithCancel(t.Context())
			go func() {
				<-entered
				leave()
			}()
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/x/", nil)
			if err != nil {
				t.Fatal(err)
			}
			if res, err := http.DefaultClient.Do(req); !errors.Is(err, context.Canceled) {
				_ = res.Body.Close()
				t.Fatalf("answered %d, %v", res.StatusCode, err)
			}
			kittest.Eventually(t, "the request was logged", func() bool { return len(log.With(`"msg":"request"`)) > 0 })
			all := strings.Join(log.With(""), "")
			if len(log.With(fmt.Sprintf(`"msg":"request","method":"GET","path":"/x/","status":%d,`, c.status))) == 0 {
				t.Errorf("not counted as %d:\n%s", c.status, all)
			}
			for _, level := range []string{"WARN", "ERROR"} {
				if got := strings.Contains(all, `"level":"`+level+`"`); got != (level == c.level) {
					t.Errorf("%s is logged: %v\n%s", level, got, all)
				}
			}
		})
	}
}

func TestProblem_OfACancelledContextWhoseClientWaits(t *testing.T) {
	t.Parallel()
	log := &kittest.Log{}
	env := kit.NewEnv(slog.New(slog.NewTextHandler(log, nil)))
	api := kit.NewAPI("x", "For tests.", nil, nil, kit.NewTokens(kittest.Secret, env.Now), env)
	kit.Register(api, kit.Anyone, huma.Operation{OperationID: "stop", Method: http.MethodGet, Path: "/x/"},
		func(context.Context, *struct{}) (*struct{}, error) { return nil, context.Canceled })
	answer := httptest.NewRecorder()
	api.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/x/", nil))
	if answer.Code != http.StatusServiceUnavailable || answer.Header().Get("Retry-After") == "" || len(log.With("level=WARN")) != 1 {
		t.Errorf("answered %d, logged %s", answer.Code, log.With(""))
	}
}

func FuzzRequestID_IsTheClientsOrNew(f *testing.F) {
	for _, id := range []string{"", "trace-1.A_b", strings.Repeat("a", 64), strings.Repeat("a", 65), "a b", "a\nb", "é", "../x", "a\n"} {
		f.Add(id)
	}
	const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
	f.Fuzz(func(t *testing.T, id string) {
		got := kit.RequestIDOf(&http.Request{Header: http.Header{"X-Request-Id": {id}}})
		if len(got) == 0 || len(got) > 64 || strings.Trim(got, allowed) != "" {
			t.Errorf("%q became %q", id, got)
		}
		valid := len(id) > 0 && len(id) <= 64 && strings.Trim(id, allowed) == ""
		if valid != (got == id) {
			t.Errorf("%q became %q", id, got)
		}
	})
}
