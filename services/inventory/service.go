// Package inventory is the service that stocks items: what can still be sold, what
// orders own, and the ledger of every change between the two.
package inventory

import (
	"context"
	"embed"
	"log/slog"
	"slices"

	"microdemo/kit"
	"microdemo/kit/cache"
	"microdemo/kit/csvfile"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store keeps items, reservations and movements. It caches items by id and by SKU;
// each change of an item, a sale too, evicts both entries.
type Store struct {
	db    *kit.DB
	cache *cache.Cache
	log   *slog.Logger
}

// New builds the service: its database is migrated and connected when it returns.
func New(ctx context.Context, config Config, env kit.Env) (*kit.Service, error) {
	db, cache, err := kit.Open(ctx, config.Settings, migrations, env)
	if err != nil {
		return nil, err
	}
	tokens := config.Tokens(env.Now)
	store := &Store{db: db, cache: cache, log: env.Log}
	api := newAPI(store, tokens, env)
	if config.UsersURL != "" { // Problems refuses ""; only tests have a service without users
		users := kit.NewClient("users", config.UsersURL, "inventory", tokens)
		api.RefuseRevoked(kit.NewRevocations(users, "/users/revocations", config.Settings, env))
	}
	rollUp := kit.NewWorker("rollup", kit.RollUpInterval, env.Log, store.rollUp)
	return kit.NewService("inventory", api, db, cache, env, rollUp), nil
}

func newAPI(store *Store, tokens *kit.Tokens, env kit.Env) *kit.API {
	a := kit.NewAPI("inventory", "Items, their stock, and the ledger of every change to it.",
		slices.Concat(problemTypes, csvfile.ProblemTypes), slices.Concat(rules, csvfile.Rules), tokens, env)
	register(a, api{store})
	return a
}

// Document is the service's OpenAPI document.
func Document(env kit.Env) ([]byte, error) { return newAPI(nil, nil, env).Document() }
