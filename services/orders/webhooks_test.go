package orders_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"microdemo/kit"
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

func TestWebhooks_LateSenderIsNotBelieved(t *testing.T) {
	t.Parallel()
	settings := soon
	settings.WebhookLease = 500 * time.Millisecond // shorter than an attempt, as if it was paused
	settings.WebhookBackoff = time.Minute
	h := startHooked(t, settings)
	h.orders("ORD-0")
	release := make(chan struct{})
	var first atomic.Bool
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, _ got) {
		if !first.Swap(true) {
			<-release
			w.WriteHeader(500)
		}
	})
	id := h.add(r)
	h.change("ORD-0", "processing", "shipped")
	h.eventually(id, "delivered", "delivered")
	close(release)
	kittest.Eventually(t, "the late result is void", func() bool {
		return kittest.Counter(t, h.env, "webhook_attempts_total", "result", "stale") > 0
	})
	list := h.eventually(id, "delivered", "delivered")
	if d := list[0]; d.Attempts < 2 || len(d.Log) != 1 || d.Log[0].Number == 1 || h.endpoint(id).FailingSince != nil {
		t.Errorf("%+v", d)
	}
}

func TestWebhooks_TwoReplicasSendEachOnce(t *testing.T) {
	t.Parallel()
	h := startHooked(t, soon)
	other, _ := h.replica()
	const n = 30
	var ids []string
	for i := range n {
		ids = append(ids, fmt.Sprint("ORD-", i))
	}
	h.orders(ids...)
	receivers := []*receiver{newReceiver(t, nil), newReceiver(t, nil)}
	for _, r := range receivers {
		h.add(r)
	}
	var all sync.WaitGroup
	for i, id := range ids {
		client := []kittest.Client{h.client, other}[i%2]
		all.Go(func() {
			for _, status := range []string{"processing", "shipped", "delivered", "completed"} {
				if a, err := client.Try("PUT", "/orders/"+id, m{"status": status}); err != nil || a.Status != 200 {
					t.Errorf("%s: %d %s %v", id, a.Status, a.Raw, err)
				}
			}
		})
	}
	all.Wait()
	kittest.Eventually(t, "all is delivered", func() bool {
		return h.count(`SELECT count(*) FROM webhook_deliveries WHERE state = 'delivered'`) == 2*4*n
	})
	for _, r := range receivers {
		sent := r.got()
		told := map[string][]string{}
		for _, g := range sent {
			told[g.Data.Event.OrderID] = append(told[g.Data.Event.OrderID], string(g.Data.Order.Status))
		}
		if len(sent) != 4*n || len(told) != n {
			t.Errorf("%d messages about %d orders", len(sent), len(told))
		}
		for id, story := range told {
			if !slices.Equal(story, []string{"processing", "shipped", "delivered", "completed"}) {
				t.Errorf("%s: %v", id, story)
				for _, d := range slices.Concat(h.deliveries(1), h.deliveries(2)) {
					if d.OrderID == id {
						t.Logf("%s: %d attempts, %+v", d.ID, d.Attempts, d.Log)
					}
				}
			}
		}
	}
}

func TestWebhooks_AddedWhileEventsComeInMissNothing(t *testing.T) {
	t.Parallel()
	h := startHooked(t, soon)
	var ids []string
	for i := range 8 {
		ids = append(ids, fmt.Sprint("ORD-", i))
	}
	h.orders(ids...)
	var all sync.WaitGroup
	for _, id := range ids {
		all.Go(func() {
			for _, status := range []string{"processing", "shipped", "cancelled", "pending", "processing", "shipped", "delivered"} {
				if a, err := h.client.Try("PUT", "/orders/"+id, m{"status": status}); err != nil || a.Status != 200 {
					t.Errorf("%s: %d %s %v", id, a.Status, a.Raw, err)
				}
			}
		})
	}
	for range 10 {
		h.client.Do(t, "POST", "/orders/webhooks", m{"url": "http://127.0.0.1:1/"}).Want(201)
	}
	all.Wait()
	const missing = `SELECT count(*) FROM webhook_endpoints e JOIN order_events v ON v.id > e.after_event
		WHERE NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.endpoint_id = e.id AND d.event_id = v.id)`
	if n := h.count(missing); n != 0 {
		t.Errorf("%d events were not queued", n)
	}
	const surplus = `SELECT count(*) FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id WHERE d.event_id <= e.after_event`
	if n := h.count(surplus); n != 0 {
		t.Errorf("%d events are older than their endpoint", n)
	}
}

// TestWebhooks_QueuedWhileTheOneBeforeArrivesIsSent has a change hold its queued
// event uncommitted while the delivery it waits for arrives.
func TestWebhooks_QueuedWhileTheOneBeforeArrivesIsSent(t *testing.T) {
	t.Parallel()
	h := startHooked(t, soon)
	h.orders("ORD-0")
	h.exec(`CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			PERFORM set_config('lock_timeout', '0', true), pg_advisory_xact_lock(42); RETURN NULL;
		END $$`)
	h.exec(`CREATE TRIGGER hold AFTER INSERT ON webhook_deliveries FOR EACH ROW WHEN (NEW.state = 'waiting') EXECUTE FUNCTION hold()`)
	release := make(chan struct{})
	id := h.add(newReceiver(t, func(http.ResponseWriter, *http.Request, got) { <-release }))
	h.change("ORD-0", "processing")
	tx, err := h.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `SELECT pg_advisory_xact_lock(42)`); err != nil {
		t.Fatal(err)
	}
	changed := make(chan error, 1)
	go func() {
		a, err := h.client.Try("PUT", "/orders/ORD-0", m{"status": "shipped"})
		if err == nil && a.Status != 200 {
			err = fmt.Errorf("%d %s", a.Status, a.Raw)
		}
		changed <- err
	}()
	blocked := func() int {
		return h.count(`SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
	}
	kittest.Eventually(t, "the change is about to commit", func() bool { return blocked() == 1 })
	close(release)
	kittest.Eventually(t, "the first arrives, or waits for the change", func() bool {
		return blocked() == 2 || h.count(`SELECT count(*) FROM webhook_deliveries WHERE state = 'delivered'`) == 1
	})
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-changed; err != nil {
		t.Fatal(err)
	}
	h.eventually(id, "delivered", "delivered")
}

func TestWebhooks_StoppedReplicaHandsOver(t *testing.T) {
	t.Parallel()
	settings := soon
	settings.WebhookLease = time.Hour
	h := startHooked(t, settings)
	h.orders("ORD-0")
	r := newReceiver(t, hang)
	id := h.add(r)
	h.change("ORD-0", "processing", "shipped")
	kittest.Eventually(t, "it hangs", func() bool { return len(r.got()) == 1 })
	h.stop()
	r.answers(nil)
	h.client, _ = h.replica()
	h.eventually(id, "delivered", "delivered")
}

func TestWebhooks_LogIsKeptForAWhile(t *testing.T) {
	t.Parallel()
	settings := soon
	settings.WebhookAttempts = 1
	settings.WebhookRetention = time.Second // tidied each second; what is below is made older
	h := startHooked(t, settings)
	h.orders("ORD-0", "ORD-1", "ORD-2", "ORD-3")
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, g got) {
		if o := g.Data.Event.OrderID; o == "ORD-1" || o == "ORD-2" {
			w.WriteHeader(400)
		}
	})
	id := h.add(r)
	h.exec(`ALTER TABLE webhook_deliveries ALTER created_at SET DEFAULT now() + interval '1 hour'`)
	h.change("ORD-0", "processing")
	h.change("ORD-1", "processing", "shipped")
	h.change("ORD-2", "processing", "shipped")
	h.change("ORD-3", "processing")
	h.eventually(id, "delivered", "parked", "parked", "parked", "parked", "delivered")
	// Of the second parked order, not all is old.
	h.exec(`UPDATE webhook_deliveries SET created_at = now() - interval '1 hour'
		WHERE order_id IN ('ORD-0', 'ORD-1') OR order_id = 'ORD-2' AND state = 'parked'`)
	h.eventually(id, "parked", "parked", "delivered")
	kittest.Eventually(t, "the log begins behind what was removed", func() bool {
		return h.count(`SELECT after_event FROM webhook_endpoints`) == 3
	})
	if n := h.count(`SELECT count(*) FROM webhook_attempts`); n != 2 {
		t.Errorf("%d attempts are kept, want 2", n)
	}
	h.client.Do(t, "DELETE", fmt.Sprintf("/orders/webhooks/%d", id), nil).Want(204)
	kittest.Eventually(t, "a deleted one leaves nothing", func() bool {
		return h.count(`SELECT count(*) FROM webhook_deliveries`) == 0 && h.count(`SELECT count(*) FROM webhook_endpoints WHERE secret <> ''`) == 0
	})
	h.exec(`UPDATE webhook_endpoints SET deleted_at = now() - interval '1 day'`)
	kittest.Eventually(t, "nor itself", func() bool { return h.count(`SELECT count(*) FROM webhook_endpoints`) == 0 })
}

func TestWebhooks_OfTheEnvironment(t *testing.T) {
	t.Parallel()
	a, b := newReceiver(t, nil), newReceiver(t, nil)
	settings := soon
	const secret = webhookSecret
	settings.WebhookURLs, settings.WebhookSecret = []string{a.server.URL, b.server.URL, a.server.URL}, secret
	a.trust(secret)
	b.trust(secret)
	h := startHooked(t, settings)
	h.orders("ORD-0")
	_, stopOther := h.replica()
	stopOther()
	var list []orders.Endpoint
	h.client.Do(t, "GET", "/orders/webhooks", nil).Want(200).Into(&list)
	if len(list) != 2 || !list[0].FromEnvironment || len(list[0].Events) != 4 {
		t.Fatalf("%+v", list)
	}
	h.client.Do(t, "DELETE", fmt.Sprintf("/orders/webhooks/%d", list[0].ID), nil).WantProblem(409, "")
	h.change("ORD-0", "processing")
	kittest.Eventually(t, "both are told", func() bool { return len(a.got()) == 1 && len(b.got()) == 1 })

	// With another secret they are the same endpoints.
	h.stop()
	h.config.WebhookSecret = "0123456789abcdef01234567" // the key as it is
	key := "whsec_" + base64.StdEncoding.EncodeToString([]byte(h.config.WebhookSecret))
	a.trust(key)
	b.trust(key)
	h.client, h.stop = h.replica()
	h.change("ORD-0", "shipped")
	kittest.Eventually(t, "both are told", func() bool { return len(a.got()) == 2 && len(b.got()) == 2 })

	h.stop()
	h.config.WebhookURLs = h.config.WebhookURLs[1:2]
	h.client, _ = h.replica()
	list = nil
	h.client.Do(t, "GET", "/orders/webhooks", nil).Want(200).Into(&list)
	if len(list) != 1 || list[0].URL != b.server.URL {
		t.Errorf("%+v", list)
	}
}

func TestWebhooks_SecretIsShownOnce(t *testing.T) {
	t.Parallel()
	h := startHooked(t, soon)
	var made orders.NewEndpoint
	h.client.Do(t, "POST", "/orders/webhooks", m{"url": "http://127.0.0.1:1/"}).Want(201).Into(&made)
	if !strings.HasPrefix(made.Secret, "whsec_") || len(made.Secret) != 50 {
		t.Errorf("the secret has %d characters", len(made.Secret))
	}
	if a := h.client.Do(t, "GET", "/orders/webhooks", nil).Want(200); bytes.Contains(a.Raw, []byte("whsec_")) {
		t.Error("the list shows a secret")
	}
}

func TestWebhooks_AreLimited(t *testing.T) {
	t.Parallel()
	h := startHooked(t, soon)
	for range 50 {
		h.client.Do(t, "POST", "/orders/webhooks", m{"url": "http://127.0.0.1:1/"}).Want(201)
	}
	h.client.Do(t, "POST", "/orders/webhooks", m{"url": "http://127.0.0.1:1/"}).WantProblem(409, "")
	h.client.Do(t, "DELETE", "/orders/webhooks/7", nil).Want(204)
	h.client.Do(t, "DELETE", "/orders/webhooks/7", nil).WantProblem(404, "")
	h.client.Do(t, "POST", "/orders/webhooks", m{"url": "http://127.0.0.1:1/"}).Want(201)
	var page []orders.Endpoint
	a := h.client.Do(t, "GET", "/orders/webhooks?limit=10&skip=40", nil).Want(200).Into(&page)
	if len(page) != 10 || page[9].ID != 51 || a.Header.Get("X-Total-Count") != "50" || a.Header.Get("Link") != "" {
		t.Errorf("%d, %s, %s", len(page), a.Header.Get("X-Total-Count"), a.Header.Get("Link"))
	}
}

func TestWebhooks_BadInputIsRefused(t *testing.T) {
	t.Parallel()
	h := startHooked(t, orders.WebhookSettings{})
	for _, c := range []struct {
		body     any
		status   int
		location string
	}{
		{m{}, 422, "body"},
		{m{"url": ""}, 422, "body.url"},
		{m{"url": 5}, 422, "body.url"},
		{m{"url": "https://example.com/" + strings.Repeat("x", 2048)}, 422, "body.url"},
		{m{"url": "ftp://example.com/"}, 422, "body.url"},
		{m{"url": "http://user:hush@example.com/"}, 422, "body.url"},
		{m{"url": "http://10.0.0.1/"}, 422, "body.url"},
		{m{"url": "http://2130706433/"}, 422, "body.url"},
		{m{"url": "https://example.com/", "events": []string{}}, 422, "body.events"},
		{m{"url": "https://example.com/", "events": []string{"order.imported"}}, 422, "body.events[0]"},
		{m{"url": "https://example.com/", "events": []string{"order.created", "order.created"}}, 422, "body.events"},
		{m{"url": "https://example.com/", "events": "all"}, 422, "body.events"},
		{m{"url": "https://example.com/", "secret": "mine"}, 422, "body.secret"},
		{"{", 400, ""},
	} {
		a := h.client.Do(t, "POST", "/orders/webhooks", c.body)
		a.WantProblem(c.status, c.location)
		if bytes.Contains(a.Raw, []byte("hush")) {
			t.Errorf("the answer repeats a password: %s", a.Raw)
		}
	}
	for path, status := range map[string]int{
		"DELETE /orders/webhooks/0": 422, "DELETE /orders/webhooks/x": 422, "DELETE /orders/webhooks/99999999999999999999": 422,
		"DELETE /orders/webhooks/7": 404, "POST /orders/webhooks/7/test": 404, "GET /orders/webhooks/7/deliveries": 404,
		"GET /orders/webhooks/7/deliveries?cursor=x": 422, "GET /orders/webhooks?cursor=bnVsbA": 422, "GET /orders/webhooks/7/deliveries?parked=maybe": 422,
		"POST /orders/webhooks/deliveries/7/redeliver": 422, "POST /orders/webhooks/deliveries/msg_1_1/redeliver": 404,
		"POST /orders/webhooks/deliveries/msg_999999999999999999_999999999999999999/redeliver": 404,
		"POST /orders/webhooks/deliveries/msg_0_1/redeliver":                                   422,
	} {
		method, address, _ := strings.Cut(path, " ")
		h.client.Do(t, method, address, nil).WantProblem(status, "")
	}
	user := h.client.As(kittest.Token(t, 2, kit.RoleUser))
	user.Do(t, "GET", "/orders/webhooks", nil).WantProblem(403, "")
	if n := h.count(`SELECT count(*) FROM webhook_endpoints`); n != 0 {
		t.Errorf("%d endpoints were made", n)
	}
}

func TestWebhooks_SettingsAreChecked(t *testing.T) {
	t.Parallel()
	good := []string{
		"DATABASE_URL=postgres://u@h/d", "REDIS_URL=redis://r/0", "JWT_SECRET_KEY=" + string(kittest.Secret),
	}
	for name, c := range map[string]struct {
		environ []string
		want    []string // "" is none
	}{
		"none":   {nil, nil},
		"empty":  {[]string{"WEBHOOK_URLS=", "WEBHOOK_SECRET="}, nil},
		"good":   {[]string{"WEBHOOK_URLS=https://a.example/x,https://b.example", "WEBHOOK_SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, nil},
		"raw":    {[]string{"WEBHOOK_URLS=https://a.example/x", "WEBHOOK_SECRET=0123456789abcdef01234567"}, nil},
		"local":  {[]string{"WEBHOOK_URLS=http://localhost:9", "WEBHOOK_ALLOW_PRIVATE=true", "WEBHOOK_SECRET=0123456789abcdef01234567"}, nil},
		"secret": {[]string{"WEBHOOK_URLS=https://a.example/x"}, []string{"WEBHOOK_SECRET is missing"}},
		"every problem": {
			[]string{
				"WEBHOOK_URLS=https://a.example/x,http://u:hush@b.example,http://127.0.0.1", "WEBHOOK_SECRET=whsec_hush", "WEBHOOK_TIMEOUT=1m", "WEBHOOK_LEASE=1s",
				"WEBHOOK_ATTEMPTS=31", "WEBHOOK_CONCURRENCY=-1", "WEBHOOK_RETENTION=-1s", "WEBHOOK_ALLOW_PRIVATE=maybe",
			},
			[]string{
				"WEBHOOK_URLS, address 2: expected no user", "WEBHOOK_URLS, address 3: expected a public address", "WEBHOOK_SECRET is not whsec_",
				"WEBHOOK_TIMEOUT is more than 10s", "WEBHOOK_LEASE is shorter", "WEBHOOK_ATTEMPTS is not", "WEBHOOK_CONCURRENCY is not", "WEBHOOK_RETENTION is less",
				"WEBHOOK_ALLOW_PRIVATE is not a valid bool",
			},
		},
		"short": {[]string{"WEBHOOK_SECRET=hush"}, []string{"WEBHOOK_SECRET is shorter than 24 bytes"}},
	} {
		_, err := kit.Load[orders.Config](slices.Concat(good, c.environ))
		if (err == nil) != (c.want == nil) || err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q is not in %v", name, want, err)
			}
		}
	}
}
