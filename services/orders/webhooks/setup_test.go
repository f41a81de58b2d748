package webhooks_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/orders/events"
	"microdemo/services/orders/webhooks"
)

type m = map[string]any

// world is a replica that sends webhooks, with a database that has orders, and
// receivers.
type world struct {
	t        *testing.T
	common   kit.Settings
	settings webhooks.Settings
	env      kit.Env
	client   kittest.Client // an administrator
	sender   *webhooks.Sender
	db       *kit.DB
	stop     func()
}

// soon are settings with which everything happens at once.
func soon() webhooks.Settings {
	s := kit.Defaults[webhooks.Settings]()
	s.AllowPrivate, s.Interval, s.Backoff, s.Attempts = true, 20*time.Millisecond, 10*time.Millisecond, 20
	return s
}

func start(t *testing.T, settings webhooks.Settings) *world {
	t.Helper()
	w := &world{t: t, common: kittest.Settings(t), settings: settings}
	w.replica()
	db, err := pgxpool.New(t.Context(), string(w.common.DatabaseURL))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	w.db = &kit.DB{Pool: db}
	return w
}

// replica starts one more on the same database, which is then the one in use.
func (w *world) replica() {
	w.t.Helper()
	w.env = kittest.Env(w.t)
	db, cache, err := kit.Open(w.t.Context(), w.common, os.DirFS(".."), w.env)
	if err != nil {
		w.t.Fatal(err)
	}
	if w.sender, err = webhooks.New(w.t.Context(), db, w.settings, w.env); err != nil {
		w.t.Fatal(err)
	}
	api := kit.NewAPI("orders", "", webhooks.ProblemTypes, webhooks.Rules, w.common.Tokens(w.env.Now), w.env)
	w.sender.Register(api)
	base, stop := kittest.Serve(w.t, kit.NewService("orders", api, db, cache, w.env, w.sender.Workers()...), nil)
	w.client, w.stop = kittest.Client{Base: base, Token: kittest.Token(w.t, 1, kit.RoleAdmin)}, stop
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.db.Exec(w.t.Context(), sql, args...); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

func (w *world) count(sql string, args ...any) (n int) {
	w.t.Helper()
	if err := w.db.QueryRow(w.t.Context(), sql, args...).Scan(&n); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// orders makes pending orders.
func (w *world) orders(ids ...string) {
	w.t.Helper()
	w.exec(`INSERT INTO orders (id, user_id, status, total, imported) SELECT id, 2, 'pending', 10, true FROM unnest($1::text[]) AS o (id)`, ids)
}

// change takes an order through statuses.
func (w *world) change(id string, statuses ...string) {
	w.t.Helper()
	for _, status := range statuses {
		if err := w.tell(w.sender, id, events.StatusChanged, status); err != nil {
			w.t.Fatal(err)
		}
	}
}

// tell appends and queues an event of an order that has a status after it.
func (w *world) tell(sender *webhooks.Sender, id string, what events.Type, status string) error {
	defer sender.Wake()
	ctx := w.t.Context()
	return w.db.Tx(ctx, func(tx pgx.Tx) error {
		if err := webhooks.Lock(ctx, tx, id); err != nil {
			return err
		}
		list, err := events.Append(ctx, tx, events.Event{OrderID: id, Type: what, Buyer: 2})
		if err != nil {
			return err
		}
		return webhooks.Enqueue(ctx, tx, list, [][]byte{fmt.Appendf(nil, `{"id":%q,"status":%q}`, id, status)})
	})
}

// add makes an endpoint of a receiver.
func (w *world) add(r *receiver, events ...string) (id int64) {
	w.t.Helper()
	body := m{"url": r.server.URL + "/hooks?x=1"}
	if events != nil {
		body["events"] = events
	}
	var made webhooks.NewEndpoint
	w.client.Do(w.t, "POST", "/orders/webhooks", body).Want(201).Into(&made)
	r.trust(made.Secret)
	return made.ID
}

// deliveries are those of an endpoint, oldest first.
func (w *world) deliveries(endpoint int64) (list []webhooks.Delivery) {
	w.t.Helper()
	w.client.Do(w.t, "GET", fmt.Sprintf("/orders/webhooks/%d/deliveries", endpoint), nil).Want(200).Into(&list)
	slices.Reverse(list)
	return list
}

// eventually waits until the deliveries of an endpoint have these statuses,
// oldest first.
func (w *world) eventually(endpoint int64, statuses ...string) []webhooks.Delivery {
	w.t.Helper()
	var list []webhooks.Delivery
	kittest.Eventually(w.t, fmt.Sprint("deliveries are ", statuses), func() bool {
		list = w.deliveries(endpoint)
		return slices.EqualFunc(list, statuses, func(d webhooks.Delivery, status string) bool { return d.Status == status })
	})
	return list
}

func (w *world) endpoint(id int64) webhooks.Endpoint {
	w.t.Helper()
	var list []webhooks.Endpoint
	w.client.Do(w.t, "GET", "/orders/webhooks", nil).Want(200).Into(&list)
	i := slices.IndexFunc(list, func(e webhooks.Endpoint) bool { return e.ID == id })
	if i < 0 {
		w.t.Fatalf("there is no endpoint %d in %v", id, list)
	}
	return list[i]
}

// got is what a receiver was sent.
type got struct {
	ID   string
	Body []byte
	Type string
	Data struct {
		Order struct{ ID, Status string }
		Event events.Event
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
