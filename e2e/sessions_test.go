package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/inventory"
	"microdemo/services/orders"
)

// everywhere are addresses that each service opens to every user.
var everywhere = []string{"/users/me", "/orders/", "/inventory/"}

func (s *system) wantOpen(client kittest.Client) {
	s.t.Helper()
	for _, address := range everywhere {
		client.Do(s.t, "GET", address, nil).Want(200)
	}
}

// eventuallyClosed waits until no service takes a client's token.
func (s *system) eventuallyClosed(client kittest.Client) {
	s.t.Helper()
	for _, address := range everywhere {
		kittest.Eventually(s.t, address+" is closed", func() bool { return client.Do(s.t, "GET", address, nil).Status == 401 })
	}
	client.Do(s.t, "POST", "/orders/", lines("TEA", 1)).WantProblem(401, "")
}

// TestRemovedAccess_IsSeenByEveryService removes it in every way there is, with
// Redis and without.
func TestRemovedAccess_IsSeenByEveryService(t *testing.T) {
	t.Parallel()
	redis := kittest.NewRedisServer(t)
	if err := redis.Start(); err != nil {
		t.Fatal(err)
	}
	s := &system{t: t, users: usersConfig(kittest.Settings(t)), inventory: inventory.Config{Settings: kittest.Settings(t)}}
	s.users.RedisURL, s.inventory.RedisURL = redis.URL(), redis.URL()+"?db=1"
	s.start(func(s *system) { s.orders.RedisURL = redis.URL() + "?db=2" })
	s.stock("TEA", 100, "10.00")
	for _, away := range []bool{false, true} {
		if away {
			redis.Kill()
		}
		for name, remove := range map[string]func(client kittest.Client, id int64) kittest.Answer{
			"deactivated": func(_ kittest.Client, id int64) kittest.Answer {
				return s.admin.Do(t, "PUT", fmt.Sprintf("/users/%d", id), m{"is_active": false})
			},
			"deleted": func(_ kittest.Client, id int64) kittest.Answer {
				return s.admin.Do(t, "DELETE", fmt.Sprintf("/users/%d", id), nil)
			},
			"promoted": func(_ kittest.Client, id int64) kittest.Answer {
				return s.admin.Do(t, "PUT", fmt.Sprintf("/users/%d", id), m{"role": "admin"})
			},
			"reset": func(_ kittest.Client, id int64) kittest.Answer {
				return s.admin.Do(t, "POST", fmt.Sprintf("/users/%d/reset_password", id), nil)
			},
			"signed out": func(client kittest.Client, _ int64) kittest.Answer {
				return client.Do(t, "POST", "/users/logout", nil)
			},
		} {
			t.Run(fmt.Sprintf("%s, Redis away %v", name, away), func(t *testing.T) {
				client, id := s.register(fmt.Sprintf("%s-%v@example.com", strings.ReplaceAll(name, " ", "-"), away))
				s.wantOpen(client)
				client.Do(t, "POST", "/orders/", lines("TEA", 1)).Want(201)
				if answer := remove(client, id); answer.Status >= 300 {
					t.Fatalf("answered %d: %s", answer.Status, answer.Raw)
				}
				s.eventuallyClosed(client)
			})
		}
	}
	s.wantOpen(s.bob)
}

func TestRemovedAccess_IsSeenByAServiceThatWasAwayThen(t *testing.T) {
	t.Parallel()
	s := start(t)
	eve, eveID := s.register("eve@example.com")
	orders := s.startOrders // another replica
	s.wantOpen(eve)
	s.admin.Do(t, "PUT", fmt.Sprintf("/users/%d", eveID), m{"is_active": false}).Want(200)
	eve.Base = orders()
	eve.Do(t, "GET", "/orders/", nil).WantProblem(401, "") // from its first answer on
}

// TestUsersAway_LeavesWhatIsReadAndRefusesWhatChanges shows what orders and
// inventory do when nobody can tell them who was signed out.
func TestUsersAway_LeavesWhatIsReadAndRefusesWhatChanges(t *testing.T) {
	t.Parallel()
	const soon = 300 * time.Millisecond
	s := &system{t: t, users: usersConfig(kittest.Settings(t)), inventory: inventory.Config{Settings: kittest.Settings(t)}}
	s.inventory.RevocationsTrust, s.inventory.RevocationsInterval = soon, soon/10
	s.start(func(s *system) { s.orders.RevocationsTrust, s.orders.RevocationsInterval = soon, soon/10 })
	eve, _ := s.register("eve@example.com")
	s.stock("TEA", 100, "10.00")
	s.bob.Do(t, "POST", "/orders/", m{"id": "A", "items": []m{{"sku": "TEA", "quantity": 1}}}).Want(201)
	eve.Do(t, "POST", "/users/logout", nil).Want(204)
	kittest.Eventually(t, "Eve is out", func() bool {
		return eve.Do(t, "GET", "/orders/", nil).Status == 401 && eve.Do(t, "GET", "/inventory/", nil).Status == 401
	})
	s.stopUsers()
	kittest.Eventually(t, "orders can be changed no more", func() bool {
		return s.bob.Do(t, "PUT", "/orders/A", m{}).Status == 503
	})
	kittest.Eventually(t, "items can be changed no more", func() bool {
		return s.admin.Do(t, "POST", "/inventory/", m{"sku": "new", "qty": -1}).Status == 503
	})
	if answer := s.bob.Do(t, "PUT", "/orders/A", m{"status": "cancelled"}); answer.WantProblem(503, "").Detail == "" || answer.Header.Get("Retry-After") == "" {
		t.Errorf("answered %s", answer.Raw)
	}
	for _, address := range []string{"/orders/A", "/inventory/sku/TEA"} {
		s.bob.Do(t, "GET", address, nil).Want(200)
		eve.Do(t, "GET", address, nil).WantProblem(401, "")
	}
	s.bob.Do(t, "GET", "/orders/readyz", nil).Want(200) // it can be read
}

func TestServices_AreNotReadyBeforeTheyKnowWhoWasSignedOut(t *testing.T) {
	t.Parallel()
	later := kittest.Listen(t).Addr().String() // accepts, and says nothing
	for name, build := range map[string]func(env kit.Env) (*kit.Service, error){
		"orders": func(env kit.Env) (*kit.Service, error) {
			config := kit.Defaults[orders.Config]()
			config.Settings, config.UsersURL, config.InventoryURL = kittest.Settings(t), "http://"+later, "http://"+later
			return orders.New(t.Context(), config, env)
		},
		"inventory": func(env kit.Env) (*kit.Service, error) {
			return inventory.New(t.Context(), inventory.Config{Settings: kittest.Settings(t), UsersURL: "http://" + later}, env)
		},
	} {
		service, err := build(kittest.Env(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(service.Close)
		client := kittest.Client{Base: serveHandler(t, service.API)}
		if answer := client.Do(t, "GET", "/readyz", nil).Want(503); !strings.Contains(string(answer.Raw), "not loaded yet") {
			t.Errorf("%s: %s", name, answer.Raw)
		}
		client.Do(t, "GET", "/healthz", nil).Want(200)
		client.As(kittest.Token(t, 1, kit.RoleUser)).Do(t, "GET", "/"+name+"/", nil).WantProblem(503, "")
	}
}

// TestSignIn_IsThrottledByTheAddressBehindTheGateway needs the gateway to say
// truly where a request comes from.
func TestSignIn_IsThrottledByTheAddressBehindTheGateway(t *testing.T) {
	t.Parallel()
	s := &system{t: t, users: usersConfig(kittest.Settings(t)), inventory: inventory.Config{Settings: kittest.Settings(t)}}
	s.users.SignInLimit, s.users.TrustedProxies = "3/3h", "127.0.0.1"
	s.start()
	for i := range 4 {
		status := 401
		if i == 3 {
			status = 429
		}
		// What the client says about its address does not help it.
		answer := s.anyone.Do(t, "POST", "/users/login", m{"email": "admin@test.com", "password": "wrong-password"},
			"X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i), "X-Real-IP", fmt.Sprintf("203.0.113.%d", i))
		if answer.WantProblem(status, ""); status == 429 && answer.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	s.wantOpen(s.bob)
}

// TestKeys_RotateWithoutSigningAnybodyOut changes the key of the three services,
// one process after the other, as docs/kubernetes.md says.
func TestKeys_RotateWithoutSigningAnybodyOut(t *testing.T) {
	t.Parallel()
	s := start(t)
	const next = kit.Secret("another-key-for-tests-only-0123456789abcdef")
	s.stock("TEA", 100, "10.00")
	s.stopOrders() // from here on, processes serve
	s.stopInventory()
	s.stopUsers()
	users := s.deploy("users", s.users.Settings)
	inventory := s.deploy("inventory", s.inventory.Settings, "USERS_URL="+users.url())
	orders := s.deploy("orders", s.orders.Settings, "USERS_URL="+users.url(), "INVENTORY_URL="+inventory.url())
	s.anyone.Base = startGateway(t, backends{users.addr, orders.addr, inventory.addr, ""})
	s.bob.Base = s.anyone.Base
	roll := func(key, previous kit.Secret, each func()) {
		for _, d := range []*deployment{users, inventory, orders} {
			d.settings.JWTSecretKey = key
			d.env = append(d.env, "JWT_PREVIOUS_SECRET_KEY="+string(previous), "SHUTDOWN_DELAY=0s")
			d.roll()
			each()
		}
	}
	works := func(client kittest.Client) func() {
		return func() {
			t.Helper()
			s.wantOpen(client)
			client.Do(t, "POST", "/orders/", lines("TEA", 1)).Want(201)
		}
	}
	old := s.bob
	roll(kittest.Secret, next, works(old)) // everybody learns the new one
	roll(next, kittest.Secret, func() {    // and then signs with it
		works(old)()
		works(s.login("bob@example.com", "password123"))()
	})
	latest := s.login("bob@example.com", "password123")
	roll(next, "", func() { works(latest)() })
	for _, address := range everywhere {
		old.Do(t, "GET", address, nil).WantProblem(401, "")
	}
	if _, err := kit.NewTokens(next, time.Now).Verify(latest.Token); err != nil {
		t.Error(err)
	}
}

// serveHandler serves without what else belongs to a service, such as its
// workers.
func serveHandler(t *testing.T, handler http.Handler) string {
	t.Helper()
	l := kittest.Listen(t)
	server := &http.Server{Handler: handler, ReadHeaderTimeout: kittest.Deadline}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + l.Addr().String()
}
