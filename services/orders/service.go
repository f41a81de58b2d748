// Package orders is the service that places orders: it checks the buyer with
// users, takes stock from inventory, records the order with its audit trail,
// and settles what failed half-way.
package orders

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"microdemo/kit"
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

	WebhookSettings
}

// Problems lists what is wrong with the configuration.
func (c Config) Problems() []error {
	problems := c.Settings.Problems()
	for name, value := range map[string]string{"USERS_URL": c.UsersURL, "INVENTORY_URL": c.InventoryURL} {
		if u, err := url.Parse(value); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			problems = append(problems, errors.New(name+" is not an HTTP address such as http://"+name[:len(name)-4]+":8000"))
		}
	}
	if c.ReconcileInterval <= 0 || c.ReconcileGrace <= 0 {
		problems = append(problems, errors.New("RECONCILE_INTERVAL and RECONCILE_GRACE must be more than 0s"))
	}
	return append(problems, c.problems()...)
}

// New builds the service: its database is migrated and connected when it
// returns.
func New(ctx context.Context, config Config, env kit.Env) (*kit.Service, error) {
	db, cache, err := kit.Open(ctx, config.Settings, migrations, env)
	if err != nil {
		return nil, err
	}
	tokens := kit.NewTokens(config.JWTSecretKey, env.Now)
	store := &Store{db: db, cache: cache}
	webhooks := newSender(store, config.WebhookSettings, env)
	if err := store.SyncEndpoints(ctx, config.WebhookURLs, config.WebhookSecret); err != nil {
		db.Close()
		cache.Close()
		if kit.IsUnavailable(err) {
			err = fmt.Errorf("%w: %w", kit.ErrDatabaseAway, err) // worth another try
		}
		return nil, fmt.Errorf("take over WEBHOOK_URLS: %w", err)
	}
	inventory := newInventoryClient(config.InventoryURL, tokens)
	settler := newSettler(store, inventory, config, env.Log)
	placer := newPlacer(store, newUsersClient(config.UsersURL, tokens), inventory, settler)
	return kit.NewService("orders", newAPI(store, placer, webhooks, tokens, env), db, cache, env,
		slices.Concat(settler.workers(), webhooks.workers())...), nil
}

func newAPI(store *Store, placer *placer, webhooks *sender, tokens *kit.Tokens, env kit.Env) *kit.API {
	api := kit.NewAPI("orders", "Orders, their audit trail, and the stock they own.", tokens, env)
	register(api, store, placer)
	registerWebhooks(api, store, webhooks)
	return api
}

// Document is the service's OpenAPI document.
func Document(env kit.Env) ([]byte, error) { return newAPI(nil, nil, nil, nil, env).Document() }
