package smoke_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"microdemo/kit/kittest"
	"microdemo/tool"
	"microdemo/tool/smoke"
	"microdemo/tool/up"
)

func TestMain(m *testing.M) { kittest.Main(m) }

// startSystem starts a system with the demo data and returns its address.
func startSystem(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), kittest.Deadline)
	defer cancel()
	system, err := up.Start(ctx, up.Options{
		Addr: "127.0.0.1:0", Data: t.TempDir(),
		Databases: tool.Databases{Users: kittest.Database(t), Orders: kittest.Database(t), Inventory: kittest.Database(t)},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := system.Stop(context.Background()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	if _, err := system.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	return system.BaseURL
}

func smokeOptions(base string, lines *[]string) smoke.Options {
	return smoke.Options{
		Base: base, Email: "bob@example.com", Password: "password123", SKU: "SKU-001", Wait: kittest.Deadline,
		Report: func(line string) { *lines = append(*lines, line) },
	}
}

func TestSmoke_PassesOnAWorkingSystem(t *testing.T) {
	t.Parallel()
	base := startSystem(t)
	for range 2 { // it can be repeated
		var lines []string
		if err := smoke.Run(t.Context(), smokeOptions(base+"/", &lines)); err != nil {
			t.Fatalf("after %q: %v", lines, err)
		}
		if len(lines) != 14 {
			t.Errorf("reported %q", lines)
		}
	}
}

func TestSmoke_NamesTheStepThatFails(t *testing.T) {
	t.Parallel()
	base := startSystem(t)
	target, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	for want, breaks := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"sign in: ": func(w http.ResponseWriter, r *http.Request) bool {
			return fail(w, r.URL.Path == "/users/login", http.StatusUnauthorized)
		},
		"place an order: POST /orders/: answered 500": func(w http.ResponseWriter, r *http.Request) bool {
			return fail(w, r.Method == http.MethodPost && r.URL.Path == "/orders/", http.StatusInternalServerError)
		},
		"the same request again is replayed: ": func(_ http.ResponseWriter, r *http.Request) bool {
			r.Header.Del("Idempotency-Key") // a second order, then
			return false
		},
		"internal addresses are hidden: GET /metrics: answered 200": func(w http.ResponseWriter, r *http.Request) bool {
			return fail(w, r.URL.Path == "/metrics", http.StatusOK)
		},
		"services without a slash redirect: ": func(w http.ResponseWriter, r *http.Request) bool {
			return fail(w, r.URL.Path == "/users", http.StatusOK)
		},
	} {
		t.Run(strings.SplitN(want, ":", 2)[0], func(t *testing.T) {
			proxy := httputil.NewSingleHostReverseProxy(target)
			broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !breaks(w, r) {
					proxy.ServeHTTP(w, r)
				}
			}))
			defer broken.Close()
			var lines []string
			err := smoke.Run(t.Context(), smokeOptions(broken.URL, &lines))
			if err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("returned %v, want %q…", err, want)
			}
		})
	}
}

func fail(w http.ResponseWriter, when bool, status int) bool {
	if when {
		w.Header().Set("X-Request-ID", "broken")
		w.WriteHeader(status)
	}
	return when
}

func TestSmoke_GivesUpWhenNothingListens(t *testing.T) {
	t.Parallel()
	l := kittest.Listen(t)
	_ = l.Close()
	var lines []string
	o := smokeOptions("http://"+l.Addr().String(), &lines)
	o.Wait = 10 * time.Millisecond
	err := smoke.Run(t.Context(), o)
	if err == nil || !strings.HasPrefix(err.Error(), "gateway and services are healthy: ") || len(lines) != 0 {
		t.Errorf("reported %q and returned %v", lines, err)
	}
}
