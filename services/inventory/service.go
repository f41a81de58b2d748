// Package inventory is the service that stocks items: what can still be sold,
// what orders own, and the ledger of every change between the two.
package inventory

import (
	"context"
	"embed"

	"microdemo/kit"
	"microdemo/kit/csvfile"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config is what the inventory service reads from its environment.
type Config struct {
	kit.Settings
	UsersURL string `env:"USERS_URL" envDefault:"http://users:8000"`
}

// Problems lists what is wrong with the configuration.
func (c Config) Problems() []error {
	return append(c.Settings.Problems(), kit.CheckServiceURL("USERS_URL", c.UsersURL)...)
}

// New builds the service: its database is migrated and connected when it
// returns.
func New(ctx context.Context, config Config, env kit.Env) (*kit.Service, error) {
	db, cache, err := kit.Open(ctx, config.Settings, migrations, env)
	if err != nil {
		return nil, err
	}
	tokens := config.Tokens(env.Now)
	store := &Store{db: db, cache: cache, log: env.Log}
	api := newAPI(store, tokens, env)
	if config.UsersURL != "" { // Problems refuses that: only in tests is there a service on its own
		users := kit.NewClient("users", config.UsersURL, "inventory", tokens)
		api.RefuseRevoked(kit.NewRevocations(users, "/users/revocations", config.Settings, env))
	}
	rollUp := kit.NewWorker("rollup", kit.RollUpInterval, env.Log, store.rollUp)
	return kit.NewService("inventory", api, db, cache, env, rollUp), nil
}

func newAPI(store *Store, tokens *kit.Tokens, env kit.Env) *kit.API {
	api := kit.NewAPI("inventory", "Items, their stock, and the ledger of every change to it.", csvfile.ProblemTypes, csvfile.Rules, tokens, env)
	register(api, store)
	return api
}

// Document is the service's OpenAPI document.
func Document(env kit.Env) ([]byte, error) { return newAPI(nil, nil, env).Document() }
