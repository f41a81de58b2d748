package orders_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/orders"
)

// eventful is one or more replicas of orders on one database. Orders ORD-2 and
// ORD-3 are those of users 2 and 3; user 1 is an administrator.
type eventful struct {
	t        *testing.T
	config   orders.Config
	replicas []kittest.Client // administrators
	envs     []kit.Env
	stops    []func()
	db       *pgxpool.Pool
}

// startEventful starts replicas that look into the table only when they were
// told to, unless change says otherwise.
func startEventful(t *testing.T, replicas int, change func(*orders.EventSettings)) *eventful {
	t.Helper()
	e := &eventful{t: t, config: orders.Config{
		Settings: kittest.Settings(t), ReconcileInterval: time.Hour, ReconcileGrace: time.Hour,
		EventSettings: orders.EventSettings{EventInterval: time.Hour},
	}}
	if change != nil {
		change(&e.config.EventSettings)
	}
	for range replicas {
		e.replica()
	}
	db, err := pgxpool.New(t.Context(), string(e.config.DatabaseURL))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	e.db = db
	e.exec(`INSERT INTO orders (id, user_id, status, total, imported) SELECT 'ORD-' || i, i, 'pending', 10, true FROM generate_series(1, 3) AS i`)
	return e
}

// replica starts one more.
func (e *eventful) replica() kittest.Client {
	e.t.Helper()
	env := kittest.Env(e.t)
	service, err := orders.New(e.t.Context(), e.config, env)
	base, stop := kittest.Serve(e.t, service, err)
	client := kittest.Client{Base: base, Token: kittest.Token(e.t, 1, kit.RoleAdmin)}
	e.replicas, e.envs, e.stops = append(e.replicas, client), append(e.envs, env), append(e.stops, stop)
	return client
}

func (e *eventful) exec(sql string, args ...any) {
	e.t.Helper()
	if _, err := e.db.Exec(e.t.Context(), sql, args...); err != nil {
		e.t.Fatal(err)
	}
}

// user is the client of a user at a replica.
func (e *eventful) user(id int64, replica int) kittest.Client {
	return e.replicas[replica].As(kittest.Token(e.t, id, kit.RoleUser))
}

// recordEvents is how events come to be, in SQL: n of an order, with a
// description of some size, in one transaction. Nobody is told.
const recordSQL = `
	WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock($1))
	INSERT INTO order_events (order_id, event_type, description)
	SELECT $2, $3, repeat('x', $5) FROM locked, generate_series(1, $4)`

func (e *eventful) record(orderID, eventType string, n, size int) {
	e.t.Helper()
	e.exec(recordSQL, orders.EventLock, orderID, eventType, n, size)
}

// change makes a change through a replica, which tells all of it.
func (e *eventful) change(replica int, orderID, status string) {
	e.t.Helper()
	e.replicas[replica].Do(e.t, http.MethodPut, "/orders/"+orderID, map[string]string{"status": status}).Want(http.StatusOK)
}

// eventOf reads an event that a stream has told.
func eventOf(t *testing.T, said kittest.Said) (event orders.Event) {
	t.Helper()
	if err := json.Unmarshal([]byte(said.Data), &event); err != nil {
		t.Fatalf("%v: %q", err, said.Data)
	}
	if said.ID != fmt.Sprint(event.ID) || said.Event != "order."+event.EventType {
		t.Errorf("the event %+v was told as %s %s", event, said.ID, said.Event)
	}
	return event
}

// wantEvents waits for n events, whose numbers follow each other behind after.
func wantEvents(t *testing.T, s *kittest.Stream, after int64, n int) {
	t.Helper()
	for i := range n {
		if event := eventOf(t, s.NextEvent()); event.ID != after+int64(i)+1 {
			t.Fatalf("event %d of %d is %d, want %d", i, n, event.ID, after+int64(i)+1)
		}
	}
}

// streamsOpen is the gauge of open streams at a replica.
func (e *eventful) streamsOpen(replica int) int {
	e.t.Helper()
	return int(metric(e.t, e.envs[replica], "event_streams", ""))
}

func (e *eventful) ended(replica int, reason string) int {
	e.t.Helper()
	return int(metric(e.t, e.envs[replica], "event_streams_ended_total", reason))
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
