package orders_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/orders"
)

// replicas are two orders services on one database and one Redis. Each client
// owns an order, ORD-0 and so on.
type replicas struct {
	clients [2]kittest.Client // administrators
	envs    [2]kit.Env
	db      *pgxpool.Pool
	answers atomic.Int64
}

func startReplicas(t *testing.T, redis kit.Secret, owned int) *replicas {
	t.Helper()
	r := &replicas{}
	config := alone(t)
	config.RedisURL = redis
	for i := range r.clients {
		r.envs[i] = kittest.Env(t)
		service, err := orders.New(t.Context(), config, r.envs[i])
		base, _ := kittest.Serve(t, service, err)
		r.clients[i] = kittest.Client{Base: base, Token: kittest.Token(t, 1, kit.RoleAdmin)}
	}
	db := openPool(t, config.DatabaseURL)
	r.db = db
	for _, sql := range []string{
		`INSERT INTO orders (id, user_id, status, total, imported) SELECT 'ORD-' || i, 1, 'pending', 10, true FROM generate_series(0, $1 - 1) AS i`,
		`INSERT INTO order_lines (order_id, position, sku, quantity, price, created_at)
		SELECT id, 0, 'TEA', 1, 10, created_at FROM orders WHERE $1 > 0`,
	} {
		if _, err := db.Exec(t.Context(), sql, owned); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func (r *replicas) hits(t *testing.T) (sum float64) {
	for _, env := range r.envs {
		sum += kittest.Counter(t, env, "cache_reads_total", "result", "hit")
	}
	return sum
}

// use changes and reads one order, through one replica after the other, until
// stop. What it reads is what it wrote last.
func (r *replicas) use(t *testing.T, id int, stop *atomic.Bool) {
	path := fmt.Sprintf("/orders/ORD-%d", id)
	statuses := []string{"processing", "shipped", "cancelled", "pending"} // from each to the next
	status := "pending"
	for n := 0; !stop.Load(); n++ {
		client, method, body := r.clients[n%2], http.MethodGet, any(nil)
		if rand.N(4) == 0 {
			next := statuses[0]
			for i, s := range statuses[:3] {
				if s == status {
					next = statuses[i+1]
				}
			}
			method, body, status = http.MethodPut, map[string]string{"status": next}, next
		}
		answer, err := client.Try(method, path, body)
		if err != nil || answer.Status != http.StatusOK {
			t.Errorf("%s %s: %d %s %v", method, path, answer.Status, answer.Raw, err)
			return
		}
		var got struct {
			Status string `json:"status"`
		}
		if err := json.Unmarshal(answer.Raw, &got); err != nil {
			t.Error(err)
		}
		if got.Status != status {
			t.Errorf("%s %s answered %s after it was made %s", method, path, got.Status, status)
			return
		}
		r.answers.Add(1)
	}
}

func TestReplicas_ShowEveryClientItsLastWriteWhileRedisRestarts(t *testing.T) {
	t.Parallel()
	server := kittest.NewRedisServer(t)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	const clients = 8
	r := startReplicas(t, server.URL(), clients)
	var stop atomic.Bool
	var all sync.WaitGroup
	for id := range clients {
		all.Go(func() { r.use(t, id, &stop) })
	}
	defer all.Wait()
	defer stop.Store(true)
	for i := range 8 {
		hits := r.hits(t)
		kittest.Eventually(t, "the caches serve", func() bool { return r.hits(t) >= hits+20 || t.Failed() })
		if err := server.Save(); err != nil {
			t.Fatal(err)
		}
		server.Kill()
		if i%2 == 0 { // otherwise it is back before anybody takes notice
			answers := r.answers.Load()
			kittest.Eventually(t, "orders are served without Redis", func() bool { return r.answers.Load() >= answers+50 || t.Failed() })
		}
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReplicas_ServeBeforeRedisComes(t *testing.T) {
	t.Parallel()
	server := kittest.NewRedisServer(t)
	r := startReplicas(t, server.URL(), 1)
	read := func() { r.clients[0].Do(t, http.MethodGet, "/orders/ORD-0", nil).Want(http.StatusOK) }
	read()
	read()
	r.clients[0].Do(t, http.MethodPut, "/orders/ORD-0", map[string]string{"status": "processing"}).Want(http.StatusOK)
	r.clients[0].Do(t, http.MethodGet, "/orders/readyz", nil).Want(http.StatusOK)
	if hits := r.hits(t); hits != 0 {
		t.Errorf("%v hits without Redis", hits)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	kittest.Eventually(t, "the cache serves", func() bool { read(); return r.hits(t) > 0 })
}
