// Package orders is the service that places orders: it checks the buyer with
// users, takes stock from inventory, records the order with its audit trail,
// and settles what failed half-way.
package orders

import (
	"context"
	"embed"
	"errors"
	"slices"
	"time"

	"microdemo/kit"
	"microdemo/kit/csvfile"
	"microdemo/services/orders/events"
	"microdemo/services/orders/webhooks"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config is what the orders service reads from its environment.
type Config struct {
	kit.Settings
	UsersURL     string `env:"USERS_URL" envDefault:"http://users:8000"`
	InventoryURL string `env:"INVENTORY_URL" envDefault:"http://inventory:8000"`

	// ReconcileInterval is how often reservations without an order are looked for.
	ReconcileInterval time.Duration `env:"RECONCILE_INTERVAL" envDefault:"10s"`

	// ReconcileGrace is how old a reservation must be to be looked at. Shorter
	// than an order takes is safe, but makes that order fail.
	ReconcileGrace time.Duration `env:"RECONCILE_GRACE" envDefault:"30s"`

	Webhooks webhooks.Settings
	Events   events.Settings
}

// Problems lists what is wrong with the configuration.
func (c Config) Problems() []error {
	problems := c.Settings.Problems()
	problems = append(problems, kit.CheckServiceURL("USERS_URL", c.UsersURL)...)
	problems = append(problems, kit.CheckServiceURL("INVENTORY_URL", c.InventoryURL)...)
	if c.ReconcileInterval <= 0 || c.ReconcileGrace <= 0 {
		problems = append(problems, errors.New("RECONCILE_INTERVAL and RECONCILE_GRACE must be more than 0s"))
	}
	return slices.Concat(problems, c.Webhooks.Problems(), c.Events.Problems())
}

// New builds the service: its database is migrated and connected when it
// returns.
func New(ctx context.Context, config Config, env kit.Env) (*kit.Service, error) {
	db, cache, err := kit.Open(ctx, config.Settings, migrations, env)
	if err != nil {
		return nil, err
	}
	tokens := config.Tokens(env.Now)
	store := &Store{db: db, cache: cache}
	sender, err := webhooks.New(ctx, db, config.Webhooks, env)
	if err != nil {
		db.Close()
		cache.Close()
		return nil, err
	}
	inventory := newInventoryClient(config.InventoryURL, tokens)
	settler := newSettler(store, inventory, config, env.Log)
	users := newUsersClient(config.UsersURL, tokens)
	var revocations *kit.Revocations
	if config.UsersURL != "" { // Problems refuses that: only in tests is there a service on its own
		revocations = kit.NewRevocations(users.client, "/users/revocations", config.Settings, env)
	}
	hub := events.NewHub(db, revocations, config.Events, env)
	store.recorded = func() {
		sender.Wake()
		hub.Wake()
	}
	api := newAPI(store, newPlacer(store, users, inventory, settler), sender, hub, tokens, env)
	if revocations != nil {
		api.RefuseRevoked(revocations)
	}
	rollUp := kit.NewWorker("rollup", kit.RollUpInterval, env.Log, store.rollUp)
	workers := slices.Concat(settler.workers(), sender.Workers(), hub.Workers(), []*kit.Worker{rollUp})
	return kit.NewService("orders", api, db, cache, env, workers...), nil
}

func newAPI(store *Store, placer *placer, sender *webhooks.Sender, hub *events.Hub, tokens *kit.Tokens, env kit.Env) *kit.API {
	api := kit.NewAPI("orders", "Orders, their audit trail, and the stock they own.", slices.Concat(events.ProblemTypes, webhooks.ProblemTypes, csvfile.ProblemTypes),
		slices.Concat(webhooks.Rules, csvfile.Rules), tokens, env)
	register(api, store, placer, sender)
	registerAnalytics(api, store, env.Now)
	registerForecast(api, store, env.Now)
	sender.Register(api)
	hub.Register(api)
	return api
}

// Document is the service's OpenAPI document.
func Document(env kit.Env) ([]byte, error) { return newAPI(nil, nil, nil, nil, nil, env).Document() }
