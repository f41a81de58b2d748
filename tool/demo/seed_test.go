package demo_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"microdemo/kit/kittest"
	"microdemo/tool/demo"
)

func TestSeed_WaitsForTheSystem(t *testing.T) {
	t.Parallel()
	tries := 0
	starting := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if tries++; tries == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(starting.Close)
	_, err := demo.Seed(t.Context(), demo.Options{Base: starting.URL, AdminEmail: "admin@test.com", AdminPassword: "x"})
	if tries != 2 || err == nil || !strings.Contains(err.Error(), "cannot sign in as admin@test.com") {
		t.Errorf("after %d tries: %v", tries, err)
	}
}

func TestSeed_GivesUpAfterItsWait(t *testing.T) {
	t.Parallel()
	l := kittest.Listen(t)
	_ = l.Close()
	for base, want := range map[string]string{
		"http://" + l.Addr().String(): "is not ready: connection refused",
		"localhost:8080":              "--base localhost:8080 is not an address such as http://127.0.0.1:8080",
	} {
		_, err := demo.Seed(t.Context(), demo.Options{Base: base, Wait: time.Second})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: returned %v", base, err)
		}
	}
}
