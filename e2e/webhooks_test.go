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
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"microdemo/kit/kittest"
)

const webhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// webhooksHere lets webhooks go to this machine.
func webhooksHere(s *system) { s.orders.WebhookAllowPrivate = true }

// receiver gets webhooks and verifies each with the library of Standard Webhooks.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	told    map[string][]string // of each order the types of events, each once, as they first came
	ids     map[string]int      // of each webhook-id how often it came
	handler func(w http.ResponseWriter, r *http.Request, messages int)
}

func newReceiver(t *testing.T, secret string) *receiver {
	t.Helper()
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{told: map[string][]string{}, ids: map[string]int{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return // the sender has gone
		}
		var message struct {
			Type string
			Data struct{ Order struct{ ID string } }
		}
		err = verifier.Verify(body, req.Header)
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
	binary := build(t, "orders")
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
		"RECONCILE_INTERVAL=100ms", "RECONCILE_GRACE=300ms", "WEBHOOK_ALLOW_PRIVATE=true",
		"WEBHOOK_URLS=" + calm.URL + "," + hanging.URL, "WEBHOOK_SECRET=" + webhookSecret,
		"WEBHOOK_TIMEOUT=10s", "WEBHOOK_LEASE=10s", "WEBHOOK_INTERVAL=50ms", "WEBHOOK_BACKOFF=20ms", fmt.Sprint("WEBHOOK_CONCURRENCY=", concurrency),
	}
	victim := s.process(binary, s.orders.Settings, env...)
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
	for range 2 {
		s.process(binary, s.orders.Settings, env...)
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

func TestWebhooks_ManagedThroughTheGateway(t *testing.T) {
	t.Parallel()
	s := start(t, webhooksHere, func(s *system) { s.orders.WebhookInterval = 50 * time.Millisecond })
	s.stock("TEA", 10, "10.00")
	var made struct {
		ID     int64
		Secret string
	}
	r := newReceiver(t, webhookSecret)
	r.Close() // until the secret is known, nothing may arrive
	unmarshal(t, s.admin.Do(t, "POST", "/orders/webhooks", m{"url": r.URL, "events": []string{"order.created"}}).Want(201), &made)
	var went struct {
		Delivered bool
		Error     string
	}
	unmarshal(t, s.admin.Do(t, "POST", fmt.Sprintf("/orders/webhooks/%d/test", made.ID), nil).Want(200), &went)
	if went.Delivered || went.Error != "The connection was refused." {
		t.Errorf("%+v", went)
	}
	s.admin.Do(t, "DELETE", fmt.Sprintf("/orders/webhooks/%d", made.ID), nil).Want(204)
	s.bob.Do(t, "POST", "/orders/", lines("TEA", 1)).Want(201)
	if n := s.count(`SELECT count(*) FROM webhook_deliveries`); n != 0 {
		t.Errorf("%d deliveries for a deleted webhook", n)
	}
	s.audit()
}
