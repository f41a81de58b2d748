package inventory_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestCreateItem_AnswersWhatWasStored(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.create(t, object{"sku": "TEA-1", "qty": 200, "name": "Green tea, 100 g 🍵", "price": 9.5, "reorder_level": 7})
	want := item{SKU: "TEA-1", Name: "Green tea, 100 g 🍵", Qty: 200, Price: ptr("9.50"), ReorderLevel: 7}
	if diff := cmp.Diff(want, made, cmpopts.IgnoreFields(item{}, "ID", "CreatedAt", "UpdatedAt")); diff != "" {
		t.Error(diff)
	}
	at, err := time.Parse(time.RFC3339Nano, made.CreatedAt)
	if err != nil || made.CreatedAt[len(made.CreatedAt)-1] != 'Z' || time.Since(at).Abs() > time.Hour {
		t.Errorf("not a time in UTC: %q", made.CreatedAt)
	}
	var bySKU item
	b.user.Do(t, http.MethodGet, "/inventory/sku/TEA-1", nil).Want(http.StatusOK).Into(&bySKU)
	if diff := cmp.Diff(made, bySKU); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(made, b.read(t, made.ID)); diff != "" {
		t.Error(diff)
	}
}

func TestCreateItem_HasDefaults(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.create(t, object{"sku": "a", "qty": 0})
	if made.Name != "" || made.Price != nil || made.ReorderLevel != 20 || made.Qty != 0 || made.Allocated != 0 {
		t.Errorf("made %+v", made)
	}
	if moves := b.ledger(t, made.ID); len(moves) != 0 {
		t.Errorf("an item without stock has movements: %v", moves)
	}
	if made := b.create(t, object{"sku": "b", "qty": 1, "price": nil}); made.Price != nil {
		t.Errorf("price null became %v", *made.Price)
	}
}

func TestCreateItem_TakesAReorderLevelOfZero(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if made := b.create(t, object{"sku": "a", "qty": 1, "reorder_level": 0}); made.ReorderLevel != 0 {
		t.Errorf("reorder_level 0 became %d", made.ReorderLevel)
	}
}

func TestCreateItem_TakesLimits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []struct {
		body  object
		price string
	}{
		{object{"sku": strings.Repeat("x", 64), "qty": 1_000_000_000, "price": "9999999999.99", "reorder_level": 1_000_000_000}, "9999999999.99"},
		{object{"sku": "0.-_Z", "qty": 0, "price": 0.1 + 0.2, "name": strings.Repeat("é", 200)}, "0.30"},
		{object{"sku": "free", "qty": 0, "price": 0}, "0.00"},
	} {
		if made := b.create(t, c.body); made.Price == nil || *made.Price != c.price {
			t.Errorf("price %v became %v", c.body["price"], made.Price)
		}
	}
}

func TestCreateItem_RefusedWhenTheSKUIsTaken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	statuses := map[int]int{}
	for _, status := range inParallel(20, func(int) int {
		answer, err := b.admin.Try(http.MethodPost, "/inventory/", object{"sku": "A", "qty": 5})
		if err != nil {
			t.Error(err)
		}
		return answer.Status
	}) {
		statuses[status]++
	}
	if statuses[http.StatusCreated] != 1 || statuses[http.StatusConflict] != 19 {
		t.Errorf("20 at once answered %v", statuses)
	}
	b.admin.Do(t, http.MethodPost, "/inventory/", object{"sku": "A", "qty": 5}).WantProblem(http.StatusConflict, "")
	b.item(t, "a", 5) // SKUs differ by case
	b.wantSound(t)
	if counts := b.counts(t); counts[0] != 2 || counts[1] != 2 {
		t.Errorf("%d items, %d movements", counts[0], counts[1])
	}
}

func TestReadItem_RefusedWhenThereIsNone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user.Do(t, http.MethodGet, "/inventory/1", nil).WantProblem(http.StatusNotFound, "")
	b.user.Do(t, http.MethodGet, "/inventory/9223372036854775807", nil).WantProblem(http.StatusNotFound, "")
	b.user.Do(t, http.MethodGet, "/inventory/sku/nothing", nil).WantProblem(http.StatusNotFound, "")
	b.admin.Do(t, http.MethodPut, "/inventory/1", object{"qty": 1}).WantProblem(http.StatusNotFound, "")
	b.admin.Do(t, http.MethodPost, "/inventory/1/adjustments", object{"delta": 1, "reason": "x"}).WantProblem(http.StatusNotFound, "")
	b.admin.Do(t, http.MethodGet, "/inventory/1/movements", nil).WantProblem(http.StatusNotFound, "")
}

func TestChangeItem_TakesBackWhatWasRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, made := range []item{b.item(t, "A", 5), b.create(t, object{"sku": "B", "qty": 0})} {
		answer := b.user.Do(t, http.MethodGet, path(made.ID), nil).Want(http.StatusOK)
		var changed item
		b.admin.Do(t, http.MethodPut, path(made.ID), answer.Raw, "If-Match", answer.Header.Get("ETag")).Want(http.StatusOK).Into(&changed)
		if diff := cmp.Diff(made, changed, cmpopts.IgnoreFields(item{}, "UpdatedAt")); diff != "" {
			t.Error(diff)
		}
	}
	b.wantSound(t)
	if counts := b.counts(t); counts[1] != 1 {
		t.Errorf("no change of qty made %d movements", counts[1]-1)
	}
}

func TestChangeItem_ChangesOnlyWhatIsSent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	want := b.item(t, "A", 5)
	for _, c := range []struct {
		body   string
		change func()
	}{
		{`{}`, func() {}},
		{`{"name": ""}`, func() { want.Name = "" }},
		{`{"name": "Oolong"}`, func() { want.Name = "Oolong" }},
		{`{"sku": "B"}`, func() { want.SKU = "B" }},
		{`{"price": null}`, func() { want.Price = nil }},
		{`{"price": "7"}`, func() { want.Price = ptr("7.00") }},
		{`{"price": 0}`, func() { want.Price = ptr("0.00") }},
		{`{"reorder_level": 0}`, func() { want.ReorderLevel = 0 }},
		{`{"qty": 0}`, func() { want.Qty = 0 }},
		{`{"qty": 1000000000000}`, func() { want.Qty = 1_000_000_000_000 }},
	} {
		c.change()
		var changed item
		b.admin.Do(t, http.MethodPut, path(want.ID), c.body).Want(http.StatusOK).Into(&changed)
		if diff := cmp.Diff(want, changed, cmpopts.IgnoreFields(item{}, "UpdatedAt")); diff != "" {
			t.Errorf("%s: %s", c.body, diff)
		}
		if diff := cmp.Diff(changed, b.read(t, want.ID)); diff != "" {
			t.Errorf("%s: %s", c.body, diff)
		}
	}
	moves := b.ledger(t, want.ID)
	if len(moves) != 3 || moves[0].Delta != 1_000_000_000_000 || moves[1].Delta != -5 || moves[1].Reason != "set" || moves[1].UserID != 1 {
		t.Errorf("movements %+v", moves)
	}
	b.wantSound(t)
}

func TestChangeItem_RefusedWhenStale(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.item(t, "A", 5)
	read := func() string {
		return b.user.Do(t, http.MethodGet, path(made.ID), nil).Want(http.StatusOK).Header.Get("ETag")
	}
	first := read()
	changed := b.admin.Do(t, http.MethodPut, path(made.ID), object{"name": "new"}, "If-Match", first).Want(http.StatusOK)
	if next := changed.Header.Get("ETag"); next == first || next != read() {
		t.Errorf("ETag %s, then %s, then %s", first, next, read())
	}
	b.admin.Do(t, http.MethodPut, path(made.ID), object{"qty": 100}, "If-Match", first).WantProblem(http.StatusConflict, "")
	b.wantStock(t, made.ID, 5, 0)

	for what, change := range map[string]func(){
		"an adjustment": func() {
			b.admin.Do(t, http.MethodPost, path(made.ID)+"/adjustments", object{"delta": 1, "reason": "found"}).Want(http.StatusOK)
		},
		"a sale": func() { b.reserveOne(t, "A", 1) },
	} {
		before := read()
		change()
		b.admin.Do(t, http.MethodPut, path(made.ID), object{"qty": 100}, "If-Match", before).WantProblem(http.StatusConflict, "")
		if before == read() {
			t.Errorf("%s leaves the ETag %s", what, before)
		}
	}
	b.admin.Do(t, http.MethodPut, path(made.ID), object{"name": "any"}, "If-Match", "*").Want(http.StatusOK)
	b.wantSound(t)
}

func TestChangeItem_TakesAnETagThatAProxyMadeWeak(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.item(t, "A", 5)
	etag := "W/" + b.user.Do(t, http.MethodGet, path(made.ID), nil).Header.Get("ETag")
	b.admin.Do(t, http.MethodPut, path(made.ID), object{"qty": 6}, "If-Match", etag).Want(http.StatusOK)
	b.admin.Do(t, http.MethodPut, path(made.ID), object{"qty": 7}, "If-Match", etag).WantProblem(http.StatusConflict, "")
}

func TestChangeItem_OneOfManyWithTheSameETagWins(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.item(t, "A", 5)
	etag := b.user.Do(t, http.MethodGet, path(made.ID), nil).Header.Get("ETag")
	statuses := map[int]int{}
	for _, status := range inParallel(20, func(i int) int {
		answer, err := b.admin.Try(http.MethodPut, path(made.ID), object{"qty": 100 + i}, "If-Match", etag)
		if err != nil {
			t.Error(err)
		}
		return answer.Status
	}) {
		statuses[status]++
	}
	if statuses[http.StatusOK] != 1 || statuses[http.StatusConflict] != 19 {
		t.Errorf("20 at once answered %v", statuses)
	}
	b.wantSound(t)
}

func TestChangeItem_RefusedWhenTheSKUIsTaken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made, _ := b.item(t, "A", 5), b.item(t, "B", 5)
	before := b.counts(t)
	b.admin.Do(t, http.MethodPut, path(made.ID), object{"sku": "B", "qty": 9}).WantProblem(http.StatusConflict, "")
	if after := b.counts(t); after != before {
		t.Errorf("a refused change had an effect: %v, then %v", before, after)
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
