package e2e

import (
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

// faster is by how much the times of a rollout are shortened: how long a pod
// that stops still serves, and how long the gateway keeps its connections.
const faster = 5

func TestRollingRestart_ThroughNGINXLosesNothing(t *testing.T) {
	t.Parallel()
	onlyThroughNGINX(t)
	s := startBoth(t)
	s.stock("TEA", 1_000_000, "10.00")
	s.bob.Do(t, "POST", "/orders/", m{"id": "FIRST", "items": []m{{"sku": "TEA", "quantity": 1}}}).Want(201)
	s.stopOrders() // from here on, processes serve
	s.stopInventory()
	users := s.deploy("users", s.users.Settings)
	inventory := s.deploy("inventory", s.inventory.Settings, "USERS_URL="+users.url())
	orders := s.deploy("orders", s.orders.Settings, "USERS_URL="+users.url(), "INVENTORY_URL="+inventory.url())
	base := startNGINX(t, backends{users.addr, orders.addr, inventory.addr, users.addr},
		shorter(t, "keepalive_time"), shorter(t, "keepalive_timeout"))
	s.anyone.Base, s.admin.Base, s.bob.Base = base, base, base

	const requests, clients = 10_000, 16
	began := time.Now()
	var sent atomic.Int64
	var rolled atomic.Bool
	var mu sync.Mutex
	journal := []string{"FIRST"}
	var load sync.WaitGroup
	for range clients {
		load.Go(func() {
			for {
				n := sent.Add(1)
				if n > requests && rolled.Load() || t.Failed() {
					return
				}
				if id, err := s.oneOfMany(n); err != nil {
					t.Errorf("request %d: %v", n, err)
				} else if id != "" {
					mu.Lock()
					journal = append(journal, id)
					mu.Unlock()
				}
			}
		})
	}
	services := []*deployment{users, orders, inventory}
	rollouts := 0
	for rollouts < len(services) || sent.Load() < requests && !t.Failed() {
		services[rollouts%len(services)].roll()
		rollouts++
	}
	rolled.Store(true)
	load.Wait()
	t.Logf("%d requests in %s during %d rollouts", sent.Load()-clients, time.Since(began).Round(time.Millisecond), rollouts)
	if t.Failed() {
		return
	}
	s.eventuallyStock("TEA", int64(1_000_000-len(journal)), int64(len(journal)))
	if n := s.count(`SELECT count(*) FROM orders`); n != len(journal) {
		t.Errorf("%d orders, but %d were acknowledged", n, len(journal))
	}
	s.audit(journal...)
}

// oneOfMany makes one request of a load, and gives the id of the order that it
// has placed.
func (s *system) oneOfMany(n int64) (id string, err error) {
	want := 200
	var a kittest.Answer
	switch n % 8 {
	case 0, 1:
		id, want = fmt.Sprintf("ROLL-%d", n), 201
		a, err = s.bob.Try("POST", "/orders/", m{"id": id, "items": []m{{"sku": "TEA", "quantity": 1}}})
	case 2:
		a, err = s.bob.Try("GET", "/orders/?limit=5", nil)
	case 3:
		a, err = s.bob.Try("GET", "/orders/FIRST/timeline", nil)
	case 4:
		a, err = s.bob.Try("GET", "/inventory/sku/TEA", nil)
	case 5:
		a, err = s.admin.Try("GET", "/inventory/?limit=5", nil)
	case 6:
		a, err = s.bob.Try("PUT", "/users/me/preferences", m{"preferences": m{"n": n}})
	default:
		a, err = s.bob.Try("GET", "/users/me", nil)
	}
	if err == nil && a.Status != want {
		err = fmt.Errorf("%d, want %d: %s", a.Status, want, a.Raw)
	}
	return id, err
}

// deployment is a service of one process that is replaced while it is in use,
// behind an address that stays: what Kubernetes makes of a Deployment and its
// Service.
type deployment struct {
	s        *system
	addr     string
	service  string
	settings kit.Settings
	env      []string

	ready   atomic.Pointer[string] // where new connections go
	current process
}

func (s *system) deploy(name string, settings kit.Settings, env ...string) *deployment {
	s.t.Helper()
	l := kittest.Listen(s.t)
	s.t.Cleanup(func() { l.Close() })
	d := &deployment{s: s, addr: l.Addr().String(), service: name, settings: settings, env: env}
	d.env = append(d.env, fmt.Sprint("SHUTDOWN_DELAY=", shutdownDelay(s.t, name)/faster))
	d.replace()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go d.carry(conn)
		}
	}()
	return d
}

func (d *deployment) url() string { return "http://" + d.addr }

// replace starts a new process, sends new connections to it, and gives the one
// before.
func (d *deployment) replace() (old process) {
	old, d.current = d.current, d.s.process(d.service, d.settings, d.env...)
	addr := hostport(d.current.client.Base)
	d.ready.Store(&addr)
	return old
}

// roll replaces the process as a rolling update does, and waits until the old
// one has ended.
func (d *deployment) roll() {
	d.s.t.Helper()
	old := d.replace()
	if err := old.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		d.s.t.Error(err)
	}
	if err := old.cmd.Wait(); err != nil {
		d.s.t.Errorf("%s ended: %v", d.service, err)
	}
}

// carry passes a connection on to the process that is ready when it is made.
func (d *deployment) carry(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", *d.ready.Load())
	if err != nil {
		return
	}
	defer server.Close()
	var both sync.WaitGroup
	for from, to := range map[net.Conn]net.Conn{client: server, server: client} {
		both.Go(func() {
			if _, err := io.Copy(to, from); err != nil {
				client.Close()
				server.Close()
			}
			_ = to.(*net.TCPConn).CloseWrite() // the other side may have gone
		})
	}
	both.Wait()
}

// shutdownDelay is what the manifest of a service says.
func shutdownDelay(t testing.TB, service string) time.Duration {
	t.Helper()
	number := map[string]string{"users": "30", "orders": "31", "inventory": "32"}[service]
	raw, err := os.ReadFile("../k8s/base/" + number + "-" + service + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`name: SHUTDOWN_DELAY\s+value: (\S+)`).FindSubmatch(raw)
	if found == nil {
		t.Fatalf("the manifest of %s has no SHUTDOWN_DELAY", service)
	}
	return duration(t, string(found[1]))
}

// shorter makes a time of the upstreams shorter.
func shorter(t testing.TB, directive string) edit {
	t.Helper()
	found := regexp.MustCompile(` ` + directive + ` (\S+);`).FindStringSubmatch(readConf(t)["upstreams.conf"])
	if found == nil {
		t.Fatalf("upstreams.conf has no %s", directive)
	}
	short := duration(t, found[1]) / faster
	return edit{"upstreams.conf", found[0], fmt.Sprintf(" %s %dms;", directive, short.Milliseconds())}
}

func duration(t testing.TB, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
