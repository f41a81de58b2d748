package inventory_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/gofrs/uuid/v5"
	"github.com/google/go-cmp/cmp"

	"microdemo/kit/kittest"
)

type line struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
	Price    string `json:"price,omitempty"`
}

type reservation struct {
	ID              uuid.UUID `json:"id"`
	OrderID         string    `json:"order_id"`
	Items           []line    `json:"items"`
	CheckPrices     *bool     `json:"check_prices,omitempty"`
	AllowNamedPrice bool      `json:"allow_named_price,omitempty"`
}

type outcome struct {
	ID      uuid.UUID     `json:"id"`
	Status  int           `json:"status"`
	OrderID string        `json:"order_id"`
	Items   []line        `json:"items"`
	Errors  []lineProblem `json:"errors"`
}

type lineProblem struct {
	SKU       string  `json:"sku"`
	Reason    string  `json:"reason"`
	Available int64   `json:"available"`
	Requested int64   `json:"requested"`
	Price     *string `json:"price"`
}

// order is a reservation with an id of its own.
func order(t *testing.T, orderID string, lines ...line) reservation {
	return reservation{ID: newID(t), OrderID: orderID, Items: lines}
}

// reserve sends a batch and gives its outcomes, which name their reservations in
// order.
func (b *bench) reserve(t *testing.T, batch ...reservation) (outcomes []outcome) {
	t.Helper()
	b.service.Do(t, http.MethodPost, "/inventory/reservations", batch).Want(http.StatusOK).Into(&outcomes)
	if len(outcomes) != len(batch) {
		t.Fatalf("%d outcomes for %d reservations", len(outcomes), len(batch))
	}
	for i, o := range outcomes {
		if o.ID != batch[i].ID {
			t.Fatalf("outcome %d is of %s, want %s", i, o.ID, batch[i].ID)
		}
	}
	return outcomes
}

// reserveOne takes n of one item.
func (b *bench) reserveOne(t *testing.T, sku string, n int64) reservation {
	t.Helper()
	r := order(t, "ORD-"+sku, line{SKU: sku, Quantity: n})
	if o := b.reserve(t, r)[0]; o.Status != http.StatusCreated {
		t.Fatalf("reserve %d of %s: %+v", n, sku, o)
	}
	return r
}

func ids(reservations ...reservation) object {
	var ids []uuid.UUID
	for _, r := range reservations {
		ids = append(ids, r.ID)
	}
	return object{"ids": ids}
}

func (b *bench) release(t *testing.T, reservations ...reservation) {
	t.Helper()
	b.service.Do(t, http.MethodPost, "/inventory/reservations/releases", ids(reservations...)).Want(http.StatusNoContent)
}

func (b *bench) confirm(t *testing.T, reservations ...reservation) {
	t.Helper()
	b.service.Do(t, http.MethodPost, "/inventory/reservations/confirmations", ids(reservations...)).Want(http.StatusNoContent)
}

func TestReserve_AnswersEachMemberOfABatchInOrder(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea, cup := b.item(t, "TEA", 10), b.create(t, object{"sku": "CUP", "qty": 3, "price": "4.25"})
	b.create(t, object{"sku": "GIFT", "qty": 5})
	earlier := b.reserveOne(t, "TEA", 1)
	repeated := reservation{ID: earlier.ID, OrderID: "ORD-other", Items: earlier.Items}
	batch := []reservation{
		order(t, "o-0", line{"TEA", 2, ""}, line{"CUP", 1, "4.25"}),
		repeated,
		order(t, "o-2", line{"NONE", 1, ""}, line{"CUP", 3, ""}, line{"TEA", 1, "9.99"}, line{"GIFT", 1, ""}),
		order(t, "o-3", line{"CUP", 3, ""}),
		order(t, "o-4", line{"CUP", 2, ""}),
		order(t, "o-5", line{"CUP", 1, ""}),
	}
	want := []outcome{
		{Status: 201, OrderID: "o-0", Items: []line{{"TEA", 2, "10.00"}, {"CUP", 1, "4.25"}}},
		{Status: 200, OrderID: "ORD-TEA", Items: []line{{"TEA", 1, "10.00"}}},
		{Status: 409, OrderID: "o-2", Errors: []lineProblem{
			{SKU: "NONE", Reason: "missing", Requested: 1},
			{SKU: "CUP", Reason: "short", Available: 2, Requested: 3},
			{SKU: "TEA", Reason: "price", Price: ptr("10.00")},
			{SKU: "GIFT", Reason: "price"},
		}},
		{Status: 409, OrderID: "o-3", Errors: []lineProblem{{SKU: "CUP", Reason: "short", Available: 2, Requested: 3}}},
		{Status: 201, OrderID: "o-4", Items: []line{{"CUP", 2, "4.25"}}},
		{Status: 409, OrderID: "o-5", Errors: []lineProblem{{SKU: "CUP", Reason: "short", Available: 0, Requested: 1}}},
	}
	for i, r := range batch {
		want[i].ID = r.ID
	}
	if diff := cmp.Diff(want, b.reserve(t, batch...)); diff != "" {
		t.Error(diff)
	}
	b.wantStock(t, tea.ID, 7, 3)
	b.wantStock(t, cup.ID, 0, 3)
	b.wantSound(t)
	if counts := b.counts(t); counts[2] != 3 {
		t.Errorf("%d reservations are stored, want 3: refusals store nothing", counts[2])
	}
	moves := b.ledger(t, tea.ID)
	if moves[0].Delta != -2 || moves[0].QtyAfter != 7 || moves[0].Reason != "reserved" || moves[0].OrderID != "o-0" || moves[0].UserID != 0 {
		t.Errorf("the ledger says %+v", moves[0])
	}
}

func TestReserve_RepeatedAnswersWhatIsStored(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea := b.item(t, "TEA", 10)
	r := order(t, "o-1", line{"TEA", 3, ""})
	first := b.reserve(t, r)[0]
	// The answer does not depend on what has happened to the item since.
	b.admin.Do(t, http.MethodPut, path(tea.ID), object{"price": "99", "qty": 0}).Want(http.StatusOK)
	first.Status = http.StatusOK
	for range 3 {
		again := r
		again.OrderID = newID(t).String()[:8]
		if diff := cmp.Diff(first, b.reserve(t, again)[0]); diff != "" {
			t.Error(diff)
		}
	}
	b.confirm(t, r)
	if diff := cmp.Diff(first, b.reserve(t, r)[0]); diff != "" {
		t.Errorf("once confirmed: %s", diff)
	}
	b.wantStock(t, tea.ID, 0, 3)
	b.wantSound(t)
}

func TestReserve_RepeatedAtOnceTakesStockOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea := b.item(t, "TEA", 100)
	r := order(t, "o-1", line{"TEA", 3, ""})
	statuses := map[int]int{}
	for _, got := range inParallel(20, func(int) outcome { return b.tryReserve(t, r) }) {
		statuses[got.Status]++
		if got.OrderID != "o-1" || len(got.Items) != 1 {
			t.Errorf("answered %+v", got)
		}
	}
	if statuses[201] != 1 || statuses[200] != 19 {
		t.Errorf("20 at once answered %v", statuses)
	}
	b.wantStock(t, tea.ID, 97, 3)
	b.wantSound(t)
}

// tryReserve sends a batch of one from a goroutine.
func (b *bench) tryReserve(t *testing.T, r reservation) outcome {
	var outcomes []outcome
	answer, err := b.service.Try(http.MethodPost, "/inventory/reservations", []reservation{r})
	if !decode(t, answer, err, http.StatusOK, &outcomes) || len(outcomes) != 1 {
		return outcome{}
	}
	return outcomes[0]
}

func TestReserve_TheSameIDTwiceInABatchIsOneReservation(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea := b.item(t, "TEA", 10)
	r := order(t, "o-1", line{"TEA", 3, ""})
	again, other := r, r
	again.OrderID = "o-2"
	other.Items = []line{{"TEA", 4, ""}}
	got := b.reserve(t, r, again, other)
	items := []line{{"TEA", 3, "10.00"}}
	want := []outcome{
		{ID: r.ID, Status: 201, OrderID: "o-1", Items: items},
		{ID: r.ID, Status: 200, OrderID: "o-1", Items: items},
		{ID: r.ID, Status: 409},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	refused := order(t, "o-3", line{"TEA", 8, ""})
	smaller := refused
	smaller.Items = []line{{"TEA", 7, ""}}
	if got := b.reserve(t, refused, smaller, refused); got[0].Status != 409 || got[1].Status != 201 || got[2].Status != 409 || got[2].Errors != nil {
		t.Errorf("a refusal stores nothing, so its id can be used: %+v", got)
	}
	b.wantStock(t, tea.ID, 0, 10)
	b.wantSound(t)
}

func TestReserve_AnotherBodyUnderAKnownIDIsRefusedWithoutErrors(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea := b.item(t, "TEA", 10)
	b.item(t, "CUP", 10)
	r := b.reserveOne(t, "TEA", 3)
	for what, items := range map[string][]line{
		"quantity": {{"TEA", 4, ""}},
		"sku":      {{"CUP", 3, ""}},
		"more":     {{"TEA", 3, ""}, {"CUP", 3, ""}},
		"price":    {{"TEA", 3, "10.00"}},
		"unknown":  {{"NONE", 3, ""}},
	} {
		if diff := cmp.Diff(outcome{ID: r.ID, Status: 409}, b.reserve(t, reservation{ID: r.ID, OrderID: r.OrderID, Items: items})[0]); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	other := r
	other.AllowNamedPrice = true
	if o := b.reserve(t, other)[0]; o.Status != 409 {
		t.Errorf("allow_named_price: %+v", o)
	}
	b.wantStock(t, tea.ID, 7, 3)
	b.wantSound(t)
}

func TestReserve_PricesFollowTheFlags(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.item(t, "TEA", 100)
	b.create(t, object{"sku": "GIFT", "qty": 100})
	yes, no := ptr(true), ptr(false)
	for _, c := range []struct {
		sku, named string
		check      *bool
		allow      bool
		status     int
		price      string
	}{
		{"TEA", "", nil, false, 201, "10.00"},
		{"TEA", "10", nil, false, 201, "10.00"},
		{"TEA", "10.01", nil, false, 409, ""},
		{"TEA", "10.01", yes, false, 409, ""},
		{"TEA", "0", nil, false, 409, ""},
		{"TEA", "10.01", nil, true, 201, "10.01"},
		{"TEA", "0", nil, true, 201, "0.00"},
		{"TEA", "7.50", no, false, 201, "7.50"},
		{"TEA", "", no, true, 201, "10.00"},
		{"GIFT", "", nil, false, 409, ""},
		{"GIFT", "", no, true, 409, ""},
		{"GIFT", "1", nil, false, 409, ""},
		{"GIFT", "1", nil, true, 201, "1.00"},
		{"GIFT", "1", no, false, 201, "1.00"},
	} {
		r := order(t, "o", line{c.sku, 1, c.named})
		r.CheckPrices, r.AllowNamedPrice = c.check, c.allow
		got := b.reserve(t, r)[0]
		if got.Status != c.status || (c.status == 201 && got.Items[0].Price != c.price) {
			t.Errorf("%+v answered %+v", c, got)
		}
	}
	b.wantSound(t)
}

func TestReserve_RefusedWhenStockRunsOut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const callers, left = 64, 23
	tea := b.item(t, "TEA", left)
	orders := make([]reservation, callers)
	for i := range orders {
		orders[i] = order(t, "o", line{"TEA", 1, ""})
	}
	statuses := map[int]int{}
	for _, o := range inParallel(callers, func(i int) outcome { return b.tryReserve(t, orders[i]) }) {
		statuses[o.Status]++
	}
	if statuses[201] != left || statuses[409] != callers-left {
		t.Errorf("%d callers for %d answered %v", callers, left, statuses)
	}
	b.wantStock(t, tea.ID, 0, left)
	b.wantSound(t)
}

func TestReserve_TakesTheLargestBatch(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lines := make([]line, 100)
	for i := range lines {
		lines[i] = line{b.item(t, "SKU-"+newID(t).String(), 1_000_000).SKU, 10_000, ""}
	}
	batch := make([]reservation, 100)
	for i := range batch {
		batch[i] = order(t, "o", lines...)
	}
	for _, o := range b.reserve(t, batch...) {
		if o.Status != 201 || len(o.Items) != 100 {
			t.Fatalf("answered %+v", o)
		}
	}
	if o := b.reserve(t, order(t, "o", lines[0]))[0]; o.Status != 409 {
		t.Errorf("more than there is: %+v", o)
	}
	b.release(t, batch...)
	b.wantSound(t)
}

// decode reads the answer of a goroutine's request.
func decode(t *testing.T, answer kittest.Answer, err error, status int, into any) bool {
	if err == nil && answer.Status == status {
		err = json.Unmarshal(answer.Raw, into)
	}
	if err != nil || answer.Status != status {
		t.Errorf("answered %d %s (%v)", answer.Status, answer.Raw, err)
		return false
	}
	return true
}
