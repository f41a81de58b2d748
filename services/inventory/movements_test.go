package inventory_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

func (b *bench) adjust(t *testing.T, id int64, body any, headers ...string) kittest.Answer {
	t.Helper()
	return b.admin.Do(t, http.MethodPost, path(id)+"/adjustments", body, headers...)
}

func TestAdjust_ChangesStockByTheDifference(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea := b.item(t, "TEA", 10)
	var got item
	answer := b.adjust(t, tea.ID, object{"delta": -10, "reason": "damaged"}).Want(http.StatusOK).Into(&got)
	if got.ID != tea.ID || got.Qty != 0 || answer.Header.Get("ETag") == "" || answer.Header.Get("Idempotency-Replayed") != "" {
		t.Errorf("answered %s %v", answer.Raw, answer.Header)
	}
	b.adjust(t, tea.ID, object{"delta": 7, "reason": "found 🎉"}).Want(http.StatusOK)
	b.wantStock(t, tea.ID, 7, 0)
	b.wantSound(t)
}

func TestAdjust_RefusedBelowZeroAndAboveTheLimit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea := b.item(t, "TEA", 10)
	b.adjust(t, tea.ID, object{"delta": -11, "reason": "x"}).WantProblem(http.StatusConflict, "")
	b.adjust(t, tea.ID, object{"delta": -1_000_000_000, "reason": "x"}, "Idempotency-Key", "k").WantProblem(http.StatusConflict, "")
	b.admin.Do(t, http.MethodPut, path(tea.ID), object{"qty": 1_000_000_000_000}).Want(http.StatusOK)
	b.adjust(t, tea.ID, object{"delta": 1, "reason": "x"}).WantProblem(http.StatusConflict, "")
	// A key whose request was refused is free: nothing happened under it.
	b.adjust(t, tea.ID, object{"delta": -1, "reason": "x"}, "Idempotency-Key", "k").Want(http.StatusOK)
	if moves := b.ledger(t, tea.ID); len(moves) != 3 {
		t.Errorf("the ledger is %v", moves)
	}
	b.wantSound(t)
}

func TestAdjust_OfManyAtOnceTakesNoMoreThanThereIs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea := b.item(t, "TEA", 7)
	statuses := map[int]int{}
	for _, status := range inParallel(30, func(int) int { return b.tryAdjust(t, tea.ID, object{"delta": -1, "reason": "x"}, "").Status }) {
		statuses[status]++
	}
	if statuses[200] != 7 || statuses[409] != 23 {
		t.Errorf("30 for 7 answered %v", statuses)
	}
	b.wantStock(t, tea.ID, 0, 0)
	b.wantSound(t)
}

func (b *bench) tryAdjust(t *testing.T, id int64, body any, key string) kittest.Answer {
	var headers []string
	if key != "" {
		headers = []string{"Idempotency-Key", key}
	}
	answer, err := b.admin.Try(http.MethodPost, path(id)+"/adjustments", body, headers...)
	if err != nil {
		t.Error(err)
	}
	return answer
}

func TestAdjust_WithAKeyHappensOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea, cup := b.item(t, "TEA", 10), b.item(t, "CUP", 10)
	key, body := strings.Repeat("~", 255), object{"delta": -3, "reason": "damaged"}
	first := b.adjust(t, tea.ID, body, "Idempotency-Key", key).Want(http.StatusOK)
	if first.Header.Get("Idempotency-Replayed") != "" {
		t.Error("the first is called a replay")
	}
	b.adjust(t, tea.ID, object{"delta": 1, "reason": "found"}).Want(http.StatusOK)
	// The same request, however it is written, is answered with the item as it is now.
	var now item
	again := b.adjust(t, tea.ID, `{ "reason": "dama\u0067ed", "delta": -3 }`, "Idempotency-Key", key).Want(http.StatusOK).Into(&now)
	if again.Header.Get("Idempotency-Replayed") != "true" || now.Qty != 8 || again.Header.Get("ETag") == first.Header.Get("ETag") {
		t.Errorf("replayed %s %v", again.Raw, again.Header)
	}
	for what, other := range map[string]object{
		"delta":  {"delta": -4, "reason": "damaged"},
		"reason": {"delta": -3, "reason": "stolen"},
	} {
		t.Log(what)
		b.adjust(t, tea.ID, other, "Idempotency-Key", key).WantProblem(http.StatusUnprocessableEntity, "header.Idempotency-Key")
	}
	b.adjust(t, cup.ID, body, "Idempotency-Key", key).WantProblem(http.StatusUnprocessableEntity, "header.Idempotency-Key")
	b.wantStock(t, tea.ID, 8, 0)
	b.wantStock(t, cup.ID, 10, 0)

	// Keys belong to their caller.
	other := b.anyone.As(kittest.Token(t, 9, kit.RoleAdmin))
	other.Do(t, http.MethodPost, path(tea.ID)+"/adjustments", body, "Idempotency-Key", key).Want(http.StatusOK)
	b.wantStock(t, tea.ID, 5, 0)
	b.wantSound(t)
}

func TestAdjust_WithOneKeyManyTimesAtOnceHappensOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea := b.item(t, "TEA", 100)
	replayed := 0
	for _, answer := range inParallel(20, func(int) kittest.Answer {
		return b.tryAdjust(t, tea.ID, object{"delta": -3, "reason": "damaged"}, "the key")
	}) {
		if answer.Status != http.StatusOK {
			t.Errorf("answered %d %s", answer.Status, answer.Raw)
		}
		if answer.Header.Get("Idempotency-Replayed") == "true" {
			replayed++
		}
	}
	if replayed != 19 {
		t.Errorf("%d of 20 are replays", replayed)
	}
	b.wantStock(t, tea.ID, 97, 0)
	b.wantSound(t)
}

func TestAdjust_OneKeyForManyItemsAtOnceIsTakenByOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var items []item
	for _, sku := range []string{"A", "B", "C", "D", "E"} {
		items = append(items, b.item(t, sku, 100))
	}
	statuses := map[int]int{}
	for _, answer := range inParallel(20, func(i int) kittest.Answer {
		return b.tryAdjust(t, items[i%5].ID, object{"delta": -1, "reason": "x"}, "the key")
	}) {
		statuses[answer.Status]++
	}
	if statuses[200] != 4 || statuses[422] != 16 {
		t.Errorf("answered %v", statuses)
	}
	if counts := b.counts(t); counts[1] != 6 {
		t.Errorf("%d movements, want 6", counts[1])
	}
	b.wantSound(t)
}

func TestMovements_AreTheLedgerNewestFirst(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea, other := b.item(t, "TEA", 10), b.item(t, "CUP", 10)
	b.admin.Do(t, http.MethodPost, path(tea.ID)+"/adjustments", object{"delta": -3, "reason": "damaged in transit"}).Want(http.StatusOK)
	r := b.reserveOne(t, "TEA", 2)
	b.release(t, r)
	b.admin.Do(t, http.MethodPut, path(tea.ID), object{"qty": 50}).Want(http.StatusOK)
	b.reserveOne(t, "CUP", 4)

	type entry struct {
		delta, after int64
		reason       string
		order        string
		user         int64
	}
	want := []entry{
		{43, 50, "set", "", 1},
		{2, 7, "released", "ORD-TEA", 0},
		{-2, 5, "reserved", "ORD-TEA", 0},
		{-3, 7, "damaged in transit", "", 1},
		{10, 10, "initial", "", 1},
	}
	var got []entry
	var sum int64
	for _, m := range b.ledger(t, tea.ID) {
		got = append(got, entry{m.Delta, m.QtyAfter, m.Reason, m.OrderID, m.UserID})
		sum += m.Delta
		if !strings.HasSuffix(m.CreatedAt, "Z") {
			t.Errorf("not a time in UTC: %s", m.CreatedAt)
		}
	}
	if !slices.Equal(got, want) || sum != 50 {
		t.Errorf("the ledger is %v, in all %d", got, sum)
	}
	all := pages[movement](t, b.admin, path(tea.ID)+"/movements?limit=2")
	if len(all) != 3 || len(all[2]) != 1 || all[2][0].Reason != "initial" {
		t.Errorf("the pages are %v", all)
	}
	var page []movement
	answer := b.admin.Do(t, http.MethodGet, path(tea.ID)+"/movements?skip=1&limit=1", nil).Want(http.StatusOK).Into(&page)
	if len(page) != 1 || page[0].Reason != "released" || answer.Header.Get("X-Total-Count") != "5" {
		t.Errorf("the second entry of %s is %v", answer.Header.Get("X-Total-Count"), page)
	}
	if moves := b.ledger(t, other.ID); len(moves) != 2 {
		t.Errorf("another item's ledger is %v", moves)
	}
	b.wantSound(t)
}
