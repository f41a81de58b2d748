package kit_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func FuzzCursor_LeadsOnOrIsRefused(f *testing.F) {
	for _, key := range []string{
		`{"created_at":"2026-01-02T03:04:05.000006Z","id":"ORD-1"}`, `null`, `{}`, `5`, `{"id":"\u0000"}`, `[`,
		`{"created_at":"0000-01-01T00:00:00Z","id":""}`, `{"created_at":"9999-12-31T23:59:59.999999999Z","id":"x"}`, `{"id":1e400}`,
	} {
		f.Add(base64.RawURLEncoding.EncodeToString([]byte(key)))
	}
	f.Add("%21")
	f.Add("=")
	api := fuzzAPI()
	f.Fuzz(func(t *testing.T, cursor string) {
		address := "/fuzz/?limit=1&cursor=" + url.QueryEscape(cursor)
		got := httptest.NewRecorder()
		api.ServeHTTP(got, httptest.NewRequest(http.MethodGet, address, nil))
		wantSane(t, got, address, http.StatusUnprocessableEntity)
		if got.Code != http.StatusOK || cursor == "" {
			return
		}
		// An accepted cursor is one that a Link header could have had, and leads to itself.
		again := httptest.NewRecorder()
		target, _, _ := strings.Cut(strings.TrimPrefix(got.Header().Get("Link"), "<"), ">")
		api.ServeHTTP(again, httptest.NewRequest(http.MethodGet, target, nil))
		if again.Code != http.StatusOK || again.Body.String() != got.Body.String() {
			t.Errorf("%q leads to %q, which answers %d %s", cursor, target, again.Code, again.Body)
		}
	})
}
