package kit_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

func TestClientAddress_IsTheFirstFromTheEndThatIsNotTrusted(t *testing.T) {
	t.Parallel()
	trusted, err := kit.ParseNetworks("10.0.0.0/8, 192.0.2.7,fd00::/8")
	if err != nil || len(trusted) != 3 {
		t.Fatalf("%v, %v", trusted, err)
	}
	env := kittest.Env(t)
	api := kit.NewAPI("address", "For tests.", nil, nil, kit.NewTokens(kittest.Secret, env.Now), env)
	var got netip.Addr
	kit.Register(api, kit.Anyone, huma.Operation{OperationID: "get", Method: http.MethodGet, Path: "/address/"},
		func(ctx context.Context, _ *struct{}) (*struct{}, error) {
			got = kit.ClientAddress(ctx, trusted)
			return nil, nil
		})
	for _, c := range []struct {
		peer      string
		forwarded []string
		want      string
	}{
		{"203.0.113.1:5", nil, "203.0.113.1"},
		{"203.0.113.1:5", []string{"203.0.113.2"}, "203.0.113.1"}, // not believed
		{"10.1.2.3:5", nil, "10.1.2.3"},
		{"10.1.2.3:5", []string{"203.0.113.2"}, "203.0.113.2"},
		{"[::ffff:10.1.2.3]:5", []string{"::ffff:203.0.113.2"}, "203.0.113.2"},
		{"10.1.2.3:5", []string{"198.51.100.1, 203.0.113.2"}, "203.0.113.2"}, // the first was said by the second
		{"10.1.2.3:5", []string{"198.51.100.1", "203.0.113.2, 10.9.9.9", "192.0.2.7"}, "203.0.113.2"},
		{"10.1.2.3:5", []string{"10.0.0.1, 10.0.0.2"}, "10.0.0.1"},
		{"10.1.2.3:5", []string{"203.0.113.2, unknown"}, "10.1.2.3"},
		{"10.1.2.3:5", []string{"203.0.113.2,,10.0.0.1"}, "10.0.0.1"},
		{"10.1.2.3:5", []string{"203.0.113.2:4711"}, "203.0.113.2"},
		{"[fd00::1%eth0]:5", []string{"[2001:db8::1]:4711"}, "2001:db8::1"},
		{"[fd00::1]:5", []string{"2001:db8::1"}, "2001:db8::1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/address/", nil)
		r.RemoteAddr = c.peer
		r.Header["X-Forwarded-For"] = c.forwarded
		w := httptest.NewRecorder()
		if api.ServeHTTP(w, r); w.Code != http.StatusNoContent || got != netip.MustParseAddr(c.want) {
			t.Errorf("%s with %q is %s, want %s", c.peer, c.forwarded, got, c.want)
		}
	}
	if alone := kit.ClientAddress(t.Context(), trusted); alone.IsValid() {
		t.Errorf("without a request: %s", alone)
	}
}
