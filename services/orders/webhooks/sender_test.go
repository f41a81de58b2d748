package webhooks_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"microdemo/kit/kittest"
	"microdemo/services/orders/events"
	"microdemo/services/orders/webhooks"
)

func TestSender_SendsEveryEventInOrder(t *testing.T) {
	t.Parallel()
	w := start(t, soon())
	w.orders("ORD-0")
	w.change("ORD-0", "processing") // earlier events are not sent
	all, some := newReceiver(t, nil), newReceiver(t, nil)
	id := w.add(all)
	w.add(some, "order.deleted")
	w.change("ORD-0", "shipped", "cancelled")
	if err := w.tell(w.sender, "ORD-0", events.Deleted, "cancelled"); err != nil {
		t.Fatal(err)
	}
	w.eventually(id, "delivered", "delivered", "delivered")
	kittest.Eventually(t, "the other is sent one too", func() bool { return len(some.got()) == 1 })
	sent := all.got()
	if story := all.story(); len(sent) != 3 || !slices.Equal(story, []string{"ORD-0: shipped", "ORD-0: cancelled", "ORD-0: cancelled"}) {
		t.Fatalf("sent %v in %d messages", story, len(sent))
	}
	if sent[2].Type != "order.deleted" || some.got()[0].Type != "order.deleted" {
		t.Errorf("sent %s and %s", sent[2].Type, some.got()[0].Type)
	}
}

func TestSender_RepeatsUntilDelivered(t *testing.T) {
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
			settings := soon()
			settings.Timeout = 300 * time.Millisecond
			w := start(t, settings)
			w.orders("ORD-0", "ORD-1")
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
			id := w.add(r)
			w.change("ORD-0", "processing", "shipped")
			w.change("ORD-1", "processing")
			for _, d := range w.eventually(id, "delivered", "delivered", "delivered") {
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

func TestSender_DeliversOnceTheReceiverIsUp(t *testing.T) {
	t.Parallel()
	w := start(t, soon())
	w.orders("ORD-0")
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
	id := w.add(r)
	w.change("ORD-0", "processing", "shipped", "delivered")
	kittest.Eventually(t, "it was tried", func() bool { return w.deliveries(id)[0].Attempts > 1 })
	if d := w.deliveries(id); d[1].Status != "waiting" || d[2].Status != "waiting" || *d[0].Log[0].Error == "" {
		t.Errorf("%+v", d)
	}
	if e := w.endpoint(id); e.FailingSince == nil || !e.Enabled {
		t.Errorf("%+v", e)
	}
	mu.Lock()
	down = false
	mu.Unlock()
	w.eventually(id, "delivered", "delivered", "delivered")
	if story := r.story(); !slices.Equal(story, []string{"ORD-0: processing", "ORD-0: shipped", "ORD-0: delivered"}) {
		t.Errorf("sent %v", story)
	}
	if e := w.endpoint(id); e.FailingSince != nil {
		t.Errorf("%+v", e)
	}
}

func TestSender_SlowEndpointDelaysNoOther(t *testing.T) {
	t.Parallel()
	settings := soon()
	settings.Concurrency, settings.Timeout = 2, time.Minute
	w := start(t, settings)
	var ids []string
	for i := range 20 {
		ids = append(ids, fmt.Sprint("ORD-", i))
	}
	w.orders(ids...)
	slow, fast := newReceiver(t, hang), newReceiver(t, nil)
	w.add(slow)
	w.add(fast)
	for _, id := range ids {
		w.change(id, "processing")
	}
	kittest.Eventually(t, "the fast one has everything", func() bool { return len(fast.got()) == len(ids) })
	// The slow one still hangs with its first: nothing else has ended the wait.
	if n := len(slow.got()); n != 2 {
		t.Errorf("%d messages at once, want 2", n)
	}
	w.stop() // which ends the wait
}

func TestSender_ParkedHeadKeepsItsFollowersUntilItIsRedelivered(t *testing.T) {
	t.Parallel()
	settings := soon()
	settings.Attempts = 2
	w := start(t, settings)
	w.orders("ORD-0", "ORD-1")
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, g got) {
		if g.Data.Event.OrderID == "ORD-0" {
			w.WriteHeader(400)
		}
	})
	id := w.add(r)
	w.change("ORD-0", "processing", "shipped")
	w.eventually(id, "parked", "parked")
	w.change("ORD-0", "delivered")
	w.change("ORD-1", "processing") // is not kept
	list := w.eventually(id, "parked", "parked", "parked", "delivered")
	if list[0].Attempts != 2 || *list[0].Reason != "Given up after 2 attempts. The receiver answered 400." || *list[0].Code != 400 {
		t.Errorf("%+v", list[0])
	}
	if list[2].Attempts != 0 || *list[2].Reason != "It waits for "+list[0].ID+", which is parked." {
		t.Errorf("%+v", list[2])
	}
	var parked []webhooks.Delivery
	a := w.client.Do(t, "GET", fmt.Sprintf("/orders/webhooks/%d/deliveries?parked=true", id), nil).Want(200).Into(&parked)
	if len(parked) != 1 || parked[0].ID != list[0].ID || a.Header.Get("X-Total-Count") != "1" {
		t.Errorf("parked are %+v", parked)
	}
	w.client.Do(t, "POST", "/orders/webhooks/deliveries/"+list[1].ID+"/redeliver", nil).WantProblem(409, "")

	r.answers(nil)
	var queued webhooks.Delivery
	w.client.Do(t, "POST", "/orders/webhooks/deliveries/"+list[0].ID+"/redeliver", nil).Want(202).Into(&queued)
	if queued.ID != list[0].ID || queued.Status != "pending" || queued.Reason != nil {
		t.Errorf("%+v", queued)
	}
	w.eventually(id, "delivered", "delivered", "delivered", "delivered")
	want := []string{"ORD-0: processing", "ORD-1: processing", "ORD-0: shipped", "ORD-0: delivered"}
	if story := r.story(); !slices.Equal(story, want) {
		t.Errorf("sent %v", story)
	}

	// What has arrived can be repeated, and if that fails nothing waits for it.
	r.answers(status(500))
	w.client.Do(t, "POST", "/orders/webhooks/deliveries/"+list[1].ID+"/redeliver", nil).Want(202)
	w.eventually(id, "delivered", "parked", "delivered", "delivered")
	r.answers(nil)
	w.change("ORD-0", "completed")
	w.eventually(id, "delivered", "parked", "delivered", "delivered", "delivered")
}

func TestSender_GoneDisablesAndATestEnables(t *testing.T) {
	t.Parallel()
	w := start(t, soon())
	w.orders("ORD-0")
	r := newReceiver(t, status(410))
	id := w.add(r)
	w.change("ORD-0", "processing")
	kittest.Eventually(t, "it is disabled", func() bool { return !w.endpoint(id).Enabled })
	if e := w.endpoint(id); e.DisabledReason == nil || *e.DisabledReason != "The receiver answered 410." {
		t.Errorf("%+v", e)
	}
	w.change("ORD-0", "shipped") // is queued all the same
	list := w.eventually(id, "pending", "waiting")
	if list[0].NextTry != nil || *list[0].Reason != "The webhook is disabled." {
		t.Errorf("%+v", list[0])
	}
	w.client.Do(t, "POST", "/orders/webhooks/deliveries/"+list[0].ID+"/redeliver", nil).WantProblem(409, "")
	test := fmt.Sprintf("/orders/webhooks/%d/test", id)
	var went webhooks.TestResult
	r.answers(status(503))
	w.client.Do(t, "POST", test, nil).Want(200).Into(&went)
	if went.Delivered || *went.Code != 503 || *went.Error != "The receiver answered 503." || w.endpoint(id).Enabled {
		t.Errorf("%+v", went)
	}
	r.answers(nil)
	went = webhooks.TestResult{}
	w.client.Do(t, "POST", test, nil).Want(200).Into(&went)
	if !went.Delivered || *went.Code != 200 || went.Error != nil {
		t.Errorf("%+v", went)
	}
	w.eventually(id, "delivered", "delivered")
	if e := w.endpoint(id); !e.Enabled || e.DisabledReason != nil {
		t.Errorf("%+v", e)
	}
	if i := slices.IndexFunc(r.got(), func(g got) bool { return g.ID == went.ID && g.Type == "webhook.test" }); i < 0 {
		t.Errorf("the test %s did not arrive", went.ID)
	}
}

func TestSender_DaysOfFailureDisable(t *testing.T) {
	t.Parallel()
	settings := soon()
	settings.DisableAfter = 100 * time.Millisecond
	w := start(t, settings)
	w.orders("ORD-0")
	id := w.add(newReceiver(t, status(500)))
	w.change("ORD-0", "processing")
	kittest.Eventually(t, "it is disabled", func() bool { return !w.endpoint(id).Enabled })
	if e := w.endpoint(id); *e.DisabledReason != "Every attempt has failed for too long. The receiver answered 500." {
		t.Errorf("%+v", e)
	}
}
