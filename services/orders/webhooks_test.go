package orders_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/orders"
	"microdemo/services/orders/webhooks"
)

type m = map[string]any

// startHooked starts a service that sends webhooks to private addresses at once, and
// has pending orders of user 2 with one tea each.
func startHooked(t *testing.T, ids ...string) kittest.Client {
	t.Helper()
	config := alone(t)
	config.Webhooks.AllowPrivate, config.Webhooks.Interval = true, 20*time.Millisecond
	service, err := orders.New(t.Context(), config, kittest.Env(t))
	base, _ := kittest.Serve(t, service, err)
	db := openPool(t, config.DatabaseURL)
	for _, sql := range []string{
		`INSERT INTO orders (id, user_id, status, total, imported) SELECT id, 2, 'pending', 10, true FROM unnest($1::text[]) AS o (id)`,
		`INSERT INTO order_lines (order_id, position, sku, quantity, price, created_at)
		SELECT id, 0, 'TEA', 1, 10, created_at FROM orders WHERE id = ANY ($1)`,
	} {
		if _, err := db.Exec(t.Context(), sql, ids); err != nil {
			t.Fatal(err)
		}
	}
	return kittest.Client{Base: base, Token: kittest.Token(t, 1, kit.RoleAdmin)}
}

func change(t *testing.T, c kittest.Client, id string, statuses ...string) {
	t.Helper()
	for _, status := range statuses {
		c.Do(t, "PUT", "/orders/"+id, m{"status": status}).Want(200)
	}
}

func TestWebhooks_SendTheOrderAsEachChangeLeftIt(t *testing.T) {
	t.Parallel()
	c := startHooked(t, "ORD-0")
	sent := make(chan m, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var body m
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		sent <- body
	}))
	t.Cleanup(receiver.Close)
	c.Do(t, "POST", "/orders/webhooks", m{"url": receiver.URL}).Want(201)
	change(t, c, "ORD-0", "processing", "cancelled")
	c.Do(t, "DELETE", "/orders/ORD-0", nil).Want(204)
	order := func(status string) m {
		return m{"id": "ORD-0", "user_id": 2.0, "total": "10.00", "status": status, "items": []any{m{"sku": "TEA", "quantity": 1.0, "price": "10.00"}}}
	}
	changed := func(id float64, from, to string) m {
		return m{
			"id": id, "order_id": "ORD-0", "event_type": "status_changed", "description": "Status changed from " + from + " to " + to + ".",
			"old_value": from, "new_value": to, "user_id": 1.0,
		}
	}
	for _, want := range []m{
		{"type": "order.status_changed", "data": m{"order": order("processing"), "event": changed(1, "pending", "processing")}},
		{"type": "order.status_changed", "data": m{"order": order("cancelled"), "event": changed(2, "processing", "cancelled")}},
		{"type": "order.deleted", "data": m{"order": order("cancelled"), "event": m{
			"id": 3.0, "order_id": "ORD-0", "event_type": "deleted", "description": "Order deleted.", "old_value": "cancelled", "new_value": nil, "user_id": 1.0,
		}}},
	} {
		var body m
		select {
		case body = <-sent:
		case <-time.After(kittest.Deadline):
			t.Fatal("nothing more is sent")
		}
		data := body["data"].(m)
		at := data["event"].(m)["created_at"]
		if body["timestamp"] != at || data["order"].(m)["updated_at"] != at || !strings.HasSuffix(at.(string), "Z") {
			t.Errorf("the times differ, or are not in UTC: %v", body)
		}
		if created := data["order"].(m)["created_at"].(string); !strings.HasSuffix(created, "Z") {
			t.Errorf("created at %s", created)
		}
		for _, in := range []m{body, data["order"].(m), data["event"].(m)} {
			delete(in, "timestamp")
			delete(in, "created_at")
			delete(in, "updated_at")
		}
		if diff := cmp.Diff(want, body); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestDeliveriesOfOrder_ArePagedNewestFirst(t *testing.T) {
	t.Parallel()
	c := startHooked(t, "ORD-0", "ORD-1")
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(receiver.Close)
	var webhook [3]webhooks.NewEndpoint
	for i := range webhook {
		c.Do(t, "POST", "/orders/webhooks", m{"url": receiver.URL}).Want(201).Into(&webhook[i])
	}
	change(t, c, "ORD-0", "processing", "shipped")
	change(t, c, "ORD-1", "processing")
	c.Do(t, "DELETE", fmt.Sprintf("/orders/webhooks/%d", webhook[2].ID), nil).Want(204)
	c.Do(t, "DELETE", "/orders/ORD-0", nil).Want(204)

	var got, want []string
	for _, event := range []int{4, 2, 1} { // the third is of the other order
		for _, i := range []int{1, 0} {
			want = append(want, fmt.Sprintf("msg_%d_%d", webhook[i].ID, event))
		}
	}
	for next := "/orders/ORD-0/deliveries?limit=2"; next != ""; {
		var page []webhooks.Delivery
		answer := c.Do(t, "GET", next, nil).Want(200).Into(&page)
		if total := answer.Header.Get("X-Total-Count"); total != "6" {
			t.Errorf("in all %s, want 6", total)
		}
		for _, d := range page {
			if d.OrderID != "ORD-0" || d.ID != fmt.Sprintf("msg_%d_%d", d.WebhookID, d.EventID) {
				t.Errorf("%+v", d)
			}
			got = append(got, d.ID)
		}
		next, _, _ = strings.Cut(strings.TrimPrefix(answer.Header.Get("Link"), "<"), ">")
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	c.Do(t, "GET", "/orders/ORD-2/deliveries", nil).WantProblem(404, "")
	c.Do(t, "GET", "/orders/ORD-0/deliveries?cursor=x", nil).WantProblem(422, "query.cursor")
}
