package orders_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"microdemo/kit/kittest"
)

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
