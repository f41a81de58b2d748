package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fullItem is an item as a client reads it.
type fullItem struct {
	ID           int64   `json:"id"`
	SKU          string  `json:"sku"`
	Name         string  `json:"name"`
	Qty          int64   `json:"qty"`
	Allocated    int64   `json:"allocated"`
	Price        *string `json:"price"`
	ReorderLevel int64   `json:"reorder_level"`
	CreatedAt    string  `json:"created_at"`
	UpdatedAt    string  `json:"updated_at"`
}

func itemPath(id int64) string { return fmt.Sprintf("/inventory/%d", id) }

func TestItems_AreReadByNumberAndBySKU(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	var made, byID, bySKU fullItem
	a := s.admin.Do(t, "POST", "/inventory/", m{"sku": "TEA-1", "qty": 7, "name": "Tea", "price": 2.5, "reorder_level": 5}).Want(201).Into(&made)
	tag := a.Header.Get("ETag")
	price := "2.50"
	want := fullItem{made.ID, "TEA-1", "Tea", 7, 0, &price, 5, made.CreatedAt, made.UpdatedAt}
	for address, got := range map[string]*fullItem{itemPath(made.ID): &byID, "/inventory/sku/TEA-1": &bySKU} {
		a := s.bob.Do(t, "GET", address, nil).Want(200).Into(got)
		if a.Header.Get("ETag") != tag || tag == "" {
			t.Errorf("%s has the ETag %q, made with %q", address, a.Header.Get("ETag"), tag)
		}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", address, diff)
		}
	}
	s.admin.Do(t, "POST", "/inventory/", m{"sku": "TEA-1", "qty": 1}).WantProblem(409, "")
	var plain fullItem
	s.admin.Do(t, "POST", "/inventory/", m{"sku": "PLAIN", "qty": 0, "price": nil}).Want(201).Into(&plain)
	if plain.Price != nil || plain.ReorderLevel != 20 {
		t.Errorf("without price and level: %+v", plain)
	}
}

func TestItems_AreListedByFilterAndPage(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, body := range []m{
		{"sku": "TEA-1", "qty": 100, "name": "Green tea"},
		{"sku": "TEA-2", "qty": 19, "name": "Black tea"},
		{"sku": "CUP_1", "qty": 0, "name": "Cup", "reorder_level": 0},
		{"sku": "CUPX1", "qty": 5, "name": "tea cup", "reorder_level": 5},
	} {
		s.admin.Do(t, "POST", "/inventory/", body).Want(201)
	}
	for query, want := range map[string][]string{
		"":                      {"TEA-1", "TEA-2", "CUP_1", "CUPX1"},
		"?q=tea":                {"TEA-1", "TEA-2", "CUPX1"},
		"?q=CUP_":               {"CUP_1"}, // no wildcard
		"?q=gREEN":              {"TEA-1"},
		"?q=cup&low_stock=true": {},
		"?low_stock=true":       {"TEA-2"},
		"?low_stock=false":      {"TEA-1", "TEA-2", "CUP_1", "CUPX1"},
		"?skip=1&limit=2":       {"TEA-2", "CUP_1"},
		"?skip=4":               {},
	} {
		var list []fullItem
		s.bob.Do(t, "GET", "/inventory/"+query, nil).Want(200).Into(&list)
		got := []string{}
		for _, i := range list {
			got = append(got, i.SKU)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	pages := follow[fullItem](t, s.bob, "/inventory/?limit=1&q=tea", nil)
	if len(pages) != 3 {
		t.Errorf("pages %v", pages)
	}
}

func TestChangeItem_WithIfMatchOnlyIfNobodyElseHas(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	id := s.stock("TEA", 10, "10.00")
	var read, changed, back fullItem
	a := s.admin.Do(t, "GET", itemPath(id), nil).Want(200).Into(&read)
	first := a.Header.Get("ETag")
	a = s.admin.Do(t, "PUT", itemPath(id), m{"name": "Tea", "price": nil}, "If-Match", first).Want(200).Into(&changed)
	if changed.Name != "Tea" || changed.Price != nil || changed.Qty != 10 || a.Header.Get("ETag") == first {
		t.Errorf("changed to %+v, ETag %s", changed, a.Header.Get("ETag"))
	}
	s.admin.Do(t, "PUT", itemPath(id), m{"name": "Late"}, "If-Match", first).WantProblem(409, "")
	s.admin.Do(t, "PUT", itemPath(id), m{"price": "3.00"}).Want(200)
	second := s.admin.Do(t, "GET", itemPath(id), nil).Want(200).Into(&read).Header.Get("ETag")
	s.admin.Do(t, "PUT", itemPath(id), read, "If-Match", second).Want(200).Into(&back)
	if read.UpdatedAt = back.UpdatedAt; !cmp.Equal(read, back) {
		t.Errorf("what was read and sent back became %+v", back)
	}
	third := s.admin.Do(t, "GET", itemPath(id), nil).Want(200).Header.Get("ETag")
	s.bob.Do(t, "POST", "/orders/", lines("TEA", 1)).Want(201)
	s.admin.Do(t, "PUT", itemPath(id), m{"qty": 10}, "If-Match", third).WantProblem(409, "") // a sale counts
	s.admin.Do(t, "PUT", itemPath(id), m{"qty": 10}, "If-Match", "nonsense").WantProblem(422, "header.If-Match")
	s.wantStock("TEA", 9, 1)
	s.admin.Do(t, "PUT", itemPath(id), m{"qty": 4}).Want(200)
	s.wantStock("TEA", 4, 1)
	s.stock("CUP", 1, "1.00")
	s.admin.Do(t, "PUT", itemPath(id), m{"sku": "CUP"}).WantProblem(409, "")
	s.admin.Do(t, "PUT", itemPath(4711), m{"qty": 1}).WantProblem(404, "")
	s.audit()
}

func TestLedger_ListsEveryChangeOfStock(t *testing.T) {
	t.Parallel()
	s := start(t)
	id := s.stock("TEA", 10, "10.00")
	adjust := func(delta int, reason, key string) (status int) {
		return s.admin.Do(t, "POST", itemPath(id)+"/adjustments", m{"delta": delta, "reason": reason}, "Idempotency-Key", key).Status
	}
	for _, c := range []struct {
		delta, status int
		key           string
	}{{-3, 200, "count-1"}, {-3, 200, "count-1"}, {-4, 422, "count-1"}, {-8, 409, "count-2"}, {0, 422, "count-3"}, {5, 200, "count-4"}} {
		if status := adjust(c.delta, "counted", c.key); status != c.status {
			t.Errorf("%+d with key %s answered %d, want %d", c.delta, c.key, status, c.status)
		}
	}
	s.bob.Do(t, "POST", "/orders/", m{"id": "A", "items": []m{{"sku": "TEA", "quantity": 2}}}).Want(201)
	s.bob.Do(t, "PUT", "/orders/A", m{"status": "cancelled"}).Want(200)
	s.eventuallyStock("TEA", 12, 0)
	s.admin.Do(t, "PUT", itemPath(id), m{"qty": 20}).Want(200)

	type movement struct {
		ID        int64   `json:"id"`
		Delta     int64   `json:"delta"`
		QtyAfter  int64   `json:"qty_after"`
		Reason    string  `json:"reason"`
		OrderID   *string `json:"order_id"`
		UserID    *int64  `json:"user_id"`
		CreatedAt string  `json:"created_at"`
	}
	var story []string
	for _, page := range follow[movement](t, s.admin, itemPath(id)+"/movements?limit=2", nil) {
		for _, mv := range page {
			line := fmt.Sprintf("%s %+d=%d", mv.Reason, mv.Delta, mv.QtyAfter)
			if mv.OrderID != nil {
				line += " " + *mv.OrderID
			}
			if (mv.OrderID == nil) != (mv.UserID != nil) {
				t.Errorf("%s: made by user %v", line, mv.UserID)
			}
			story = append(story, line)
		}
	}
	slices.Reverse(story)
	want := []string{"initial +10=10", "counted -3=7", "counted +5=12", "reserved -2=10 A", "released +2=12 A", "set +8=20"}
	if diff := cmp.Diff(want, story); diff != "" {
		t.Errorf("ledger (-want +got):\n%s", diff)
	}
	s.admin.Do(t, "GET", itemPath(4711)+"/movements", nil).WantProblem(404, "")
	s.admin.Do(t, "POST", itemPath(4711)+"/adjustments", m{"delta": 1, "reason": "x"}).WantProblem(404, "")
	s.audit()
}

func TestDeleteItem_RefusedWhileOrdersOwnStockOfIt(t *testing.T) {
	t.Parallel()
	s := start(t)
	id := s.stock("TEA", 10, "10.00")
	s.bob.Do(t, "POST", "/orders/", m{"id": "A", "items": []m{{"sku": "TEA", "quantity": 2}}}).Want(201)
	p := s.admin.Do(t, "DELETE", itemPath(id), nil).WantProblem(409, "")
	if !strings.Contains(p.Detail, "TEA") {
		t.Errorf("does not name the item: %s", p.Detail)
	}
	s.bob.Do(t, "PUT", "/orders/A", m{"status": "cancelled"}).Want(200)
	s.eventuallyStock("TEA", 10, 0)
	s.admin.Do(t, "DELETE", itemPath(id), nil).Want(204)
	s.admin.Do(t, "DELETE", itemPath(id), nil).WantProblem(404, "")
	s.admin.Do(t, "GET", itemPath(id), nil).WantProblem(404, "")
	s.admin.Do(t, "GET", "/inventory/sku/TEA", nil).WantProblem(404, "")
	s.bob.Do(t, "POST", "/orders/", lines("TEA", 1)).WantProblem(409, "body.items[0].sku")
	s.admin.Do(t, "PUT", "/orders/A", m{"status": "pending"}).WantProblem(409, "") // nothing to take any more
	s.stock("TEA", 3, "11.00")                                                     // the SKU is free again
	s.audit()
}
