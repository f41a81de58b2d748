package kit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
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

func FuzzBody_IsAcceptedOrRefusedWithAProblem(f *testing.F) {
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
