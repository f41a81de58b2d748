package tool_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"microdemo/kit/kittest"
	"microdemo/tool"
)

func smokeOptions(base string, lines *[]string) tool.SmokeOptions {
	return tool.SmokeOptions{
		Base: base, Email: "bob@example.com", Password: "password123", SKU: "SKU-001", Wait: kittest.Deadline,
		Report: func(line string) { *lines = append(*lines, line) },
	}
}

func TestSmoke_PassesOnAWorkingSystem(t *testing.T) {
	t.Parallel()
	system := startSystem(t)
	if err := system.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 { // it can be repeated
		var lines []string
		if err := tool.Smoke(t.Context(), smokeOptions(system.BaseURL+"/", &lines)); err != nil {
			t.Fatalf("after %q: %v", lines, err)
		}
		if len(lines) != 14 {
			t.Errorf("said %q", lines)
		}
	}
}

func TestSmoke_NamesTheStepThatFails(t *testing.T) {
	t.Parallel()
	system := startSystem(t)
	if err := system.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(system.BaseURL)
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
		"inside addresses are not there: GET /metrics: answered 200": func(w http.ResponseWriter, r *http.Request) bool {
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
			err := tool.Smoke(t.Context(), smokeOptions(broken.URL, &lines))
			if err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("said %v, want %q…", err, want)
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

func TestSmoke_GivesUpOnWhatIsNotThere(t *testing.T) {
	t.Parallel()
	l := kittest.Listen(t)
	_ = l.Close()
	var lines []string
	o := smokeOptions("http://"+l.Addr().String(), &lines)
	o.Wait = 10 * time.Millisecond
	err := tool.Smoke(t.Context(), o)
	if err == nil || !strings.HasPrefix(err.Error(), "gateway and services are healthy: ") || len(lines) != 0 {
		t.Errorf("said %q and %v", lines, err)
	}
}
