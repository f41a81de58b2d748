package audit

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/inventory"
	"microdemo/services/orders"
	"microdemo/services/users"
	"microdemo/tool"
)

func TestMain(m *testing.M) { kittest.Main(m) }

// audited is the databases of a system in which every check passes.
type audited struct {
	t       *testing.T
	options Options
	out     strings.Builder
	waits   int    // how often an audit waited for a second look
	between func() // runs while it waits
}

// good is one database with a schema for each service. Tests copy it, which is much
// faster than three databases and their migrations for each test.
var good struct {
	once   sync.Once
	copies atomic.Int64
}

const goodName = "audit_good"

func newAudited(t *testing.T) *audited {
	t.Helper()
	server := kittest.Postgres(t)
	good.once.Do(func() { makeGood(t) })
	name := fmt.Sprintf("audit_%d", good.copies.Add(1))
	exec(t, kit.Secret(server.URL("postgres")), `CREATE DATABASE `+name+` TEMPLATE `+goodName)
	a := &audited{t: t, options: Options{
		Databases: tool.Databases{Users: schema(t, name, "users"), Orders: schema(t, name, "orders"), Inventory: schema(t, name, "inventory")},
		Grace:     time.Minute,
	}}
	a.options.Out = &a.out
	a.options.wait = func(context.Context, time.Duration) error {
		a.waits++
		if a.between != nil {
			a.between()
		}
		return nil
	}
	return a
}

func makeGood(t *testing.T) {
	t.Helper()
	server := kittest.Postgres(t)
	ctx := t.Context()
	if err := server.CreateDatabase(ctx, goodName); err != nil {
		t.Fatal(err)
	}
	exec(t, kit.Secret(server.URL(goodName)), `CREATE SCHEMA users; CREATE SCHEMA inventory; CREATE SCHEMA orders`)
	settings := func(service string) kit.Settings {
		s := kit.Defaults[kit.Settings]()
		s.DatabaseURL, s.RedisURL, s.JWTSecretKey = schema(t, goodName, service), kittest.Redis(t), kittest.Secret
		return s
	}
	migrate := func(service *kit.Service, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		service.Close()
	}
	migrate(users.New(ctx, users.Config{Settings: settings("users")}, kittest.Env(t)))
	migrate(inventory.New(ctx, inventory.Config{Settings: settings("inventory")}, kittest.Env(t)))
	config := kit.Defaults[orders.Config]()
	config.Settings = settings("orders")
	migrate(orders.New(ctx, config, kittest.Env(t)))
	exec(t, schema(t, goodName, "users"), goodUsers)
	exec(t, schema(t, goodName, "inventory"), goodStock)
	exec(t, schema(t, goodName, "orders"), goodOrders)
}

func schema(t *testing.T, database, name string) kit.Secret {
	t.Helper()
	return kit.Secret(kittest.Postgres(t).URL(database) + "&search_path=" + name)
}

func exec(t *testing.T, url kit.Secret, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), string(url))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// exec changes a service's database.
func (a *audited) exec(service, sql string) {
	a.t.Helper()
	for name, url := range a.options.Databases.All() {
		if name == service {
			exec(a.t, *url, sql)
		}
	}
}

func (a *audited) audit() (broken int) {
	a.t.Helper()
	a.out.Reset()
	broken, err := Run(a.t.Context(), a.options)
	if err != nil {
		a.t.Fatalf("%v\n%s", err, a.out.String())
	}
	return broken
}

// wantBroken fails the test unless exactly these checks fail.
func (a *audited) wantBroken(holds ...string) {
	a.t.Helper()
	if broken := a.audit(); broken != len(holds) {
		a.t.Errorf("%d broken, want %d:\n%s", broken, len(holds), &a.out)
	}
	for _, h := range holds {
		if !strings.Contains(a.out.String(), "BROKEN  "+h) {
			a.t.Errorf("not reported: %s\n%s", h, &a.out)
		}
	}
}
