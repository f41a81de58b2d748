package orders_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"microdemo/kit/kittest"
	"microdemo/services/orders"
)

func TestWebhooks_TellOfEveryChangeInOrder(t *testing.T) {
	t.Parallel()
	h := startHooked(t, soon)
	h.orders("ORD-0")
	h.change("ORD-0", "processing") // nobody is told of what was before
	all, some := newReceiver(t, nil), newReceiver(t, nil)
	id := h.add(all)
	h.add(some, "order.deleted")
	h.change("ORD-0", "shipped", "cancelled")
	h.client.Do(t, "DELETE", "/orders/ORD-0", nil).Want(204)
	h.eventually(id, "delivered", "delivered", "delivered")
	kittest.Eventually(t, "the other is told too", func() bool { return len(some.got()) == 1 })
	sent := all.got()
	if story := all.story(); len(sent) != 3 || !slices.Equal(story, []string{"ORD-0: shipped", "ORD-0: cancelled", "ORD-0: cancelled"}) {
		t.Fatalf("told %v in %d messages", story, len(sent))
	}
	var body m
	if err := json.Unmarshal(sent[1].Body, &body); err != nil {
		t.Fatal(err)
	}
	data := body["data"].(m)
	order, event := data["order"].(m), data["event"].(m)
	for _, v := range []any{body["timestamp"], order["created_at"], order["updated_at"], event["created_at"]} {
		if text, _ := v.(string); !strings.HasSuffix(text, "Z") {
			t.Errorf("%v is not a time in UTC", v)
		}
	}
	for _, in := range []m{order, event} {
		delete(in, "created_at")
		delete(in, "updated_at")
	}
	want := m{"type": "order.status_changed", "timestamp": body["timestamp"], "data": m{
		"order": m{"id": "ORD-0", "user_id": 2.0, "total": "10.00", "status": "cancelled", "items": []any{m{"sku": "TEA", "quantity": 1.0, "price": "10.00"}}},
		"event": m{
			"id": 3.0, "order_id": "ORD-0", "event_type": "status_changed", "description": "Status changed from shipped to cancelled.",
			"old_value": "shipped", "new_value": "cancelled", "user_id": 1.0,
		},
	}}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if sent[2].Type != "order.deleted" || some.got()[0].Type != "order.deleted" {
		t.Errorf("told of %s and %s", sent[2].Type, some.got()[0].Type)
	}
}

func TestWebhooks_AreRepeatedUntilTheyArrive(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]func(http.ResponseWriter, *http.Request, got){
		"500": status(500),
		"404": status(404),
		"redirect": func(w http.ResponseWriter, r *http.Request, _ got) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		},
		"hangs":  hang,
		"breaks": func(http.ResponseWriter, *http.Request, got) { panic(http.ErrAbortHandler) },
		"byte by byte": func(w http.ResponseWriter, _ *http.Request, _ got) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			defer conn.Close()
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for _, b := range []byte("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1000)) {
				<-tick.C
				if _, err := conn.Write([]byte{b}); err != nil {
					return
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := soon
			settings.WebhookTimeout = 300 * time.Millisecond
			h := startHooked(t, settings)
			h.orders("ORD-0", "ORD-1")
			var mu sync.Mutex
			tries := map[string]int{}
			r := newReceiver(t, func(w http.ResponseWriter, req *http.Request, g got) {
				mu.Lock()
				tries[g.ID]++
				n := tries[g.ID]
				mu.Unlock()
				if n < 3 {
					broken(w, req, g)
				}
			})
			id := h.add(r)
			h.change("ORD-0", "processing", "shipped")
			h.change("ORD-1", "processing")
			for _, d := range h.eventually(id, "delivered", "delivered", "delivered") {
				if d.Attempts != 3 || len(d.Log) != 3 || *d.Code != 200 || d.NextTry != nil || d.DeliveredAt == nil {
					t.Errorf("log of %+v", d)
				}
				for i, a := range d.Log {
					if failed := i > 0; a.Number != 3-i || (a.Error != nil) != failed || name == "500" && failed && *a.Code != 500 {
						t.Errorf("attempt %+v", a)
					}
				}
			}
			first := map[string]got{}
			shipped := false
			for _, g := range r.got() {
				if g.Data.Order.Status == "shipped" {
					shipped = true
				} else if shipped && g.Data.Event.OrderID == "ORD-0" {
					t.Error("an earlier event of the same order came later")
				}
				if before, again := first[g.ID]; again && !bytes.Equal(before.Body, g.Body) {
					t.Errorf("%s was repeated with another body", g.ID)
				}
				first[g.ID] = g
			}
		})
	}
}

func TestWebhooks_ArriveOnceTheReceiverIsUp(t *testing.T) {
	t.Parallel()
	h := startHooked(t, soon)
	h.orders("ORD-0")
	r := newReceiver(t, nil)
	down := true
	var mu sync.Mutex
	r.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if down {
			panic(http.ErrAbortHandler)
		}
		r.ServeHTTP(w, req)
	})
	id := h.add(r)
	h.change("ORD-0", "processing", "shipped", "delivered")
	kittest.Eventually(t, "it was tried", func() bool { return h.deliveries(id)[0].Attempts > 1 })
	if d := h.deliveries(id); d[1].Status != "waiting" || d[2].Status != "waiting" || *d[0].Log[0].Error == "" {
		t.Errorf("%+v", d)
	}
	if e := h.endpoint(id); e.FailingSince == nil || !e.Enabled {
		t.Errorf("%+v", e)
	}
	mu.Lock()
	down = false
	mu.Unlock()
	h.eventually(id, "delivered", "delivered", "delivered")
	if story := r.story(); !slices.Equal(story, []string{"ORD-0: processing", "ORD-0: shipped", "ORD-0: delivered"}) {
		t.Errorf("told %v", story)
	}
	if e := h.endpoint(id); e.FailingSince != nil {
		t.Errorf("%+v", e)
	}
}

func TestWebhooks_SlowEndpointDelaysNoOther(t *testing.T) {
	t.Parallel()
	settings := soon
	settings.WebhookConcurrency, settings.WebhookTimeout = 2, time.Minute
	h := startHooked(t, settings)
	var ids []string
	for i := range 20 {
		ids = append(ids, fmt.Sprint("ORD-", i))
	}
	h.orders(ids...)
	slow, fast := newReceiver(t, hang), newReceiver(t, nil)
	h.add(slow)
	h.add(fast)
	for _, id := range ids {
		h.change(id, "processing")
	}
	kittest.Eventually(t, "the fast one has got all", func() bool { return len(fast.got()) == len(ids) })
	// The slow one still hangs with its first: nothing else has ended the wait.
	if n := len(slow.got()); n != 2 {
		t.Errorf("%d messages at once, want 2", n)
	}
	h.stop() // which ends the wait
}

func TestWebhooks_ParkedHeadKeepsItsFollowersUntilItIsRedelivered(t *testing.T) {
	t.Parallel()
	settings := soon
	settings.WebhookAttempts = 2
	h := startHooked(t, settings)
	h.orders("ORD-0", "ORD-1")
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, g got) {
		if g.Data.Event.OrderID == "ORD-0" {
			w.WriteHeader(400)
		}
	})
	id := h.add(r)
	h.change("ORD-0", "processing", "shipped")
	h.eventually(id, "parked", "parked")
	h.change("ORD-0", "delivered")
	h.change("ORD-1", "processing") // is not kept
	list := h.eventually(id, "parked", "parked", "parked", "delivered")
	if list[0].Attempts != 2 || *list[0].Reason != "Given up after 2 attempts. The receiver answered 400." || *list[0].Code != 400 {
		t.Errorf("%+v", list[0])
	}
	if list[2].Attempts != 0 || *list[2].Reason != "It stands behind "+list[0].ID+", which is parked." {
		t.Errorf("%+v", list[2])
	}
	var parked []orders.Delivery
	a := h.client.Do(t, "GET", fmt.Sprintf("/orders/webhooks/%d/deliveries?parked=true", id), nil).Want(200).Into(&parked)
	if len(parked) != 1 || parked[0].ID != list[0].ID || a.Header.Get("X-Total-Count") != "1" {
		t.Errorf("parked are %+v", parked)
	}
	h.client.Do(t, "POST", "/orders/webhooks/deliveries/"+list[1].ID+"/redeliver", nil).WantProblem(409, "")

	r.answers(nil)
	var queued orders.Delivery
	h.client.Do(t, "POST", "/orders/webhooks/deliveries/"+list[0].ID+"/redeliver", nil).Want(202).Into(&queued)
	if queued.ID != list[0].ID || queued.Status != "pending" || queued.Reason != nil {
		t.Errorf("%+v", queued)
	}
	h.eventually(id, "delivered", "delivered", "delivered", "delivered")
	want := []string{"ORD-0: processing", "ORD-1: processing", "ORD-0: shipped", "ORD-0: delivered"}
	if story := r.story(); !slices.Equal(story, want) {
		t.Errorf("told %v", story)
	}

	// What has arrived can be repeated, and if that fails nothing waits for it.
	r.answers(status(500))
	h.client.Do(t, "POST", "/orders/webhooks/deliveries/"+list[1].ID+"/redeliver", nil).Want(202)
	h.eventually(id, "delivered", "parked", "delivered", "delivered")
	r.answers(nil)
	h.change("ORD-0", "completed")
	h.eventually(id, "delivered", "parked", "delivered", "delivered", "delivered")
}

func TestWebhooks_ToldOfAnOrder(t *testing.T) {
	t.Parallel()
	h := startHooked(t, soon)
	h.orders("ORD-0", "ORD-1")
	first, second, third := h.add(newReceiver(t, nil)), h.add(newReceiver(t, nil)), h.add(newReceiver(t, nil))
	h.change("ORD-0", "processing", "shipped")
	h.change("ORD-1", "processing")
	h.eventually(first, "delivered", "delivered", "delivered")
	h.client.Do(t, "DELETE", fmt.Sprintf("/orders/webhooks/%d", third), nil).Want(204)
	h.client.Do(t, "DELETE", "/orders/ORD-0", nil).Want(204)

	var got, want []string
	ofFirst, ofSecond := h.deliveries(first), h.deliveries(second)
	for _, event := range []int{3, 1, 0} { // the third is of the other order
		want = append(want, ofSecond[event].ID, ofFirst[event].ID)
	}
	for next := "/orders/ORD-0/deliveries?limit=2"; next != ""; {
		var page []orders.Delivery
		answer := h.client.Do(t, "GET", next, nil).Want(200).Into(&page)
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
		t.Errorf("told %v\nwant %v", got, want)
	}
	h.client.Do(t, "GET", "/orders/ORD-2/deliveries", nil).WantProblem(404, "")
	h.client.Do(t, "GET", "/orders/ORD-0/deliveries?cursor=x", nil).WantProblem(422, "query.cursor")
}

func TestWebhooks_GoneDisablesAndATestEnables(t *testing.T) {
	t.Parallel()
	h := startHooked(t, soon)
	h.orders("ORD-0")
	r := newReceiver(t, status(410))
	id := h.add(r)
	h.change("ORD-0", "processing")
	kittest.Eventually(t, "it is disabled", func() bool { return !h.endpoint(id).Enabled })
	if e := h.endpoint(id); e.DisabledReason == nil || *e.DisabledReason != "The receiver answered 410." {
		t.Errorf("%+v", e)
	}
	h.change("ORD-0", "shipped") // is queued all the same
	list := h.eventually(id, "pending", "waiting")
	if list[0].NextTry != nil || *list[0].Reason != "The webhook is disabled." {
		t.Errorf("%+v", list[0])
	}
	h.client.Do(t, "POST", "/orders/webhooks/deliveries/"+list[0].ID+"/redeliver", nil).WantProblem(409, "")
	test := fmt.Sprintf("/orders/webhooks/%d/test", id)
	var went orders.TestResult
	r.answers(status(503))
	h.client.Do(t, "POST", test, nil).Want(200).Into(&went)
	if went.Delivered || *went.Code != 503 || *went.Error != "The receiver answered 503." || h.endpoint(id).Enabled {
		t.Errorf("%+v", went)
	}
	r.answers(nil)
	went = orders.TestResult{}
	h.client.Do(t, "POST", test, nil).Want(200).Into(&went)
	if !went.Delivered || *went.Code != 200 || went.Error != nil {
		t.Errorf("%+v", went)
	}
	h.eventually(id, "delivered", "delivered")
	if e := h.endpoint(id); !e.Enabled || e.DisabledReason != nil {
		t.Errorf("%+v", e)
	}
	if i := slices.IndexFunc(r.got(), func(g got) bool { return g.ID == went.ID && g.Type == "webhook.test" }); i < 0 {
		t.Errorf("the test %s did not arrive", went.ID)
	}
}

func TestWebhooks_DaysOfFailureDisable(t *testing.T) {
	t.Parallel()
	settings := soon
	settings.WebhookDisableAfter = 100 * time.Millisecond
	h := startHooked(t, settings)
	h.orders("ORD-0")
	id := h.add(newReceiver(t, status(500)))
	h.change("ORD-0", "processing")
	kittest.Eventually(t, "it is disabled", func() bool { return !h.endpoint(id).Enabled })
	if e := h.endpoint(id); *e.DisabledReason != "Every attempt has failed for too long. The receiver answered 500." {
		t.Errorf("%+v", e)
	}
}
