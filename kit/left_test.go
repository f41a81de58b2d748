package kit_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

// TestRequest_OfAClientThatLeft cuts the connection while the request waits for
// something, and looks at how that was logged.
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
			return &kit.Error{Kind: kit.Unavailable, Message: "It does not answer.", Cause: ctx.Err()}
		}, 499, "INFO"},
		"its turn": {func(ctx context.Context, entered func()) error {
			entered()
			<-ctx.Done()
			return &kit.Error{Kind: kit.RateLimited, Message: "There are too many.", Cause: ctx.Err()}
		}, 499, "INFO"},
		"what fails by itself": {func(ctx context.Context, entered func()) error {
			entered()
			<-ctx.Done()
			return errors.New("broken")
		}, 500, "ERROR"},
		"a refusal": {func(ctx context.Context, entered func()) error {
			entered()
			<-ctx.Done()
			return kit.Errorf(kit.Conflict, "It is taken.")
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

// TestProblem_OfWhatWasGivenUpByTheServiceItself: the client still waits.
func TestProblem_OfWhatWasGivenUpByTheServiceItself(t *testing.T) {
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
