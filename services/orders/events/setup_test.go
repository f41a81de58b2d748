package events_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/orders/events"
)

// world is one or more replicas that stream events from one database. Orders ORD-2
// and ORD-3 are those of users 2 and 3; user 1 is an administrator.
type world struct {
	t        *testing.T
	common   kit.Settings
	settings events.Settings
	stall    time.Duration // 0 for the usual
	replicas []kittest.Client
	hubs     []*events.Hub
	envs     []kit.Env
	stops    []func()
	db       *kit.DB
}

// start starts replicas that look into the table only when they are woken, unless
// change says otherwise.
func start(t *testing.T, replicas int, change func(*world)) *world {
	t.Helper()
	w := &world{t: t, common: kittest.Settings(t), settings: kit.Defaults[events.Settings]()}
	w.settings.PollInterval = time.Hour
	if change != nil {
		change(w)
	}
	for range replicas {
		w.replica()
	}
	w.exec(`INSERT INTO orders (id, user_id, status, total, imported) SELECT 'ORD-' || i, i, 'pending', 10, true FROM generate_series(1, 3) AS i`)
	return w
}

// replica starts one more.
func (w *world) replica() kittest.Client {
	w.t.Helper()
	env := kittest.Env(w.t)
	db, cache, err := kit.Open(w.t.Context(), w.common, os.DirFS(".."), env)
	if err != nil {
		w.t.Fatal(err)
	}
	hub := events.NewHub(db, nil, w.settings, env)
	if w.stall != 0 {
		hub.SetStall(w.stall)
	}
	api := kit.NewAPI("orders", "", events.ProblemTypes, nil, w.common.Tokens(env.Now), env)
	hub.Register(api)
	base, stop := kittest.Serve(w.t, kit.NewService("orders", api, db, cache, env, hub.Workers()...), nil)
	if w.db == nil {
		w.db = db
	}
	client := kittest.Client{Base: base, Token: kittest.Token(w.t, 1, kit.RoleAdmin)}
	w.replicas, w.hubs = append(w.replicas, client), append(w.hubs, hub)
	w.envs, w.stops = append(w.envs, env), append(w.stops, stop)
	return client
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.db.Exec(w.t.Context(), sql, args...); err != nil {
		w.t.Fatal(err)
	}
}

// user is the client of a user at a replica.
func (w *world) user(id int64, replica int) kittest.Client {
	return w.replicas[replica].As(kittest.Token(w.t, id, kit.RoleUser))
}

// recordSQL appends n events of an order in one transaction, with descriptions of
// some size. No replica is woken.
const recordSQL = `
	WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock($1))
	INSERT INTO order_events (order_id, event_type, description)
	SELECT $2, $3, repeat('x', $5) FROM locked, generate_series(1, $4)`

func (w *world) record(orderID string, what events.Type, n, size int) {
	w.t.Helper()
	w.exec(recordSQL, events.LockKey, orderID, what, n, size)
}

// change appends one event of an order and wakes a replica, which announces it.
func (w *world) change(replica int, orderID string) {
	w.t.Helper()
	if err := w.tryChange(replica, orderID); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) tryChange(replica int, orderID string) error {
	defer w.hubs[replica].Wake()
	return w.db.Tx(w.t.Context(), func(tx pgx.Tx) error {
		e := events.Event{OrderID: orderID, Type: events.StatusChanged, UserID: new(int64(1))}
		if err := tx.QueryRow(w.t.Context(), `SELECT user_id FROM orders WHERE id = $1`, orderID).Scan(&e.Buyer); err != nil {
			return err
		}
		_, err := events.Append(w.t.Context(), tx, e)
		return err
	})
}

// eventOf reads an event that a stream has sent.
func eventOf(t *testing.T, said kittest.Said) (event events.Event) {
	t.Helper()
	if err := json.Unmarshal([]byte(said.Data), &event); err != nil {
		t.Fatalf("%v: %q", err, said.Data)
	}
	if said.ID != fmt.Sprint(event.ID) || said.Event != event.Name() {
		t.Errorf("the event %+v was sent as %s %s", event, said.ID, said.Event)
	}
	return event
}

// wantEvents waits for n events, numbered one after the other from after.
func wantEvents(t *testing.T, s *kittest.Stream, after int64, n int) {
	t.Helper()
	for i := range n {
		if event := eventOf(t, s.NextEvent()); event.ID != after+int64(i)+1 {
			t.Fatalf("event %d of %d is %d, want %d", i, n, event.ID, after+int64(i)+1)
		}
	}
}

// open is the gauge of open streams at a replica.
func (w *world) open(replica int) int {
	w.t.Helper()
	return int(metric(w.t, w.envs[replica], "event_streams", ""))
}

func (w *world) ended(replica int, reason string) int {
	w.t.Helper()
	return int(metric(w.t, w.envs[replica], "event_streams_ended_total", reason))
}

func metric(t *testing.T, env kit.Env, name, label string) float64 {
	t.Helper()
	families, err := env.Metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, m := range family.GetMetric() {
			if label == "" {
				return m.GetGauge().GetValue()
			}
			if m.GetLabel()[0].GetValue() == label {
				return m.GetCounter().GetValue()
			}
		}
	}
	t.Fatalf("there is no metric %s %s", name, label)
	return 0
}
