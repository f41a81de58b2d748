package inventory_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestBadAddresses_AreRefusedAndNameTheParameter(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.item(t, "TEA", 10)
	before := b.counts(t)
	for _, c := range []struct {
		method, path string
		status       int
		location     string
	}{
		{"GET", "/inventory/?limit=-1", 422, "query.limit"},
		{"GET", "/inventory/?limit=0", 422, "query.limit"},
		{"GET", "/inventory/?limit=501", 422, "query.limit"},
		{"GET", "/inventory/?limit=1000000000", 422, "query.limit"},
		{"GET", "/inventory/?limit=99999999999999999999", 422, "query.limit"},
		{"GET", "/inventory/?limit=x", 422, "query.limit"},
		{"GET", "/inventory/?limit=1.5", 422, "query.limit"},
		{"GET", "/inventory/?skip=-1", 422, "query.skip"},
		{"GET", "/inventory/?skip=10001", 422, "query.skip"},
		{"GET", "/inventory/?skip=1&cursor=MQ", 422, "query.skip"},
		{"GET", "/inventory/?low_stock=maybe", 422, "query.low_stock"},
		{"GET", "/inventory/?q=" + strings.Repeat("x", 201), 422, "query.q"},
		{"GET", "/inventory/?q=%00", 422, "query.q"},
		{"GET", "/inventory/?q=a%00b", 422, "query.q"},
		{"GET", "/inventory/?q=%ff", 422, "query.q"},
		{"GET", "/inventory/0", 422, "path.id"},
		{"GET", "/inventory/-1", 422, "path.id"},
		{"GET", "/inventory/1.5", 422, "path.id"},
		{"GET", "/inventory/1e0", 422, "path.id"},
		{"GET", "/inventory/tea", 422, "path.id"},
		{"GET", "/inventory/%F0%9F%8D%B5", 422, "path.id"},
		{"GET", "/inventory/9223372036854775808", 422, "path.id"},
		{"GET", "/inventory/%00", 422, "path"},
		{"GET", "/inventory/1%00", 422, "path"},
		{"GET", "/inventory/%ff", 422, "path"},
		{"PUT", "/inventory/0", 422, "path.id"},
		{"POST", "/inventory/tea/adjustments", 422, "path.id"},
		{"GET", "/inventory/0/movements", 422, "path.id"},
		{"GET", "/inventory/1/movements?limit=-1", 422, "query.limit"},
		{"GET", "/inventory/sku/%F0%9F%8D%B5", 422, "path.sku"},
		{"GET", "/inventory/sku/.hidden", 422, "path.sku"},
		{"GET", "/inventory/sku/a%20b", 422, "path.sku"},
		{"GET", "/inventory/sku/" + strings.Repeat("x", 65), 422, "path.sku"},
		{"GET", "/inventory/sku/%00", 422, "path"},
		{"GET", "/inventory/../inventory/1", 404, ""},
		{"GET", "/inventory/%2e%2e%2f1", 404, ""},
		{"GET", "/inventory/sku/..%2f1", 404, ""},
		{"GET", "/inventory/sku/../1", 404, ""},
		{"GET", "/inventory/sku/", 404, ""},
		{"GET", "/inventory//1", 404, ""},
		{"GET", "//inventory/1", 404, ""},
		{"GET", "/inventory/1/", 404, ""},
		{"GET", "/inventory/1/nothing", 404, ""},
		{"GET", "/Inventory/", 404, ""},
		{"GET", "/", 404, ""},
		{"POST", "/inventory/x%2f..%2f1/adjustments", 404, ""},
		{"PATCH", "/inventory/1", 405, ""},
		{"DELETE", "/inventory/", 405, ""},
		{"PUT", "/inventory/", 405, ""},
		{"PUT", "/inventory/sku/TEA", 405, ""},
		{"PATCH", "/inventory/reservations", 405, ""},
		{"DELETE", "/inventory/1/movements", 405, ""},
		{"GET", "/inventory/1/adjustments", 405, ""},
		{"POST", "/inventory/openapi.json", 405, ""},
		{"PUT", "/elsewhere", 404, ""},
		{"FOO", "/elsewhere", 404, ""},
		{"FOO", "/inventory/1", 405, ""},
	} {
		t.Run(c.method+" "+short(c.path), func(t *testing.T) {
			answer := b.admin.Do(t, c.method, c.path, nil)
			problem := answer.WantProblem(c.status, c.location)
			if c.path == "/inventory/?skip=10001" && !strings.Contains(problem.Detail, "cursor") {
				t.Errorf("does not name cursor: %s", problem.Detail)
			}
			if c.status == http.StatusMethodNotAllowed && answer.Header.Get("Allow") == "" {
				t.Error("does not say what is allowed")
			}
		})
	}
	for _, age := range []string{"", "x", "30", "-1s", "1y", "10000000h", "NaN", strings.Repeat("1", 20) + "s"} {
		b.service.Do(t, http.MethodGet, "/inventory/reservations?unconfirmed_for="+age, nil).WantProblem(http.StatusUnprocessableEntity, "query.unconfirmed_for")
	}
	b.service.Do(t, http.MethodGet, "/inventory/reservations", nil).WantProblem(http.StatusUnprocessableEntity, "query.unconfirmed_for")
	b.service.Do(t, http.MethodGet, "/inventory/reservations?unconfirmed_for=2562047h", nil).Want(http.StatusOK)
	if after := b.counts(t); after != before {
		t.Errorf("a refused request had an effect: %v, then %v", before, after)
	}
}

func TestReadBySKU_FindsAnItemNamedLikeAnotherAddress(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, sku := range []string{"movements", "adjustments", "sku", "1", "reservations", "export"} {
		want := b.item(t, sku, 1)
		var got item
		b.user.Do(t, http.MethodGet, "/inventory/sku/"+sku, nil).Want(http.StatusOK).Into(&got)
		if got.ID != want.ID {
			t.Errorf("%s found %+v", sku, got)
		}
	}
}

func TestBadHeaders_AreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea := b.item(t, "TEA", 10)
	for _, tag := range []string{`1`, `"x"`, `""`, `"1`, `'1'`, "`1`", `"1", "2"`, `"-1"`, `"1.0"`, `"99999999999999999999"`, `"\x31"`, strings.Repeat("x", 101)} {
		b.admin.Do(t, http.MethodPut, path(tea.ID), object{"qty": 1}, "If-Match", tag).WantProblem(http.StatusUnprocessableEntity, "header.If-Match")
	}
	for _, key := range []string{strings.Repeat("x", 256), "é", "a\tb"} {
		b.admin.Do(t, http.MethodPost, path(tea.ID)+"/adjustments", object{"delta": 1, "reason": "x"}, "Idempotency-Key", key).
			WantProblem(http.StatusUnprocessableEntity, "header.Idempotency-Key")
	}
	b.wantStock(t, tea.ID, 10, 0)
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
