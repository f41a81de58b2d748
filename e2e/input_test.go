package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"microdemo/kit/kittest"
)

func TestOrders_BadInputIsRefusedAndNothingIsHalfDone(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	s.stock("TEA", 200, "10.00")
	s.stock("FREE", 200, "0")
	unpriced := m{"sku": "UNPRICED", "qty": 5}
	s.admin.Do(t, "POST", "/inventory/", unpriced).Want(201)
	_, eveID := s.register("eve@example.com")

	tea := func(change m) m {
		l := m{"sku": "TEA", "quantity": 1}
		for k, v := range change {
			l[k] = v
		}
		return m{"items": []m{l}}
	}
	with := func(change m) m {
		o := tea(nil)
		for k, v := range change {
			o[k] = v
		}
		return o
	}
	many := make([]m, 101)
	for i := range many {
		many[i] = m{"sku": fmt.Sprintf("S-%d", i), "quantity": 1}
	}
	for _, c := range []struct {
		name     string
		body     any
		status   int
		location string
	}{
		{"no body", nil, 400, ""},
		{"empty body", "", 400, ""},
		{"not JSON", "{", 400, ""},
		{"two values", `{"items":[]} {}`, 400, ""},
		{"NaN", `{"items":[{"sku":"TEA","quantity":NaN}]}`, 400, ""},
		{"an array", "[]", 422, "body"},
		{"null", "null", 422, "body"},
		{"unknown field", with(m{"colour": "green"}), 422, "body.colour"},
		{"unknown field of a line", tea(m{"discount": 1}), 422, "body.items[0].discount"},
		{"field in other case", `{"Items":[{"sku":"TEA","quantity":1}]}`, 422, "body.Items"},
		{"no items", m{}, 422, "body"},
		{"no lines", m{"items": []m{}}, 422, "body.items"},
		{"null lines", m{"items": nil}, 422, "body.items"},
		{"101 lines", m{"items": many}, 422, "body.items"},
		{"quantity 0", tea(m{"quantity": 0}), 422, "body.items[0].quantity"},
		{"quantity -1", tea(m{"quantity": -1}), 422, "body.items[0].quantity"},
		{"quantity 1.5", tea(m{"quantity": 1.5}), 422, "body.items[0].quantity"},
		{"quantity 10^12", tea(m{"quantity": 1_000_000_000_000}), 422, "body.items[0].quantity"},
		{"quantity 10001", tea(m{"quantity": 10001}), 422, "body.items[0].quantity"},
		{"quantity as text", tea(m{"quantity": "1"}), 422, "body.items[0].quantity"},
		{"quantity null", tea(m{"quantity": nil}), 422, "body.items[0].quantity"},
		{"quantity beyond int64", `{"items":[{"sku":"TEA","quantity":99999999999999999999}]}`, 422, "body.items[0].quantity"},
		{"quantity in exponents", `{"items":[{"sku":"TEA","quantity":1e0}]}`, 422, "body.items[0].quantity"},
		{"a second quantity", `{"items":[{"sku":"TEA","quantity":1,"Quantity":1000000}]}`, 422, "body.items[0].Quantity"},
		{"price 1e3", tea(m{"price": "1e3"}), 422, "body.items[0].price"},
		{"price NaN", tea(m{"price": "NaN"}), 422, "body.items[0].price"},
		{"price with three decimals", tea(m{"price": "10.001"}), 422, "body.items[0].price"},
		{"price number with three decimals", tea(m{"price": 10.001}), 422, "body.items[0].price"},
		{"price negative", tea(m{"price": -1}), 422, "body.items[0].price"},
		{"price true", tea(m{"price": true}), 422, "body.items[0].price"},
		{"price object", tea(m{"price": m{}}), 422, "body.items[0].price"},
		{"price beyond everything", `{"items":[{"sku":"TEA","quantity":1,"price":1e400}]}`, 422, "body.items[0].price"},
		{"price of the client's own", tea(m{"price": "0.01"}), 409, "body.items[0].price"},
		{"total of the client's own", with(m{"total": "0.01"}), 422, "body.total"},
		{"total with three decimals", with(m{"total": "10.000"}), 422, "body.total"},
		{"total text", with(m{"total": "ten"}), 422, "body.total"},
		{"a SKU twice", m{"items": []m{{"sku": "TEA", "quantity": 1}, {"sku": "TEA", "quantity": 1}}}, 422, "body.items"},
		{"a SKU that is not there", m{"items": []m{{"sku": "TEA", "quantity": 1}, {"sku": "NONE", "quantity": 1}}}, 409, "body.items[1].sku"},
		{"more than there is", tea(m{"quantity": 201}), 409, "body.items[0].quantity"},
		{"no price in the catalogue", m{"items": []m{{"sku": "UNPRICED", "quantity": 1}}}, 409, "body.items[0].price"},
		{"no price, named by a user", m{"items": []m{{"sku": "UNPRICED", "quantity": 1, "price": "1.00"}}}, 409, "body.items[0].price"},
		{"SKU with ../", tea(m{"sku": "../TEA"}), 422, "body.items[0].sku"},
		{"SKU with NUL", tea(m{"sku": "TEA\x00"}), 422, "body.items[0].sku"},
		{"SKU emoji", tea(m{"sku": "🍵"}), 422, "body.items[0].sku"},
		{"SKU of 65", tea(m{"sku": strings.Repeat("x", 65)}), 422, "body.items[0].sku"},
		{"id with ../", with(m{"id": "../x"}), 422, "body.id"},
		{"id with NUL", with(m{"id": "a\x00b"}), 422, "body.id"},
		{"id emoji", with(m{"id": "🍵"}), 422, "body.id"},
		{"id with a line break", with(m{"id": "abc\n"}), 422, "body.id"},
		{"id of 65", with(m{"id": strings.Repeat("x", 65)}), 422, "body.id"},
		{"id number", with(m{"id": 5}), 422, "body.id"},
		{"status of a user", with(m{"status": "completed"}), 403, ""},
		{"status cancelled", with(m{"status": "cancelled"}), 422, "body.status"},
		{"status unknown", with(m{"status": "lost"}), 422, "body.status"},
		{"another buyer", with(m{"user_id": eveID}), 403, ""},
		{"buyer 0", with(m{"user_id": 0}), 422, "body.user_id"},
		{"buyer text", with(m{"user_id": "1"}), 422, "body.user_id"},
		{"10 MB", `{"items":[{"sku":"` + strings.Repeat("x", 10<<20) + `"}]}`, 413, ""},
		{"deeply nested", `{"items":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`, 400, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.bob.Do(t, "POST", "/orders/", c.body).WantProblem(c.status, c.location)
		})
	}
	for _, word := range []string{"analytics", "docs", "events", "export", "healthz", "import", "openapi.json", "readyz", "webhooks"} {
		s.bob.Do(t, "POST", "/orders/", with(m{"id": word})).WantProblem(422, "body.id")
	}
	s.bob.Do(t, "POST", "/orders/", tea(nil), "Content-Type", "text/plain").WantProblem(415, "")
	s.bob.Do(t, "POST", "/orders/", tea(nil), "Idempotency-Key", strings.Repeat("k", 256)).WantProblem(422, "header.Idempotency-Key")
	s.admin.Do(t, "POST", "/orders/", with(m{"user_id": 4711})).WantProblem(422, "body.user_id")
	s.admin.Do(t, "POST", "/orders/", with(m{"status": "cancelled"})).WantProblem(422, "body.status")
	s.wantOrders(0)
	s.wantStock("TEA", 200, 0)

	// What looks like it and is fine.
	s.bob.Do(t, "POST", "/orders/", tea(m{"price": 10})).Want(201)
	s.bob.Do(t, "POST", "/orders/", with(m{"id": "", "total": 10.000000001})).Want(201)
	s.bob.Do(t, "POST", "/orders/", m{"items": []m{{"sku": "FREE", "quantity": 1, "price": "0"}}}).Want(201)
	s.admin.Do(t, "POST", "/orders/", m{"user_id": eveID, "status": "completed", "items": []m{{"sku": "UNPRICED", "quantity": 1, "price": 0.1 + 0.2}}}).Want(201)
	s.audit()
}

func TestOrders_BadAddresses(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	for path, status := range map[string]int{
		"/orders/?limit=-1":                      422,
		"/orders/?limit=0":                       422,
		"/orders/?limit=1000000000":              422,
		"/orders/?limit=ten":                     422,
		"/orders/?skip=-1":                       422,
		"/orders/?skip=10001":                    422,
		"/orders/?cursor=%21":                    422,
		"/orders/?cursor=NQ":                     422,
		"/orders/?status=lost":                   422,
		"/orders/?user_id=x":                     422,
		"/orders/?created_from=yesterday":        422,
		"/orders/?q=%00":                         422,
		"/orders/?q=%ff":                         422,
		"/orders/?sku=%F0%9F%8D%B5":              422,
		"/orders/..%2fusers%2fme":                404,
		"/orders/%2e%2e/users/me":                404,
		"/orders/a%00b":                          422,
		"/orders/%F0%9F%8D%B5":                   422,
		"/orders/" + strings.Repeat("x", 65):     422,
		"/orders/nothing":                        404,
		"/orders/nothing/timeline":               404,
		"/orders/nothing/deliveries":             404,
		"/orders/nothing/else":                   404,
		"/inventory/sku/nothing":                 404,
		"/inventory/4711":                        404,
		"/inventory/0":                           422,
		"/inventory/x":                           422,
		"/inventory/99999999999999999999":        422,
		"/inventory/reservations":                404,
		"/users/4711":                            404,
		"/metrics":                               404,
		"/orders/" + strings.Repeat("%2e/", 100): 404,
	} {
		if strings.Contains(path, "%00") && !strings.Contains(path, "?") && throughNGINX() {
			status = 400 // see differences
		}
		s.admin.Do(t, "GET", path, nil).WantProblem(status, "")
	}
	s.admin.Do(t, "PATCH", "/orders/", m{}).WantProblem(405, "")
	s.admin.Do(t, "POST", "/orders/x/timeline", m{}).WantProblem(405, "")
	a := s.admin.Do(t, "POST", "/orders?x=1", m{})
	if a.Want(308); a.Header.Get("Location") != "/orders/?x=1" {
		t.Errorf("redirected to %q", a.Header.Get("Location"))
	}
}

func TestTokens_OnlyGoodOnesPass(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	now := time.Now()
	good := jwt.MapClaims{
		"sub": fmt.Sprint(s.bobID), "email": "bob@example.com", "role": "user", "sid": "x", "jti": "x",
		"iss": "microdemo", "aud": "microdemo", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}
	sign := func(method jwt.SigningMethod, key any, change jwt.MapClaims) string {
		claims := jwt.MapClaims{}
		for k, v := range good {
			claims[k] = v
		}
		for k, v := range change {
			if v == nil {
				delete(claims, k)
				continue
			}
			claims[k] = v
		}
		token, err := jwt.NewWithClaims(method, claims).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	secret := []byte(kittest.Secret)
	s.anyone.As(sign(jwt.SigningMethodHS256, secret, nil)).Do(t, "GET", "/orders/", nil).Want(200)
	for name, token := range map[string]string{
		"none":        "",
		"malformed":   "a.b.c",
		"not a token": "hello",
		"alg none":    sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil),
		"HS512":       sign(jwt.SigningMethodHS512, secret, nil),
		"another key": sign(jwt.SigningMethodHS256, []byte("another-secret-another-secret-another"), nil),
		"expired":     sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"exp": now.Add(-time.Second).Unix()}),
		"without exp": sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"exp": nil}),
		"wrong aud":   sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"aud": "else"}),
		"without aud": sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"aud": nil}),
		"wrong iss":   sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"iss": "else"}),
		"role root":   sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"role": "root"}),
		"sub text":    sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"sub": "bob"}),
		"sub 0":       sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"sub": "0"}),
	} {
		for _, path := range []string{"/orders/", "/inventory/", "/users/me"} {
			a := s.anyone.As(token).Do(t, "GET", path, nil)
			a.WantProblem(401, "")
			if a.Header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s, %s: WWW-Authenticate %q", name, path, a.Header.Get("WWW-Authenticate"))
			}
		}
	}
}

func TestPlaceOrder_InactiveUserIsRefused(t *testing.T) {
	t.Parallel()
	s := start(t, unawareOfRevocations)
	s.stock("TEA", 10, "10.00")
	s.admin.Do(t, "PUT", fmt.Sprintf("/users/%d", s.bobID), m{"is_active": false}).Want(200)
	s.bob.Do(t, "POST", "/orders/", lines("TEA", 1)).WantProblem(403, "")
	s.admin.Do(t, "POST", "/orders/", m{"user_id": s.bobID, "items": []m{{"sku": "TEA", "quantity": 1}}}).WantProblem(422, "body.user_id")
	s.anyone.Do(t, "POST", "/users/login", m{"email": "bob@example.com", "password": "password123"}).WantProblem(403, "")
	s.wantStock("TEA", 10, 0)
}
