package orders_test

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

	"github.com/jackc/pgx/v5/pgxpool"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/orders"
	"microdemo/services/orders/events"
)

type m = map[string]any

// hooked is an orders service with owned orders, ORD-0 and so on, and receivers.
type hooked struct {
	t      *testing.T
	config orders.Config
	env    kit.Env
	client kittest.Client // an administrator
	db     *pgxpool.Pool
	stop   func()
}

// soon are settings with which everything happens at once.
var soon = orders.WebhookSettings{
	WebhookAllowPrivate: true, WebhookInterval: 20 * time.Millisecond, WebhookBackoff: 10 * time.Millisecond, WebhookAttempts: 20,
}

func startHooked(t *testing.T, settings orders.WebhookSettings) *hooked {
	t.Helper()
	h := &hooked{t: t, config: alone(t)}
	h.config.WebhookSettings = settings
	h.client, h.stop = h.replica()
	db, err := pgxpool.New(t.Context(), string(h.config.DatabaseURL))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	h.db = db
	return h
}

// replica starts one more service on the same database.
func (h *hooked) replica() (client kittest.Client, stop func()) {
	h.t.Helper()
	h.env = kittest.Env(h.t)
	service, err := orders.New(h.t.Context(), h.config, h.env)
	base, stop := kittest.Serve(h.t, service, err)
	return kittest.Client{Base: base, Token: kittest.Token(h.t, 1, kit.RoleAdmin)}, stop
}

func (h *hooked) exec(sql string, args ...any) {
	h.t.Helper()
	if _, err := h.db.Exec(h.t.Context(), sql, args...); err != nil {
		h.t.Fatalf("%s: %v", sql, err)
	}
}

func (h *hooked) count(sql string, args ...any) (n int) {
	h.t.Helper()
	if err := h.db.QueryRow(h.t.Context(), sql, args...).Scan(&n); err != nil {
		h.t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// orders makes pending orders of one tea each.
func (h *hooked) orders(ids ...string) {
	h.t.Helper()
	h.exec(`INSERT INTO orders (id, user_id, status, total, imported) SELECT id, 2, 'pending', 10, true FROM unnest($1::text[]) AS o (id)`, ids)
	h.exec(`INSERT INTO order_lines (order_id, position, sku, quantity, price, created_at)
		SELECT id, 0, 'TEA', 1, 10, created_at FROM orders WHERE id = ANY ($1)`, ids)
}

// change takes an order through statuses.
func (h *hooked) change(id string, statuses ...string) {
	h.t.Helper()
	for _, status := range statuses {
		h.client.Do(h.t, "PUT", "/orders/"+id, m{"status": status}).Want(200)
	}
}

// add makes an endpoint of a receiver.
func (h *hooked) add(r *receiver, events ...string) (id int64) {
	h.t.Helper()
	body := m{"url": r.server.URL + "/hooks?x=1"}
	if events != nil {
		body["events"] = events
	}
	var made orders.NewEndpoint
	h.client.Do(h.t, "POST", "/orders/webhooks", body).Want(201).Into(&made)
	r.trust(made.Secret)
	return made.ID
}

// deliveries are those of an endpoint, oldest first.
func (h *hooked) deliveries(endpoint int64) (list []orders.Delivery) {
	h.t.Helper()
	h.client.Do(h.t, "GET", fmt.Sprintf("/orders/webhooks/%d/deliveries", endpoint), nil).Want(200).Into(&list)
	slices.Reverse(list)
	return list
}

// eventually waits until the deliveries of an endpoint have these statuses,
// oldest first.
func (h *hooked) eventually(endpoint int64, statuses ...string) []orders.Delivery {
	h.t.Helper()
	var list []orders.Delivery
	kittest.Eventually(h.t, fmt.Sprint("deliveries are ", statuses), func() bool {
		list = h.deliveries(endpoint)
		return slices.EqualFunc(list, statuses, func(d orders.Delivery, status string) bool { return d.Status == status })
	})
	return list
}

func (h *hooked) endpoint(id int64) orders.Endpoint {
	h.t.Helper()
	var list []orders.Endpoint
	h.client.Do(h.t, "GET", "/orders/webhooks", nil).Want(200).Into(&list)
	i := slices.IndexFunc(list, func(e orders.Endpoint) bool { return e.ID == id })
	if i < 0 {
		h.t.Fatalf("there is no endpoint %d in %v", id, list)
	}
	return list[i]
}

// got is what a receiver was sent.
type got struct {
	ID   string
	Body []byte
	Type string
	Data struct {
		Order orders.Order `json:"order"`
		Event events.Event `json:"event"`
	}
	Timestamp time.Time
}

// receiver is where webhooks are sent to. It verifies each with the library of
// Standard Webhooks before it answers what a test says.
type receiver struct {
	t      *testing.T
	server *httptest.Server

	mu       sync.Mutex
	verifier *standardwebhooks.Webhook
	all      []got
	answer   func(w http.ResponseWriter, r *http.Request, g got)
}

// newReceiver makes a receiver that answers with 200, or as answer does.
func newReceiver(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, g got)) *receiver {
	t.Helper()
	r := &receiver{t: t, answer: answer}
	r.server = httptest.NewServer(r)
	t.Cleanup(r.server.Close)
	return r
}

func (r *receiver) trust(secret string) {
	r.t.Helper()
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		r.t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.verifier = verifier
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the sender has gone
	}
	r.mu.Lock()
	err = r.verifier.Verify(body, req.Header)
	g := got{ID: req.Header.Get("webhook-id"), Body: body}
	if err == nil {
		err = json.Unmarshal(body, &g)
	}
	r.all = append(r.all, g)
	answer := r.answer
	r.mu.Unlock()
	if err != nil || req.Method != http.MethodPost || req.Header.Get("Content-Type") != "application/json" {
		r.t.Errorf("%s %s: %v", req.Method, g.ID, err)
	}
	if answer != nil {
		answer(w, req, g)
	}
}

// answers changes what it answers from now on.
func (r *receiver) answers(answer func(w http.ResponseWriter, r *http.Request, g got)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

func (r *receiver) got() []got {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.all)
}

// story is what it was told, each message once, as "order: new status".
func (r *receiver) story() (story []string) {
	seen := map[string]bool{}
	for _, g := range r.got() {
		if !seen[g.ID] {
			seen[g.ID] = true
			story = append(story, fmt.Sprint(g.Data.Event.OrderID, ": ", g.Data.Order.Status))
		}
	}
	return story
}

func status(code int) func(http.ResponseWriter, *http.Request, got) {
	return func(w http.ResponseWriter, _ *http.Request, _ got) { w.WriteHeader(code) }
}

// hang answers nothing until the sender gives up.
func hang(_ http.ResponseWriter, r *http.Request, _ got) { <-r.Context().Done() }
