// Package users is the service that knows people: who they are, how they prove
// it, and what they may do.
package users

import (
	"context"
	"embed"
	"io/fs"

	"microdemo/kit"
)

//go:embed migrations/*.sql
var embedded embed.FS

// Config is what the users service reads from its environment.
type Config struct{ kit.Settings }

// New builds the service: its database is migrated and connected when it
// returns.
func New(ctx context.Context, config Config, env kit.Env) (*kit.Service, error) {
	store, err := openStore(ctx, config.DatabaseURL)
	if err != nil {
		return nil, err
	}
	store.cache, err = kit.OpenCache(config.RedisURL, config.CacheLife, env)
	if err != nil {
		store.db.Close()
		return nil, err
	}
	tokens := kit.NewTokens(config.JWTSecretKey, env.Now)
	return kit.NewService("users", newAPI(store, tokens, env), store.db, store.cache, env), nil
}

func newAPI(store *Store, tokens *kit.Tokens, env kit.Env) *kit.API {
	http := kit.NewAPI("users", "People: signing in, their accounts, and who may do what.", tokens, env)
	register(&api{http: http, store: store, passwords: newPasswords(), tokens: tokens})
	return http
}

// Document is the service's OpenAPI document.
func Document(env kit.Env) ([]byte, error) { return newAPI(nil, nil, env).Document() }

func openStore(ctx context.Context, databaseURL kit.Secret) (*Store, error) {
	migrations, err := fs.Sub(embedded, "migrations")
	if err != nil {
		return nil, err
	}
	db, err := kit.OpenPostgres(ctx, databaseURL, migrations)
	if err != nil {
		return nil, err
	}
	return &Store{db: db}, nil
}
