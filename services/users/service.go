// Package users is the service that knows people: who they are, how they prove
// it, and what they may do.
package users

import (
	"context"
	"embed"

	"microdemo/kit"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config is what the users service reads from its environment.
type Config struct{ kit.Settings }

// New builds the service: its database is migrated and connected when it
// returns.
func New(ctx context.Context, config Config, env kit.Env) (*kit.Service, error) {
	db, cache, err := kit.Open(ctx, config.Settings, migrations, env)
	if err != nil {
		return nil, err
	}
	store := &Store{db: db, cache: cache}
	tokens := kit.NewTokens(config.JWTSecretKey, env.Now)
	fold := kit.NewWorker("fold", kit.FoldInterval, env.Log, store.foldDeltas)
	return kit.NewService("users", newAPI(store, tokens, env), db, cache, env, fold), nil
}

func newAPI(store *Store, tokens *kit.Tokens, env kit.Env) *kit.API {
	http := kit.NewAPI("users", "People: signing in, their accounts, and who may do what.", tokens, env)
	register(&api{http: http, store: store, passwords: newPasswords(), tokens: tokens, now: env.Now})
	return http
}

// Document is the service's OpenAPI document.
func Document(env kit.Env) ([]byte, error) { return newAPI(nil, nil, env).Document() }
