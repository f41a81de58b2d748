// Package users is the service that knows people: how they sign in, what their
// accounts hold, and what they may do.
package users

import (
	"context"
	"embed"
	"slices"
	"time"

	"microdemo/kit"
	"microdemo/kit/cache"
	"microdemo/kit/csvfile"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is the users database. It caches users and sessions by id; each change
// evicts them.
type Store struct {
	db    *kit.DB
	cache *cache.Cache // nil for the command line, which changes no user
	now   func() time.Time

	sessionLife     time.Duration // as in Config
	sessionIdleLife time.Duration
}

func newStore(db *kit.DB, cache *cache.Cache, config Config, now func() time.Time) *Store {
	return &Store{db: db, cache: cache, now: now, sessionLife: config.SessionLife, sessionIdleLife: config.SessionIdleLife}
}

// New builds the service: its database is migrated and connected when it returns.
func New(ctx context.Context, config Config, env kit.Env) (*kit.Service, error) {
	config.CacheLife = min(config.CacheLife, maxCacheLife)
	db, cache, err := kit.Open(ctx, config.Settings, migrations, env)
	if err != nil {
		return nil, err
	}
	throttle, err := newThrottle(config, cache, env.Now)
	if err != nil {
		db.Close()
		cache.Close()
		return nil, err
	}
	store := newStore(db, cache, config, env.Now)
	cleaner := kit.NewWorker("sessions", time.Minute, env.Log, store.DeleteEndedSessions)
	rollUp := kit.NewWorker("rollup", kit.RollUpInterval, env.Log, store.rollUp)
	return kit.NewService("users", newAPI(store, throttle, config.Tokens(env.Now), env), db, cache, env, cleaner, rollUp), nil
}

func newAPI(store *Store, throttle *throttle, tokens *kit.Tokens, env kit.Env) *kit.API {
	http := kit.NewAPI("users", "People: how they sign in, their accounts, and what they may do.",
		slices.Concat(problemTypes, csvfile.ProblemTypes), slices.Concat(rules, csvfile.Rules), tokens, env)
	register(&api{http: http, store: store, passwords: newPasswords(), tokens: tokens, throttle: throttle, now: env.Now, log: env.Log})
	return http
}

// Document is the service's OpenAPI document.
func Document(env kit.Env) ([]byte, error) { return newAPI(nil, nil, nil, env).Document() }
