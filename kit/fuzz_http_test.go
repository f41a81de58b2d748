package kit_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

// fuzzAPI is an API with a list and an operation that takes a body.
func fuzzAPI() *kit.API {
	env := kit.NewEnv(slog.New(slog.DiscardHandler))
	api := kit.NewAPI("fuzz", "For tests.", nil, nil, kit.NewTokens(kittest.Secret, env.Now), env)
	type place struct {
		CreatedAt time.Time `json:"created_at"`
		ID        string    `json:"id"`
	}
	kit.Register(api, kit.Anyone, huma.Operation{OperationID: "list", Method: http.MethodGet, Path: "/fuzz/"},
		func(_ context.Context, in *struct{ kit.Page }) (*kit.List[place], error) {
			self := func(p place) place { return p }
			return kit.ListPage(in.Page, self, func(w kit.Window[place]) ([]place, int, error) {
				rows := make([]place, w.Limit) // so that there is another page
				for i := range rows {
					rows[i] = w.After
				}
				return rows, len(rows), nil
			})
		})
	type line struct {
		SKU   string     `json:"sku" pattern:"^[a-z]+$" patternDescription:"letters"`
		Qty   int64      `json:"qty" minimum:"1" maximum:"10"`
		Price *kit.Money `json:"price,omitempty" nullable:"true"`
	}
	type body struct {
		ID    string                  `json:"id,omitempty" maxLength:"10"`
		Total kit.Optional[kit.Money] `json:"total,omitempty" nullable:"true"`
		Items []line                  `json:"items" minItems:"1" maxItems:"3"`
		Gone  kit.Ignored             `json:"gone,omitempty"`
	}
	kit.Register(api, kit.Anyone, huma.Operation{OperationID: "take", Method: http.MethodPost, Path: "/fuzz/"},
		func(_ context.Context, in *struct{ Body body }) (*struct{ Body body }, error) {
			return &struct{ Body body }{in.Body}, nil
		})
	return api
}

// wantSane fails the test unless the answer is good or a whole problem that
// says what the client did wrong.
func wantSane(t *testing.T, got *httptest.ResponseRecorder, what string, refusals ...int) {
	t.Helper()
	if got.Code == http.StatusOK {
		return
	}
	for _, status := range refusals {
		var p kit.Problem
		if got.Code == status && json.Unmarshal(got.Body.Bytes(), &p) == nil && p.Status == status && p.Title != "" && p.Detail != "" && p.Instance != "" {
			return
		}
	}
	t.Fatalf("%s: answered %d %s", what, got.Code, got.Body)
}

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
		// What is taken is what a Link header could have said, and so it leads to itself.
		again := httptest.NewRecorder()
		target, _, _ := strings.Cut(strings.TrimPrefix(got.Header().Get("Link"), "<"), ">")
		api.ServeHTTP(again, httptest.NewRequest(http.MethodGet, target, nil))
		if again.Code != http.StatusOK || again.Body.String() != got.Body.String() {
			t.Errorf("%q leads to %q, which answers %d %s", cursor, target, again.Code, again.Body)
		}
	})
}

func FuzzBody_IsTakenOrRefusedWithAProblem(f *testing.F) {
	for _, in := range []string{
		`{"items":[{"sku":"tea","qty":1,"price":"10.00"}],"total":10}`, `{"items":[{"sku":"tea","qty":1,"price":null}],"total":null,"gone":[1]}`,
		`{"items":[{"sku":"tea","qty":1e0,"price":1e400}]}`, `{"items":[{"sku":"tea","Qty":1}]}`, `{"items":null}`, `[]`, `null`, `{`, ``, "\xff",
		`{"items":[{"sku":"tea","qty":99999999999999999999}]}`, `{"items":[{"sku":"tea","qty":1,"qty":2}]}`, `{"items":[{"sku":"\u0000","qty":-1}],"x":1}`,
	} {
		f.Add([]byte(in))
	}
	api := fuzzAPI()
	f.Fuzz(func(t *testing.T, body []byte) {
		got := httptest.NewRecorder()
		request := httptest.NewRequest(http.MethodPost, "/fuzz/", bytes.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		api.ServeHTTP(got, request)
		wantSane(t, got, string(body), http.StatusBadRequest, http.StatusUnprocessableEntity)
	})
}

func FuzzMoney_IsAnAmountOrRefused(f *testing.F) {
	for _, in := range []string{`"10.00"`, `0.30000000000000004`, `1e3`, `-0`, `"007.1"`, `9999999999.99`, `1e-400`, `"NaN"`, `null`, `[]`, `"\u0031"`, `1.005`} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if !json.Valid(in) {
			return
		}
		var m kit.Money
		if err := json.Unmarshal(in, &m); err != nil {
			t.Fatalf("%q: %v, but only Resolve knows the field", in, err)
		}
		if len(m.Resolve(nil, huma.NewPathBuffer(nil, 0))) > 0 {
			return
		}
		if m.IsNegative() || m.InexactFloat64() > kit.MaxMoney || !m.Equal(kit.NewMoney(m.Round(2))) {
			t.Fatalf("%q was taken as %s", in, m.Decimal)
		}
		again, err := kit.ParseMoney("", m.String())
		if err != nil || !again.Equal(m) {
			t.Fatalf("%q is %s, which is read as %s (%v)", in, m, again, err)
		}
	})
}

// FuzzToken_OfNobodyIsRefused signs nothing itself: only a signature that is
// right may pass.
func FuzzToken_OfNobodyIsRefused(f *testing.F) {
	tokens := kit.NewTokens(kittest.Secret, func() time.Time { return time.Unix(1_800_000_000, 0) })
	good, err := tokens.Issue(7, "a@example.com", kit.RoleAdmin, "S")
	if err != nil {
		f.Fatal(err)
	}
	for _, token := range []string{good, "", "..", "a.b.c", good + ".", strings.ToUpper(good), "eyJhbGciOiJub25lIn0.e30."} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		caller, err := tokens.Verify(token)
		if err != nil {
			if caller != (kit.Caller{}) {
				t.Errorf("%q is refused (%v) but gives %+v", token, err, caller)
			}
			return
		}
		dot := strings.LastIndex(token, ".")
		mac := hmac.New(sha256.New, []byte(kittest.Secret))
		mac.Write([]byte(token[:dot]))
		if signature, err := base64.RawURLEncoding.DecodeString(token[dot+1:]); err != nil || !hmac.Equal(signature, mac.Sum(nil)) {
			t.Errorf("%q is taken as %+v", token, caller)
		}
	})
}

// FuzzToken_ClaimsMakeACallerOrAreRefused signs whatever it is given.
func FuzzToken_ClaimsMakeACallerOrAreRefused(f *testing.F) {
	for _, claims := range []string{
		`{"sub":"7","role":"admin","sid":"S","iss":"microdemo","aud":"microdemo","exp":1900000000}`,
		`{"sub":"orders","role":"service","iss":"microdemo","aud":["microdemo"],"exp":1900000000}`,
		`{"sub":"+7","role":"user","sid":"S","iss":"microdemo","aud":"microdemo","exp":1.9e9}`,
		`{"sub":"0","role":"user","sid":"","iss":"microdemo","aud":"microdemo","exp":1e400}`,
		`{"sub":7,"role":[],"iss":{},"aud":[1],"exp":"x"}`, `[]`, `null`, `{`,
	} {
		f.Add(`{"alg":"HS256","typ":"JWT"}`, claims)
	}
	f.Add(`{"alg":"none"}`, `{}`)
	f.Add(`{"alg":"HS256","crit":["exp"]}`, `{}`)
	tokens := kit.NewTokens(kittest.Secret, func() time.Time { return time.Unix(1_800_000_000, 0) })
	f.Fuzz(func(t *testing.T, header, claims string) {
		token := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
		mac := hmac.New(sha256.New, []byte(kittest.Secret))
		mac.Write([]byte(token))
		caller, err := tokens.Verify(token + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
		person := caller.Role == kit.RoleUser || caller.Role == kit.RoleAdmin
		switch {
		case err != nil && caller != (kit.Caller{}),
			err == nil && person && (caller.UserID < 1 || caller.Service != "" || caller.Session == ""),
			err == nil && !person && (caller.Role != kit.RoleService || caller.UserID != 0),
			err == nil && !strings.Contains(header, "HS256"):
			t.Errorf("%s %s is taken as %+v (%v)", header, claims, caller, err)
		}
	})
}
