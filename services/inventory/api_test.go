package inventory_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

// operations are one good request for each operation of an item 1 that exists.
var operations = []struct {
	open   kit.Access
	method string
	path   string
	body   any
}{
	{kit.Users, "GET", "/inventory/", nil},
	{kit.Users, "GET", "/inventory/1", nil},
	{kit.Users, "GET", "/inventory/sku/TEA", nil},
	{kit.Admins, "POST", "/inventory/", object{"sku": "NEW", "qty": 1}},
	{kit.Admins, "PUT", "/inventory/1", object{"qty": 9}},
	{kit.Admins, "POST", "/inventory/1/adjustments", object{"delta": 1, "reason": "x"}},
	{kit.Admins, "GET", "/inventory/1/movements", nil},
	{kit.Services, "POST", "/inventory/reservations", []object{{"id": "0190a6e2-7b4c-7c3a-9d52-0d6a3c1f4e55", "order_id": "o", "items": []line{{"TEA", 1, ""}}}}},
	{kit.Services, "POST", "/inventory/reservations/releases", object{"ids": []string{"0190a6e2-7b4c-7c3a-9d52-0d6a3c1f4e55"}}},
	{kit.Services, "POST", "/inventory/reservations/confirmations", object{"ids": []string{"0190a6e2-7b4c-7c3a-9d52-0d6a3c1f4e55"}}},
	{kit.Services, "GET", "/inventory/reservations?unconfirmed_for=30s", nil},
	{kit.Services, "POST", "/inventory/reservations/items", object{"skus": []string{"UNHEARD-OF"}}},
}

func TestOperations_AreOpenToTheirRolesAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.item(t, "TEA", 10)
	before := b.counts(t)
	for _, op := range operations {
		for role, client := range map[kit.Role]kittest.Client{kit.RoleUser: b.user, kit.RoleAdmin: b.admin, kit.RoleService: b.service} {
			if !strings.Contains(joined(op.open), string(role)) {
				client.Do(t, op.method, op.path, op.body).WantProblem(http.StatusForbidden, "")
				// Who may not is told so before anything of the request is looked at.
				client.Do(t, op.method, op.path, `{"unknown": `).WantProblem(http.StatusForbidden, "")
			}
		}
	}
	if after := b.counts(t); after != before {
		t.Errorf("a forbidden request had an effect: %v, then %v", before, after)
	}
	for _, op := range operations {
		for role, client := range map[kit.Role]kittest.Client{kit.RoleUser: b.user, kit.RoleAdmin: b.admin, kit.RoleService: b.service} {
			if strings.Contains(joined(op.open), string(role)) {
				if answer := client.Do(t, op.method, op.path, op.body); answer.Status >= 300 {
					t.Errorf("%s %s as %s answered %d %s", op.method, op.path, role, answer.Status, answer.Raw)
				}
			}
		}
	}
}

func joined(roles kit.Access) (all string) {
	for _, r := range roles {
		all += string(r) + " "
	}
	return all
}

func TestBadTokens_AreRefusedEverywhere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.item(t, "TEA", 10)
	before := b.counts(t)
	secret := []byte(kittest.Secret)
	sign := func(method jwt.SigningMethod, key any, change jwt.MapClaims) string {
		c := jwt.MapClaims{
			"sub": "1", "role": "admin", "sid": "s", "jti": "x", "iss": "microdemo", "aud": "microdemo",
			"iat": time.Now().Add(-time.Minute).Unix(), "exp": time.Now().Add(time.Minute).Unix(),
		}
		for name, value := range change {
			c[name] = value
		}
		signed, err := jwt.NewWithClaims(method, c).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	good := sign(jwt.SigningMethodHS256, secret, nil)
	b.anyone.As(good).Do(t, http.MethodGet, "/inventory/", nil).Want(http.StatusOK)
	parts := strings.Split(good, ".")
	for name, token := range map[string]string{
		"none":           "",
		"malformed":      "nonsense",
		"two parts":      parts[0] + "." + parts[1],
		"no signature":   parts[0] + "." + parts[1] + ".",
		"alg none":       sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil),
		"another alg":    sign(jwt.SigningMethodHS512, secret, nil),
		"another key":    sign(jwt.SigningMethodHS256, []byte(strings.Repeat("k", 32)), nil),
		"an empty key":   sign(jwt.SigningMethodHS256, []byte{}, nil),
		"expired":        sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"exp": time.Now().Add(-time.Second).Unix()}),
		"no expiry":      sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"exp": nil}),
		"not yet":        sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"nbf": time.Now().Add(time.Minute).Unix()}),
		"wrong audience": sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"aud": "other"}),
		"no audience":    sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"aud": nil}),
		"wrong issuer":   sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"iss": "other"}),
		"no user id":     sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"sub": "root"}),
		"user id 0":      sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"sub": "0"}),
		"unknown role":   sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"role": "owner"}),
		"no role":        sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"role": nil}),
	} {
		for _, op := range operations {
			answer := b.anyone.As(token).Do(t, op.method, op.path, op.body)
			answer.WantProblem(http.StatusUnauthorized, "")
			if answer.Header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s: %s %s: no WWW-Authenticate: %v", name, op.method, op.path, answer.Header)
			}
		}
	}
	for _, header := range []string{"Bearer", "Bearer ", "Basic " + good, good, "Bearer  " + good, "Bearer " + good + " x"} {
		b.anyone.Do(t, http.MethodGet, "/inventory/", nil, "Authorization", header).WantProblem(http.StatusUnauthorized, "")
	}
	b.anyone.Do(t, http.MethodGet, "/inventory/", nil, "Authorization", "bearer "+good).Want(http.StatusOK)
	if after := b.counts(t); after != before {
		t.Errorf("a request with a bad token had an effect: %v, then %v", before, after)
	}
}

func TestHealthAndDocs_AreOpenToAnyone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, address := range []string{"/healthz", "/readyz", "/inventory/healthz", "/inventory/readyz", "/inventory/openapi.json", "/inventory/docs"} {
		b.anyone.Do(t, http.MethodGet, address, nil).Want(http.StatusOK)
	}
	redirect := b.anyone.Do(t, http.MethodGet, "/inventory?q=a%20b", nil).Want(http.StatusPermanentRedirect)
	if to := redirect.Header.Get("Location"); to != "/inventory/?q=a%20b" {
		t.Errorf("redirects to %q", to)
	}
}

func TestAnswers_CarryTheRequestID(t *testing.T) {
	t.Parallel()
	b := setup(t)
	answer := b.user.Do(t, http.MethodGet, "/inventory/7", nil, "X-Request-ID", "abc-1")
	if p := answer.WantProblem(http.StatusNotFound, ""); p.Instance != "abc-1" || answer.Header.Get("X-Request-ID") != "abc-1" {
		t.Errorf("answered %+v %v", p, answer.Header)
	}
	for _, bad := range []string{"a b", strings.Repeat("x", 65), "a;b", "é"} {
		if got := b.user.Do(t, http.MethodGet, "/inventory/7", nil, "X-Request-ID", bad).Header.Get("X-Request-ID"); got == bad || got == "" {
			t.Errorf("the request id %q became %q", bad, got)
		}
	}
}
