package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"microdemo/kit/kittest"
)

const webhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// webhooksHere lets webhooks go to this machine.
func webhooksHere(s *system) { s.orders.Webhooks.AllowPrivate = true }

// receiver gets webhooks and verifies each with the library of Standard Webhooks.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	secret  string
	told    map[string][]string // of each order the types of events, each once, as they first came
	ids     map[string]int      // of each webhook-id how often it came
	handler func(w http.ResponseWriter, r *http.Request, messages int)
}

func newReceiver(t *testing.T, secret string) *receiver {
	t.Helper()
	r := &receiver{secret: secret, told: map[string][]string{}, ids: map[string]int{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return // the sender has gone
		}
		var message struct {
			Type string
			Data struct{ Order struct{ ID string } }
		}
		r.mu.Lock()
		verifier, err := standardwebhooks.NewWebhook(r.secret)
		r.mu.Unlock()
		if err == nil {
			err = verifier.Verify(body, req.Header)
		}
		if err == nil {
			err = json.Unmarshal(body, &message)
		}
		if err != nil {
			t.Errorf("%s: %v", body, err)
		}
		r.mu.Lock()
		id, order := req.Header.Get("webhook-id"), message.Data.Order.ID
		if r.ids[id]++; r.ids[id] == 1 {
			r.told[order] = append(r.told[order], message.Type)
		}
		handler, messages := r.handler, len(r.ids)
		r.mu.Unlock()
		if handler != nil {
			handler(w, req, messages)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) messages() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.ids)
}

func (r *receiver) repeated() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, times := range r.ids {
		n += times - 1
	}
	return n
}

func TestWebhooks_SenderIsKilledInBetween(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.stopOrders() // only the processes below send
	s.stock("TEA", 1000, "10.00")
	calm, hanging := newReceiver(t, webhookSecret), newReceiver(t, webhookSecret)
	const concurrency = 2
	stuck := make(chan struct{})
	var once sync.Once
	var hung int
	hanging.handler = func(_ http.ResponseWriter, r *http.Request, messages int) {
		if messages < 5 {
			return
		}
		hanging.mu.Lock()
		hung++
		last := hung == concurrency
		hanging.mu.Unlock()
		if last {
			once.Do(func() { close(stuck) })
		}
		<-r.Context().Done() // the sender dies
	}
	env := []string{
		"USERS_URL=" + s.orders.UsersURL, "INVENTORY_URL=" + s.orders.InventoryURL, "SHUTDOWN_DELAY=0s",
		"WEBHOOK_ALLOW_PRIVATE=true",
		"WEBHOOK_URLS=" + calm.URL + "," + hanging.URL, "WEBHOOK_SECRET=" + webhookSecret,
		"WEBHOOK_TIMEOUT=10s", "WEBHOOK_LEASE=2m", "WEBHOOK_INTERVAL=50ms", "WEBHOOK_BACKOFF=20ms", fmt.Sprint("WEBHOOK_CONCURRENCY=", concurrency),
	}
	victim := s.process("orders", s.orders.Settings, env...)
	want := map[string][]string{}
	var journal []string
	for i := range 10 {
		id := fmt.Sprintf("HOOK-%d", i)
		victim.client.Do(t, "POST", "/orders/", m{"id": id, "items": []m{{"sku": "TEA", "quantity": 1}}}).Want(201)
		victim.client.Do(t, "PUT", "/orders/"+id, m{"status": "cancelled"}).Want(200)
		victim.client.Do(t, "DELETE", "/orders/"+id, nil).Want(204)
		want[id] = []string{"order.created", "order.status_changed", "order.deleted"}
		journal = append(journal, id)
	}
	<-stuck
	if err := victim.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	hanging.mu.Lock()
	hanging.handler = nil
	hanging.mu.Unlock()
	kittest.Eventually(t, "the database has noticed", func() bool {
		return s.count(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`) == 0
	})
	// Its leases end.
	s.count(`WITH due AS (UPDATE webhook_deliveries SET next_at = now() WHERE leased_until IS NOT NULL RETURNING 1) SELECT count(*) FROM due`)
	for range 2 {
		s.process("orders", s.orders.Settings, env...)
	}
	for name, r := range map[string]*receiver{"calm": calm, "hanging": hanging} {
		kittest.Eventually(t, name+" has got everything", func() bool { return r.messages() == 30 })
		r.mu.Lock()
		for id, story := range want {
			if !slices.Equal(r.told[id], story) {
				t.Errorf("%s was told of %s: %v", name, id, r.told[id])
			}
		}
		r.mu.Unlock()
	}
	// Only what the victim had under way is sent twice.
	if n := calm.repeated(); n > concurrency {
		t.Errorf("the calm receiver got %d twice", n)
	}
	if n := hanging.repeated(); n < 1 || n > concurrency {
		t.Errorf("the hanging receiver got %d twice", n)
	}
	kittest.Eventually(t, "all is noted", func() bool {
		return s.count(`SELECT count(*) FROM webhook_deliveries WHERE state = 'delivered'`) == 60
	})
	s.audit(journal...)
}

func TestWebhooks_AdministratorLooksAfterOne(t *testing.T) {
	t.Parallel()
	s := start(t, webhooksHere)
	s.stock("TEA", 10, "10.00")
	r := newReceiver(t, "")
	var made struct {
		ID     int64
		Secret string
	}
	unmarshal(t, s.admin.Do(t, "POST", "/orders/webhooks", m{"url": r.URL}).Want(201), &made)
	r.mu.Lock()
	r.secret = made.Secret
	r.mu.Unlock()
	address := fmt.Sprintf("/orders/webhooks/%d", made.ID)
	var went struct{ Delivered bool }
	unmarshal(t, s.admin.Do(t, "POST", address+"/test", nil).Want(200), &went)
	if !went.Delivered {
		t.Error("the test was not delivered")
	}
	s.bob.Do(t, "POST", "/orders/", m{"id": "A", "items": []m{{"sku": "TEA", "quantity": 1}}}).Want(201)
	s.bob.Do(t, "PUT", "/orders/A", m{"status": "cancelled"}).Want(200)
	type entry struct{ ID, Status, Type string }
	var list []entry
	kittest.Eventually(t, "both events have arrived", func() bool {
		list = nil
		unmarshal(t, s.admin.Do(t, "GET", address+"/deliveries", nil).Want(200), &list)
		return len(list) == 2 && list[0].Status == "delivered" && list[1].Status == "delivered"
	})
	r.mu.Lock()
	if story := r.told["A"]; !slices.Equal(story, []string{"order.created", "order.status_changed"}) {
		t.Errorf("told %v", story)
	}
	r.mu.Unlock()
	pages := follow[map[string]any](t, s.admin, address+"/deliveries?limit=1", nil)
	if len(pages) != 2 || pages[0][0]["id"] != list[0].ID || pages[1][0]["id"] != list[1].ID {
		t.Errorf("pages %v", pages)
	}
	s.admin.Do(t, "POST", "/orders/webhooks/deliveries/"+list[1].ID+"/redeliver", nil).Want(202)
	kittest.Eventually(t, "it came again", func() bool { return r.repeated() == 1 })
	s.admin.Do(t, "DELETE", address, nil).Want(204)
	s.bob.Do(t, "POST", "/orders/", lines("TEA", 1)).Want(201)
	if n := s.count(`SELECT count(*) FROM webhook_deliveries WHERE order_id <> 'A'`); n != 0 {
		t.Errorf("%d deliveries for a deleted webhook", n)
	}
	s.audit()
}
