package gateway_test

import (
	"bufio"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"sync/atomic"
	"testing"

	"microdemo/tool/gateway"
)

// FuzzGateway_HidesReservations sends request lines that an HTTP server accepts, and
// checks what reaches the services.
func FuzzGateway_HidesReservations(f *testing.F) {
	for _, target := range []string{
		"/inventory/reservations", "/inventory/reservations/releases?x=1", "/inventory/%72eservations", "/inventory%2Freservations", "/inventory/x/../reservations",
		"/inventory/x/%2e%2e/reservations", "//inventory/reservations", "/users/..%2finventory/reservations", "/inventory/./reservations/", "/inventory/reservations;x",
		"/inventory/%2572eservations", "/inventory/reservations%00", "/inventory/\\reservations", "/inventory/reservations%5creleases", "*", "",
		"http://other/inventory/reservations", "http://other", "http:inventory/reservations", "/orders/ORD-1", "/inventory/1/movements?limit=5", "/inventory", "/users/?q=%zz",
		"/inventory/reservations#x", "/inventory/%E2%80%AE/reservations", "/inventory/ reservations", "?/inventory/reservations", "/inventory?/../reservations",
	} {
		f.Add("GET", target)
		f.Add("POST", target)
	}
	f.Add("CONNECT", "inventory:80")
	f.Add("OPTIONS", "*")
	var leaked atomic.Pointer[string]
	upstream := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		for _, seen := range []string{r.URL.Path, r.URL.EscapedPath(), strings.SplitN(r.RequestURI, "?", 2)[0]} {
			if clean := path.Clean("/" + seen); clean == "/inventory/reservations" || strings.HasPrefix(clean, "/inventory/reservations/") {
				leaked.Store(&r.RequestURI)
			}
		}
	}))
	f.Cleanup(upstream.Close)
	to, err := url.Parse(upstream.URL)
	if err != nil {
		f.Fatal(err)
	}
	gateway := gateway.New(gateway.Config{Users: to, Orders: to, Inventory: to, Log: slog.New(slog.DiscardHandler)})
	f.Fuzz(func(t *testing.T, method, target string) {
		request, err := http.ReadRequest(bufio.NewReader(strings.NewReader(method + " " + target + " HTTP/1.1\r\nHost: demo.example\r\n\r\n")))
		if err != nil || request.Method == http.MethodTrace {
			return
		}
		leaked.Store(nil)
		answer := httptest.NewRecorder()
		gateway.ServeHTTP(answer, request)
		if seen := leaked.Load(); seen != nil {
			t.Errorf("%s %q reached the service as %q", method, target, *seen)
		}
		if answer.Code >= 500 {
			t.Errorf("%s %q answered %d %s", method, target, answer.Code, answer.Body)
		}
	})
}
