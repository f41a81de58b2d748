package inventory_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"microdemo/kit/kittest"
)

func skus(pages ...[]item) (skus []string) {
	for _, page := range pages {
		for _, i := range page {
			skus = append(skus, i.SKU)
		}
	}
	return skus
}

func TestListItems_EmptyIsAnArray(t *testing.T) {
	t.Parallel()
	b := setup(t)
	answer := b.user.Do(t, http.MethodGet, "/inventory/", nil).Want(http.StatusOK)
	if got := strings.TrimSpace(string(answer.Raw)); got != "[]" || answer.Header.Get("X-Total-Count") != "0" || answer.Header.Get("Link") != "" {
		t.Errorf("answered %s %v", got, answer.Header)
	}
}

func TestListItems_PagesToTheEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var want []string
	for i := range 7 {
		want = append(want, b.item(t, fmt.Sprintf("SKU-%d", i), int64(i)).SKU)
	}
	for _, limit := range []int{1, 3, 6, 7, 8, 500} {
		all := pages[item](t, b.user, fmt.Sprintf("/inventory/?limit=%d", limit))
		if got := skus(all...); !slices.Equal(got, want) || len(all) != (6+limit)/limit {
			t.Errorf("limit %d: %d pages of %v", limit, len(all), got)
		}
	}
	for _, c := range []struct {
		query string
		want  []string
		next  bool
	}{
		{"", want, false},
		{"?skip=2", want[2:], false},
		{"?skip=2&limit=2", want[2:4], true},
		{"?skip=5&limit=2", want[5:], false},
		{"?skip=7", nil, false},
		{"?skip=10000", nil, false},
	} {
		var page []item
		answer := b.user.Do(t, http.MethodGet, "/inventory/"+c.query, nil).Want(http.StatusOK).Into(&page)
		if !slices.Equal(skus(page), c.want) || (answer.Header.Get("Link") != "") != c.next {
			t.Errorf("%q answered %v, Link %q", c.query, skus(page), answer.Header.Get("Link"))
		}
		if total := answer.Header.Get("X-Total-Count"); total != "7" {
			t.Errorf("%q: X-Total-Count %q", c.query, total)
		}
	}
	if got := skus(pages[item](t, b.user, "/inventory/?skip=1&limit=2")...); !slices.Equal(got, want[1:]) {
		t.Errorf("from a skipped start: %v", got)
	}
}

func TestListItems_PagesOnWhileTheListChanges(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range 4 {
		b.item(t, fmt.Sprintf("SKU-%d", i), 5)
	}
	first := b.user.Do(t, http.MethodGet, "/inventory/?limit=2", nil).Want(http.StatusOK)
	b.item(t, "SKU-new", 5)
	next := nextLink.FindStringSubmatch(first.Header.Get("Link"))[1]
	if got := skus(pages[item](t, b.user, next)...); !slices.Equal(got, []string{"SKU-2", "SKU-3", "SKU-new"}) {
		t.Errorf("went on with %v", got)
	}
}

func TestListItems_FindsAPrefixOfSKUOrNameWhateverTheCase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, body := range []object{
		{"sku": "TEA-1", "qty": 1, "name": "Green tea"},
		{"sku": "tea_2", "qty": 1, "name": "100% Oolong"},
		{"sku": "X.tea", "qty": 1, "name": "Élan_vital"},
		{"sku": "CUP", "qty": 1, "name": `Back\slash`},
		{"sku": "A", "qty": 1, "name": "TEA for two"},
	} {
		b.create(t, body)
	}
	for q, want := range map[string][]string{
		"":           {"TEA-1", "tea_2", "X.tea", "CUP", "A"},
		"tea":        {"TEA-1", "tea_2", "A"},
		"TEA":        {"TEA-1", "tea_2", "A"},
		"tea-":       {"TEA-1"},
		"tea_":       {"tea_2"},
		"t_a":        nil,
		"%":          nil,
		"%tea":       nil,
		"_":          nil,
		"100%":       {"tea_2"},
		"100% oo":    {"tea_2"},
		"ÉLAN":       {"X.tea"},
		"Élan_":      {"X.tea"},
		"elan":       nil,
		`back\`:      {"CUP"},
		`back\\`:     nil,
		`\`:          nil,
		"green  ":    nil,
		"vital":      nil,
		"'; DROP --": nil,
		"🍵":          nil,
	} {
		var page []item
		answer := b.user.Do(t, http.MethodGet, "/inventory/?q="+url.QueryEscape(q), nil).Want(http.StatusOK).Into(&page)
		if got := skus(page); !slices.Equal(got, want) {
			t.Errorf("q=%q found %v, want %v", q, got, want)
		}
		if total := answer.Header.Get("X-Total-Count"); total != fmt.Sprint(len(want)) {
			t.Errorf("q=%q: X-Total-Count %s, want %d", q, total, len(want))
		}
	}
	all := pages[item](t, b.user, "/inventory/?limit=1&q="+url.QueryEscape("tea"))
	if got := skus(all...); len(all) != 3 || !slices.Equal(got, []string{"TEA-1", "tea_2", "A"}) {
		t.Errorf("the link keeps the filter: %v", got)
	}
}

func TestListItems_LowStockIsBelowTheReorderLevel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for sku, qty := range map[string]int{"gone": 0, "low": 4, "enough": 5} {
		b.create(t, object{"sku": sku, "qty": qty, "reorder_level": 5, "price": 1})
	}
	b.create(t, object{"sku": "gone-and-fine", "qty": 0, "reorder_level": 0})
	list := func(query string) []string {
		var page []item
		b.user.Do(t, http.MethodGet, "/inventory/?"+query, nil).Want(http.StatusOK).Into(&page)
		got := skus(page)
		slices.Sort(got)
		return got
	}
	if got := list("low_stock=true"); !slices.Equal(got, []string{"gone", "low"}) {
		t.Errorf("low are %v", got)
	}
	if got := list("low_stock=true&q=go"); !slices.Equal(got, []string{"gone"}) {
		t.Errorf("low and go… are %v", got)
	}
	if got := list("low_stock=false"); len(got) != 4 {
		t.Errorf("all are %v", got)
	}
	b.reserveOne(t, "enough", 1)
	if got := list("low_stock=true"); !slices.Equal(got, []string{"enough", "gone", "low"}) {
		t.Errorf("after a sale low are %v", got)
	}
}

func TestListItems_CountsUpToTenThousand(t *testing.T) {
	t.Parallel()
	b := setup(t)
	insert := func(from, to int) {
		if _, err := b.db.Exec(t.Context(), `INSERT INTO items (sku, name, qty, reorder_level)
			SELECT 'S' || n, 'N', 0, 0 FROM generate_series($1::int, $2::int) AS n`, from, to); err != nil {
			t.Fatal(err)
		}
	}
	total := func() string {
		return b.user.Do(t, http.MethodGet, "/inventory/?limit=1", nil).Want(http.StatusOK).Header.Get("X-Total-Count")
	}
	insert(1, 10_000)
	if got := total(); got != "10000" {
		t.Errorf("of 10000: %s", got)
	}
	insert(10_001, 10_003)
	if got := total(); got != "10000+" {
		t.Errorf("of 10003: %s", got)
	}
	all := pages[item](t, b.user, "/inventory/?skip=10000&limit=2")
	if got := skus(all...); !slices.Equal(got, []string{"S10001", "S10002", "S10003"}) {
		t.Errorf("behind 10000: %v", got)
	}
}

func TestCursors_OfOtherListsAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea := b.item(t, "TEA", 10)
	for _, client := range []kittest.Client{b.admin, b.service} {
		for _, address := range []string{"/inventory/?", path(tea.ID) + "/movements?", "/inventory/reservations?unconfirmed_for=0s&"} {
			if (client.Token == b.service.Token) != strings.Contains(address, "reservations") {
				continue
			}
			for _, cursor := range []string{`"x"`, `null`, `[1]`, `true`, `1.5`, `1e400`, `99999999999999999999`, `1 2`, `{"id":7}`, `{"id":null}`, `{"created_at":"2026-01-01T00:00:00Z"}`} {
				client.Do(t, http.MethodGet, address+"cursor="+encodeCursor(cursor), nil).WantProblem(http.StatusUnprocessableEntity, "query.cursor")
			}
			for _, cursor := range []string{"%", "*", "a", "bm9uc2Vuc2U", "%ff", strings.Repeat("A", 501)} {
				client.Do(t, http.MethodGet, address+"cursor="+url.QueryEscape(cursor), nil).WantProblem(http.StatusUnprocessableEntity, "query.cursor")
			}
		}
	}
}
