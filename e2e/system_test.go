// Package e2e holds journeys over the whole system: the production services and
// the gateway, talking HTTP, on real PostgreSQL. With MICRODEMO_E2E_GATEWAY=nginx
// those that a gateway could change go through the cluster's instead of the one in
// Go, and images and rolling updates are tested.
package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/inventory"
	"microdemo/services/orders"
	"microdemo/services/users"
	"microdemo/tool"
	"microdemo/tool/audit"
	"microdemo/tool/gateway"
)

// system is a whole microdemo for one test.
type system struct {
	t             testing.TB
	orders        orders.Config // as it was started
	inventory     inventory.Config
	users         users.Config
	usersURL      string
	inventoryURL  string
	stopUsers     func()
	stopInventory func()
	stopOrders    func()

	anyone kittest.Client // no token
	admin  kittest.Client // the first administrator
	bob    kittest.Client // a user
	bobID  int64
}

// option changes how a system is started. It sees the users and inventory that
// run already.
type option func(s *system)

// unawareOfRevocations lets orders learn of revoked sessions only when it starts.
func unawareOfRevocations(s *system) {
	s.orders.RevocationsInterval, s.orders.RevocationsTrust = time.Hour, 2*time.Hour
}

// usersConfig is the configuration of users, without limits for signing in.
func usersConfig(settings kit.Settings) users.Config {
	c := kit.Defaults[users.Config]()
	c.Settings = settings
	c.SignInLimit, c.SignInAccountLimit, c.SignInAddressLimit = "off", "off", "off"
	return c
}

// start starts a system for a test that goes the same way through either gateway,
// and runs through the one in Go.
func start(t testing.TB, options ...option) *system {
	t.Helper()
	onlyThroughGo(t)
	return startBoth(t, options...)
}

// startBoth starts a system for a test of what a gateway could change.
func startBoth(t testing.TB, options ...option) *system {
	t.Helper()
	return prepare(t).start(options...)
}

// prepare configures a system whose users and inventory may be configured
// further before it is started.
func prepare(t testing.TB) *system {
	t.Helper()
	return &system{
		t:         t,
		users:     usersConfig(usersTemplate.Settings(t)),
		inventory: inventory.Config{Settings: inventoryTemplate.Settings(t)},
	}
}

func (s *system) start(options ...option) *system {
	t, ctx := s.t, s.t.Context()
	t.Helper()
	userService, err := users.New(ctx, s.users, kittest.Env(t))
	s.usersURL, s.stopUsers = kittest.Serve(t, userService, err)
	s.inventory.UsersURL = s.usersURL
	inventoryService, err := inventory.New(ctx, s.inventory, kittest.Env(t))
	s.inventoryURL, s.stopInventory = kittest.Serve(t, inventoryService, err)
	s.orders = kit.Defaults[orders.Config]()
	s.orders.Settings, s.orders.UsersURL, s.orders.InventoryURL = ordersTemplate.Settings(t), s.usersURL, s.inventoryURL
	s.orders.ReconcileInterval = 100 * time.Millisecond
	for _, o := range options {
		o(s)
	}
	ordersURL := s.startOrders()

	to := backends{hostport(s.usersURL), hostport(ordersURL), hostport(s.inventoryURL), ""}
	s.anyone = kittest.Client{Check: checkAnswer}
	if throughNGINX() {
		to.web = serveWeb(t)
		s.anyone.Base = startNGINX(t, to)
	} else {
		s.anyone.Base = startGateway(t, to)
	}
	s.admin, s.bob, s.bobID = s.as(signedIn.admin), s.as(signedIn.bob), signedIn.bob.UserID
	return s
}

// as is a client of a caller who has signed in, with a new token.
func (s *system) as(c kit.Caller) kittest.Client {
	s.t.Helper()
	token, err := kit.NewTokens(kittest.Secret, time.Now).Issue(c.UserID, c.Email, c.Role, c.Session)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.anyone.As(token)
}

// startGateway serves the gateway in Go until the test ends, and gives its base
// URL.
func startGateway(t testing.TB, to backends) string {
	t.Helper()
	server := httptest.NewServer(gateway.New(gateway.Config{
		Users: parse(t, "http://"+to.users), Inventory: parse(t, "http://"+to.inventory), Orders: parse(t, "http://"+to.orders),
		Console: fstest.MapFS{
			"index.html": {}, "favicon.svg": {}, "favicon.ico": {}, "assets/x.js": {}, // what the routes are tried with
		},
		Log: slog.New(slog.DiscardHandler),
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// startOrders starts one more replica of orders and gives its address.
func (s *system) startOrders() string {
	s.t.Helper()
	service, err := orders.New(s.t.Context(), s.orders, kittest.Env(s.t))
	base, stop := kittest.Serve(s.t, service, err)
	s.stopOrders = stop
	return base
}

// settle starts one more replica of orders, which settles reservations at once.
func (s *system) settle() (stop func()) {
	s.t.Helper()
	config := s.orders
	config.ReconcileInterval, config.ReconcileGrace = 20*time.Millisecond, time.Millisecond
	service, err := orders.New(s.t.Context(), config, kittest.Env(s.t))
	_, stop = kittest.Serve(s.t, service, err)
	return stop
}

func parse(t testing.TB, base string) *url.URL {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

type token struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
}

func (s *system) login(email, password string) kittest.Client {
	s.t.Helper()
	var got token
	s.anyone.Do(s.t, "POST", "/users/login", m{"email": email, "password": password}).Want(200).Into(&got)
	return s.anyone.As(got.AccessToken)
}

func (s *system) register(email string) (kittest.Client, int64) {
	s.t.Helper()
	var got token
	s.anyone.Do(s.t, "POST", "/users/register", m{"name": "Bob", "email": email, "password": "password123"}).Want(201).Into(&got)
	client := s.anyone.As(got.AccessToken)
	var me struct{ ID int64 }
	unmarshal(s.t, client.Do(s.t, "GET", "/users/me", nil).Want(200), &me)
	return client, me.ID
}

// m is a JSON object.
type m = map[string]any

type item struct {
	ID        int64
	SKU       string
	Qty       int64
	Allocated int64
	Price     *string
}

type order struct {
	ID        string      `json:"id"`
	UserID    int64       `json:"user_id"`
	Total     string      `json:"total"`
	Status    string      `json:"status"`
	Items     []orderLine `json:"items"`
	CreatedAt time.Time   `json:"created_at"`
	UpdatedAt time.Time   `json:"updated_at"`
}

type orderLine struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
	Price    string `json:"price"`
}

// stock creates an item and gives its number.
func (s *system) stock(sku string, qty int, price string) int64 {
	s.t.Helper()
	var got item
	unmarshal(s.t, s.admin.Do(s.t, "POST", "/inventory/", m{"sku": sku, "qty": qty, "price": price}).Want(201), &got)
	return got.ID
}

// wantStock fails the test unless the item has this much to sell and owned.
func (s *system) wantStock(sku string, qty, allocated int64) {
	s.t.Helper()
	if got := s.item(sku); got.Qty != qty || got.Allocated != allocated {
		s.t.Errorf("%s: qty %d, allocated %d; want %d, %d", sku, got.Qty, got.Allocated, qty, allocated)
	}
}

// eventuallyStock waits until the item has this much to sell and owned.
func (s *system) eventuallyStock(sku string, qty, allocated int64) {
	s.t.Helper()
	kittest.EventuallySucceeds(s.t, func() error {
		if got := s.item(sku); got.Qty != qty || got.Allocated != allocated {
			return fmt.Errorf("%s: qty %d, allocated %d; want %d, %d", sku, got.Qty, got.Allocated, qty, allocated)
		}
		return nil
	})
}

func (s *system) item(sku string) item {
	s.t.Helper()
	var got item
	unmarshal(s.t, s.admin.Do(s.t, "GET", "/inventory/sku/"+sku, nil).Want(200), &got)
	return got
}

// wantOrders fails the test unless there are this many orders.
func (s *system) wantOrders(n int) {
	s.t.Helper()
	if got := s.admin.Do(s.t, "GET", "/orders/?limit=1", nil).Want(200).Header.Get("X-Total-Count"); got != fmt.Sprint(n) {
		s.t.Errorf("%s orders, want %d", got, n)
	}
}

// audit waits until everything that must hold does. journal lists the
// ids of orders that were acknowledged.
func (s *system) audit(journal ...string) {
	s.t.Helper()
	kittest.EventuallySucceeds(s.t, func() error {
		var out strings.Builder
		broken, err := audit.Run(context.Background(), audit.Options{
			Databases: tool.Databases{Users: s.users.DatabaseURL, Orders: s.orders.DatabaseURL, Inventory: s.inventory.DatabaseURL},
			Grace:     time.Second, Journal: strings.NewReader(strings.Join(journal, "\n")), Out: &out,
		})
		if err == nil && broken > 0 {
			err = fmt.Errorf("%d broken\n%s", broken, out.String())
		}
		return err
	})
}

// count runs a query that counts in the orders database.
func (s *system) count(query string, args ...any) (n int) {
	s.t.Helper()
	return countIn(s.t, s.orders.DatabaseURL, query, args...)
}

func countIn(t testing.TB, database kit.Secret, query string, args ...any) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), string(database))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if err := conn.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// lines makes the items of an order of one SKU.
func lines(sku string, quantity int) m {
	return m{"items": []m{{"sku": sku, "quantity": quantity}}}
}
