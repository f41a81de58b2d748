package gateway_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"microdemo/kit/kittest"
	"microdemo/tool/gateway"
)

func gatewayWithConsole(t *testing.T) kittest.Client {
	t.Helper()
	nowhere := &url.URL{Scheme: "http", Host: "127.0.0.1:1"}
	gateway := httptest.NewServer(gateway.New(gateway.Config{
		Users: nowhere, Orders: nowhere, Inventory: nowhere, Log: slog.New(slog.DiscardHandler),
		Console: fstest.MapFS{
			"index.html":         {Data: []byte("<title>console</title>")},
			"favicon.svg":        {Data: []byte("<svg/>")},
			"assets/a-1.js":      {Data: []byte("plain")},
			"assets/a-1.js.gz":   {Data: []byte("small")},
			"assets/style-1.css": {Data: []byte("a{}")},
		},
	}))
	t.Cleanup(gateway.Close)
	return kittest.Client{Base: gateway.URL}
}

func TestConsole_EveryPageCanBeReloadedAndIsNotCached(t *testing.T) {
	t.Parallel()
	gateway := gatewayWithConsole(t)
	for _, address := range []string{"/", "/app", "/app/", "/app/orders", "/app/orders/ORD-1.html", "/app/nowhere?x=1"} {
		got := gateway.Do(t, "GET", address, nil).Want(http.StatusOK)
		if string(got.Raw) != "<title>console</title>" || got.Header.Get("Cache-Control") != "no-store" ||
			got.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: %q %v", address, got.Raw, got.Header)
		}
		gateway.Do(t, "POST", address, "{}").WantProblem(http.StatusMethodNotAllowed, "")
	}
}

func TestConsole_FilesAreCachedForeverAndMissingOnesAreProblems(t *testing.T) {
	t.Parallel()
	gateway := gatewayWithConsole(t)
	for encoding, want := range map[string]string{"identity": "plain", "br, gzip;q=0.8": "small", "gzip;q=0": "plain"} {
		got := gateway.Do(t, "GET", "/assets/a-1.js", nil, "Accept-Encoding", encoding).Want(http.StatusOK)
		if string(got.Raw) != want || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/javascript") ||
			got.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || got.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: %q %v", encoding, got.Raw, got.Header)
		}
	}
	for _, address := range []string{"/assets/", "/assets/a-2.js", "/assets/a-1.js.gz", "/assets", "/favicon.ico", "/index.html", "/nothing"} {
		gateway.Do(t, "GET", address, nil).WantProblem(http.StatusNotFound, "")
	}
}

func TestConsole_HeadersAreThoseOfTheWebImage(t *testing.T) {
	t.Parallel()
	conf, err := os.ReadFile("../../web/security-headers.conf")
	if err != nil {
		t.Fatal(err)
	}
	got := gatewayWithConsole(t).Do(t, "GET", "/app/orders", nil).Want(http.StatusOK)
	headers := regexp.MustCompile(`(?m)^add_header (\S+) "(.*)" always;$`).FindAllStringSubmatch(string(conf), -1)
	if len(headers) < 5 {
		t.Fatalf("found the headers %q", headers)
	}
	for _, header := range headers {
		if values := got.Header.Values(header[1]); len(values) != 1 || values[0] != header[2] {
			t.Errorf("%s is %q, want %q", header[1], values, header[2])
		}
	}
}
