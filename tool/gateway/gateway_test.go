package gateway_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"microdemo/kit/kittest"
	"microdemo/tool/gateway"
)

// gatewayTo serves a gateway to one handler for all services, which tells them apart
// by path.
func gatewayTo(t *testing.T, service http.HandlerFunc) kittest.Client {
	t.Helper()
	upstream := httptest.NewServer(service)
	t.Cleanup(upstream.Close)
	return gatewayAt(t, upstream.URL)
}

func gatewayAt(t *testing.T, service string) kittest.Client {
	t.Helper()
	u, err := url.Parse(service)
	if err != nil {
		t.Fatal(err)
	}
	gateway := httptest.NewServer(gateway.New(gateway.Config{
		Users: u, Orders: u, Inventory: u, Log: slog.New(slog.DiscardHandler),
	}))
	t.Cleanup(gateway.Close)
	return kittest.Client{Base: gateway.URL}
}

// echo responds with the method, the address and the length of the body.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	_, _ = fmt.Fprintf(w, "%s %s %d", r.Method, r.RequestURI, len(body))
}

func TestGateway_ForwardsFullPaths(t *testing.T) {
	t.Parallel()
	gateway := gatewayTo(t, echo)
	for _, address := range []string{
		"/users/", "/users/me", "/orders/?q=a%20b&q=%zz;c", "/orders/ORD-1/timeline", "/orders/a%2Fb", "/inventory/sku/SKU-001",
		"/inventory/?cursor=x", "/inventory/reservationsish", "/users/healthz", "/users/openapi.json", "/inventory/import/csv?dry_run=true",
	} {
		got := gateway.Do(t, "PUT", address, "{}").Want(http.StatusOK)
		if want := "PUT " + address + " 2"; string(got.Raw) != want {
			t.Errorf("the service got %q, want %q", got.Raw, want)
		}
	}
}

func TestGateway_RedirectsServicesWithoutSlash(t *testing.T) {
	t.Parallel()
	gateway := gatewayTo(t, echo)
	for from, to := range map[string]string{
		"/users":                 "/users/",
		"/orders?limit=5&q=a%20": "/orders/?limit=5&q=a%20",
		"/inventory":             "/inventory/",
	} {
		got := gateway.Do(t, "POST", from, "{}").Want(http.StatusPermanentRedirect)
		if location := got.Header.Get("Location"); location != to {
			t.Errorf("%s redirects to %q, want %q", from, location, to)
		}
	}
}

func TestGateway_HidesWhatIsNotForClients(t *testing.T) {
	t.Parallel()
	gateway := gatewayTo(t, echo)
	for _, address := range []string{
		"/users/revocations", "/users/%72evocations?after=1", "/users/revocations/x",
		"/inventory/reservations", "/inventory/reservations/", "/inventory/reservations?unconfirmed_for=1s",
		"/inventory/reservations/releases", "/inventory/%72eservations", "/inventory%2Freservations", "/inventory/reservations%2Freleases",
		"/inventory//reservations", "//inventory/reservations", "/inventory/x/../reservations", "/inventory/./reservations",
		"/inventory/x/%2e%2e/reservations", "/inventory/x%2F..%2Freservations", "/users/../inventory/reservations",
		"/users/%2E%2E/inventory/%72%65servations", "/inventory/reservations/.", "/orders//", "/users/x/..",
		"/metrics", "/readyz", "/openapi.json", "/app/orders", "/usersx", "/USERS/", "/favicon.ico",
	} {
		for _, method := range []string{"GET", "POST"} {
			status, header := raw(t, gateway.Base, method, address)
			if status != http.StatusNotFound {
				t.Errorf("%s %s answered %d", method, address, status)
			} else if ct := header.Get("Content-Type"); ct != "application/problem+json" {
				t.Errorf("%s %s answered with a %s", method, address, ct)
			}
		}
	}
	gateway.Do(t, "GET", "/nothing", nil).WantProblem(http.StatusNotFound, "")
	if status, _ := raw(t, gateway.Base, "TRACE", "/users/"); status != http.StatusMethodNotAllowed {
		t.Errorf("TRACE answered %d", status)
	}
}

// raw sends an address exactly as written; net/http's client would clean some.
func raw(t *testing.T, base, method, address string, headers ...string) (status int, header http.Header) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	headers = append(headers, "Host: demo.example", "Connection: close")
	if _, err := fmt.Fprintf(conn, "%s %s HTTP/1.1\r\n%s\r\n\r\n", method, address, strings.Join(headers, "\r\n")); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%s %s: %v", method, address, err)
	}
	_ = res.Body.Close()
	return res.StatusCode, res.Header
}

func TestGateway_OwnPages(t *testing.T) {
	t.Parallel()
	gateway := gatewayTo(t, echo)

	health := gateway.Do(t, "GET", "/healthz", nil).Want(http.StatusOK)
	if diff := cmp.Diff("{\"status\":\"healthy\"}\n", string(health.Raw)); diff != "" {
		t.Error(diff)
	}
	page := gateway.Do(t, "GET", "/", nil).Want(http.StatusOK)
	for _, want := range []string{
		`href="/users/docs"`, `href="/orders/docs"`, `href="/inventory/docs"`, `href="/orders/openapi.json"`,
		"curl -s " + gateway.Base + "/users/login",
	} {
		if !strings.Contains(string(page.Raw), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'"} {
		if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, part) {
			t.Errorf("Content-Security-Policy %q lacks %s", policy, part)
		}
	}
	gateway.Do(t, "POST", "/", "{}").WantProblem(http.StatusMethodNotAllowed, "")
}

func TestGateway_SetsSecurityHeadersOnce(t *testing.T) {
	t.Parallel()
	gateway := gatewayTo(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("X-Request-ID", r.Header.Get("X-Request-ID"))
		if r.URL.Path == "/users/docs" {
			w.Header().Set("Content-Security-Policy", "its own")
		}
	})
	for _, address := range []string{"/users/", "/", "/nothing", "/users"} {
		got := gateway.Do(t, "GET", address, nil)
		for _, name := range []string{"X-Content-Type-Options", "Referrer-Policy", "Content-Security-Policy", "X-Request-ID"} {
			if len(got.Header.Values(name)) != 1 {
				t.Errorf("%s: %s is %q", address, name, got.Header.Values(name))
			}
		}
	}
	if got := gateway.Do(t, "GET", "/users/docs", nil).Header.Values("Content-Security-Policy"); !cmp.Equal(got, []string{"its own"}) {
		t.Errorf("the page's own policy became %q", got)
	}
}

func TestGateway_GivesEveryRequestAnID(t *testing.T) {
	t.Parallel()
	gateway := gatewayTo(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Header.Get("X-Request-ID"))
	})
	for sent, kept := range map[string]bool{
		"trace-1.A_b":           true,
		strings.Repeat("a", 64): true,
		strings.Repeat("a", 65): false,
		"":                      false,
		"two words":             false,
		"<script>":              false,
	} {
		got := gateway.Do(t, "GET", "/users/", nil, "X-Request-ID", sent)
		answered := got.Header.Get("X-Request-ID")
		if answered == "" || answered != string(got.Raw) {
			t.Errorf("sent %q: answered %q but forwarded %q", sent, answered, got.Raw)
		}
		if kept != (answered == sent) {
			t.Errorf("sent %q, answered %q", sent, answered)
		}
	}
	if p := gateway.Do(t, "GET", "/nothing", nil, "X-Request-ID", "mine").WantProblem(http.StatusNotFound, ""); p.Instance != "mine" {
		t.Errorf("the problem's instance is %q", p.Instance)
	}
}

func TestGateway_ForwardsTheClientsAddress(t *testing.T) {
	t.Parallel()
	seen := make(chan *http.Request, 1)
	gateway := gatewayTo(t, func(_ http.ResponseWriter, r *http.Request) { seen <- r })
	raw(t, gateway.Base, "GET", "/users/", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example",
		"X-Forwarded-Port: 1", "X-Real-IP: 6.6.6.6", "Forwarded: for=6.6.6.6", "Authorization: Bearer x", "Accept-Encoding: br")
	r := <-seen
	got := map[string][]string{"Host": {r.Host}}
	for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Real-Ip", "Forwarded", "Authorization", "Accept-Encoding"} {
		if v := r.Header.Values(name); v != nil {
			got[name] = v
		}
	}
	want := map[string][]string{
		"Host":              {"demo.example"},
		"X-Forwarded-For":   {"127.0.0.1"},
		"X-Forwarded-Proto": {"http"},
		"X-Forwarded-Host":  {"demo.example"},
		"Authorization":     {"Bearer x"},
		"Accept-Encoding":   {"br"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the service received (-want +got):\n%s", diff)
	}
}
