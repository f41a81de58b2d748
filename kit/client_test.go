package kit_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

func TestClient_TurnsRefusalsIntoKindsAndOtherFailuresIntoUnavailable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   string
		want   kit.Kind
	}{
		{400, `{"detail": "No."}`, kit.Malformed},
		{404, `{"detail": "No."}`, kit.NotFound},
		{409, `{"detail": "No.", "errors": [{"location": "body.x", "message": "m"}]}`, kit.Conflict},
		{413, `{"detail": "No."}`, kit.Malformed},
		{422, `{"detail": "No."}`, kit.Invalid},
		{401, `{"detail": "No."}`, kit.Unavailable},
		{403, `{"detail": "No."}`, kit.Unavailable},
		{308, ``, kit.Unavailable},
		{429, `{"detail": "No."}`, kit.Unavailable},
		{500, `{"detail": "No."}`, kit.Unavailable},
		{503, `<html>`, kit.Unavailable},
		{200, `<html>`, kit.Unavailable},
		{200, `{"n": 1`, kit.Unavailable},
		{200, ``, kit.Unavailable},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(c.body))
		}))
		var out struct{ N int }
		err := kit.NewClient("other", server.URL+"/", "me", kit.NewTokens(kittest.Secret, time.Now)).Call(t.Context(), http.MethodGet, "/x", nil, &out)
		server.Close()
		if !kit.IsKind(err, c.want) {
			t.Errorf("%d %s became %v", c.status, c.body, err)
		}
	}
}

func TestClient_CallsAsAServiceAndReadsTheAnswer(t *testing.T) {
	t.Parallel()
	tokens := kit.NewTokens(kittest.Secret, time.Now)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, err := tokens.Verify(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		if err != nil || caller.Service != "me" || caller.Role != kit.RoleService {
			t.Errorf("called as %+v (%v)", caller, err)
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"path": r.URL.String(), "type": r.Header.Get("Content-Type")})
	}))
	defer server.Close()
	var out struct{ Path, Type string }
	if err := kit.NewClient("other", server.URL, "me", tokens).Call(t.Context(), http.MethodPost, "/x?y=1", []int{1}, &out); err != nil {
		t.Fatal(err)
	}
	if out.Path != "/x?y=1" || out.Type != "application/json" {
		t.Errorf("called %+v", out)
	}
}

func TestClient_GivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, _ *http.Request) { <-stop }))
	defer server.Close()
	defer close(stop)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	client := kit.NewClient("other", server.URL, "me", kit.NewTokens(kittest.Secret, time.Now))
	if err := client.Call(ctx, http.MethodGet, "/x", nil, nil); !kit.IsKind(err, kit.Unavailable) {
		t.Errorf("became %v", err)
	}
}
