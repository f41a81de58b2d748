package e2e

import (
	"net/http"
	"testing"

	"microdemo/kit/kittest"
)

func TestContract_CanBeBroken(t *testing.T) {
	t.Parallel()
	const (
		token   = `{"access_token":"a","token_type":"bearer","expires_in":1,"refresh_token":"r"}`
		problem = `{"type":"about:blank","title":"Not Found","status":404,"detail":"There is nothing here.","instance":"id-1"}`
	)
	for name, c := range map[string]struct {
		fine              bool
		method, path      string
		status            int
		contentType, body string
	}{
		"a good answer":                 {true, "POST", "/users/login", 200, "application/json", token},
		"a field too many":              {false, "POST", "/users/login", 200, "application/json", `{"access_token":"a","token_type":"bearer","expires_in":1,"refresh_token":"r","x":1}`},
		"a field too few":               {false, "POST", "/users/login", 200, "application/json", `{"access_token":"a","token_type":"bearer","refresh_token":"r"}`},
		"another type":                  {false, "POST", "/users/login", 200, "application/json", `{"access_token":"a","token_type":"bearer","expires_in":"1","refresh_token":"r"}`},
		"a value that is not listed":    {false, "POST", "/users/login", 200, "application/json", `{"access_token":"a","token_type":"mac","expires_in":1,"refresh_token":"r"}`},
		"a time that is none":           {false, "GET", "/orders/A/timeline", 200, "application/json", `[{"id":1,"order_id":"A","event_type":"created","description":"","old_value":null,"new_value":null,"user_id":null,"created_at":"now"}]`},
		"null for a list":               {false, "GET", "/users/", 200, "application/json", `null`},
		"another content type":          {false, "POST", "/users/login", 200, "text/plain", token},
		"an undocumented status":        {false, "POST", "/users/login", 201, "application/json", token},
		"a body where there is none":    {false, "DELETE", "/orders/A", 204, "", `{}`},
		"no body where there is none":   {true, "DELETE", "/orders/A", 204, "", ``},
		"a problem":                     {true, "GET", "/orders/A", 404, "application/problem+json", problem},
		"a problem as JSON":             {false, "GET", "/orders/A", 404, "application/json", problem},
		"a problem of another status":   {false, "GET", "/orders/A", 403, "application/problem+json", problem},
		"a challenge without a header":  {false, "GET", "/orders/A", 401, "application/problem+json", `{"type":"about:blank","title":"Unauthorized","status":401,"detail":"No.","instance":"id-1"}`},
		"an unknown address":            {true, "GET", "/nothing", 404, "application/problem+json", problem},
		"an unknown address in text":    {false, "GET", "/nothing", 404, "text/plain", "404 page not found"},
		"a problem of another request":  {false, "GET", "/nothing", 404, "application/problem+json", `{"type":"about:blank","title":"Not Found","status":404,"detail":"No.","instance":"id-2"}`},
		"an answer of no operation":     {false, "GET", "/orders/A/secrets", 200, "application/json", `{}`},
		"a hidden address":              {true, "POST", "/inventory/reservations", 404, "application/problem+json", problem},
		"a method without an operation": {false, "PATCH", "/orders/A", 200, "application/json", `{}`},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, "http://example.com"+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		header := http.Header{"X-Request-Id": {"id-1"}, "Content-Type": {c.contentType}}
		if err := checkAnswer(req, kittest.Answer{Status: c.status, Header: header, Raw: []byte(c.body)}); (err == nil) != c.fine {
			t.Errorf("%s: %v", name, err)
		}
	}
}
