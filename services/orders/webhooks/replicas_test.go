package webhooks_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"microdemo/kit/kittest"
	"microdemo/services/orders/events"
	"microdemo/services/orders/webhooks"
)

func TestReplicas_IgnoreTheResultOfALateSender(t *testing.T) {
	t.Parallel()
	settings := soon()
	settings.Lease = 500 * time.Millisecond // shorter than an attempt, as if it was paused
	settings.Backoff = time.Minute
	w := start(t, settings)
	w.orders("ORD-0")
	release := make(chan struct{})
	var first atomic.Bool
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, _ got) {
		if !first.Swap(true) {
			<-release
			w.WriteHeader(500)
		}
	})
	id := w.add(r)
	w.change("ORD-0", "processing", "shipped")
	w.eventually(id, "delivered", "delivered")
	close(release)
	kittest.Eventually(t, "the late result is void", func() bool {
		return kittest.Counter(t, w.env, "webhook_attempts_total", "result", "stale") > 0
	})
	list := w.eventually(id, "delivered", "delivered")
	if d := list[0]; d.Attempts < 2 || len(d.Log) != 1 || d.Log[0].Number == 1 || w.endpoint(id).FailingSince != nil {
		t.Errorf("%+v", d)
	}
}

func TestReplicas_SendEachDeliveryOnce(t *testing.T) {
	t.Parallel()
	w := start(t, soon())
	first := w.sender
	w.replica()
	const n = 30
	var ids []string
	for i := range n {
		ids = append(ids, fmt.Sprint("ORD-", i))
	}
	w.orders(ids...)
	receivers := []*receiver{newReceiver(t, nil), newReceiver(t, nil)}
	for _, r := range receivers {
		w.add(r)
	}
	var all sync.WaitGroup
	for i, id := range ids {
		sender := []*webhooks.Sender{first, w.sender}[i%2]
		all.Go(func() {
			for _, status := range []string{"processing", "shipped", "delivered", "completed"} {
				if err := w.tell(sender, id, events.StatusChanged, status); err != nil {
					t.Errorf("%s: %v", id, err)
				}
			}
		})
	}
	all.Wait()
	kittest.Eventually(t, "all is delivered", func() bool {
		return w.count(`SELECT count(*) FROM webhook_deliveries WHERE state = 'delivered'`) == 2*4*n
	})
	for _, r := range receivers {
		sent := r.got()
		stories := map[string][]string{}
		for _, g := range sent {
			stories[g.Data.Event.OrderID] = append(stories[g.Data.Event.OrderID], g.Data.Order.Status)
		}
		if len(sent) != 4*n || len(stories) != n {
			t.Errorf("%d messages about %d orders", len(sent), len(stories))
		}
		for id, story := range stories {
			if !slices.Equal(story, []string{"processing", "shipped", "delivered", "completed"}) {
				t.Errorf("%s: %v", id, story)
				for _, d := range slices.Concat(w.deliveries(1), w.deliveries(2)) {
					if d.OrderID == id {
						t.Logf("%s: %d attempts, %+v", d.ID, d.Attempts, d.Log)
					}
				}
			}
		}
	}
}

func TestEndpoints_AddedWhileEventsComeInMissNothing(t *testing.T) {
	t.Parallel()
	w := start(t, soon())
	var ids []string
	for i := range 8 {
		ids = append(ids, fmt.Sprint("ORD-", i))
	}
	w.orders(ids...)
	var all sync.WaitGroup
	for _, id := range ids {
		all.Go(func() {
			for _, status := range []string{"processing", "shipped", "cancelled", "pending", "processing", "shipped", "delivered"} {
				if err := w.tell(w.sender, id, events.StatusChanged, status); err != nil {
					t.Errorf("%s: %v", id, err)
				}
			}
		})
	}
	for range 10 {
		w.client.Do(t, "POST", "/orders/webhooks", m{"url": "http://127.0.0.1:1/"}).Want(201)
	}
	all.Wait()
	const missing = `SELECT count(*) FROM webhook_endpoints e JOIN order_events v ON v.id > e.after_event
		WHERE NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.endpoint_id = e.id AND d.event_id = v.id)`
	if n := w.count(missing); n != 0 {
		t.Errorf("%d events were not queued", n)
	}
	const surplus = `SELECT count(*) FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id WHERE d.event_id <= e.after_event`
	if n := w.count(surplus); n != 0 {
		t.Errorf("%d events are older than their endpoint", n)
	}
}

// TestQueue_EventQueuedWhileTheOneBeforeArrivesIsSent has a change hold its queued
// event uncommitted while the delivery it waits for arrives.
func TestQueue_EventQueuedWhileTheOneBeforeArrivesIsSent(t *testing.T) {
	t.Parallel()
	w := start(t, soon())
	w.orders("ORD-0")
	w.exec(`CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			PERFORM set_config('lock_timeout', '0', true), pg_advisory_xact_lock(42); RETURN NULL;
		END $$`)
	w.exec(`CREATE TRIGGER hold AFTER INSERT ON webhook_deliveries FOR EACH ROW WHEN (NEW.state = 'waiting') EXECUTE FUNCTION hold()`)
	release := make(chan struct{})
	id := w.add(newReceiver(t, func(http.ResponseWriter, *http.Request, got) { <-release }))
	w.change("ORD-0", "processing")
	tx, err := w.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `SELECT pg_advisory_xact_lock(42)`); err != nil {
		t.Fatal(err)
	}
	changed := make(chan error, 1)
	go func() { changed <- w.tell(w.sender, "ORD-0", events.StatusChanged, "shipped") }()
	blocked := func() int {
		return w.count(`SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
	}
	kittest.Eventually(t, "the change is about to commit", func() bool { return blocked() == 1 })
	close(release)
	kittest.Eventually(t, "the first arrives, or waits for the change", func() bool {
		return blocked() == 2 || w.count(`SELECT count(*) FROM webhook_deliveries WHERE state = 'delivered'`) == 1
	})
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-changed; err != nil {
		t.Fatal(err)
	}
	w.eventually(id, "delivered", "delivered")
}

func TestReplicas_StoppedOneHandsOver(t *testing.T) {
	t.Parallel()
	settings := soon()
	settings.Lease = time.Hour
	w := start(t, settings)
	w.orders("ORD-0")
	r := newReceiver(t, hang)
	id := w.add(r)
	w.change("ORD-0", "processing", "shipped")
	kittest.Eventually(t, "it hangs", func() bool { return len(r.got()) == 1 })
	w.stop()
	r.answers(nil)
	w.replica()
	w.eventually(id, "delivered", "delivered")
}
