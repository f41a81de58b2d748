// Package users is the service that knows people: who they are, how they prove
// it, and what they may do.
package users

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"time"

	"microdemo/kit"
	"microdemo/kit/csvfile"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config is what the users service reads from its environment.
type Config struct {
	kit.Settings

	// SessionLife is how long people stay signed in however often they refresh,
	// SessionIdleLife how long unless they refresh; what is 0 is the usual.
	SessionLife     time.Duration `env:"SESSION_LIFE" envDefault:"720h"`
	SessionIdleLife time.Duration `env:"SESSION_IDLE_LIFE" envDefault:"168h"`

	// How often signing in may fail, or somebody may register: "10/5m" is ten
	// times at once, which come back within five minutes; "" and "off" are no
	// limit. For an account from one address (of IPv6, one /64), for an account
	// from everywhere, and for any account from one address.
	SignInLimit        string `env:"SIGN_IN_LIMIT" envDefault:"10/5m"`
	SignInAccountLimit string `env:"SIGN_IN_ACCOUNT_LIMIT" envDefault:"100/1h"`
	SignInAddressLimit string `env:"SIGN_IN_ADDRESS_LIMIT" envDefault:"300/5m"`

	// TrustedProxies are the networks of the proxies that are believed about where
	// a request comes from.
	TrustedProxies string `env:"TRUSTED_PROXIES"`
}

// maxCacheLife is how long sessions and users are cached at most. Should the
// process die after it has committed a revocation and before it has dropped what
// is cached, the session is believed as long as the other services would.
const maxCacheLife = 5 * time.Second

// lives are SessionLife and SessionIdleLife.
func (c Config) lives() (life, idle time.Duration) {
	return cmp.Or(c.SessionLife, 30*24*time.Hour), cmp.Or(c.SessionIdleLife, 7*24*time.Hour)
}

// Problems lists what is wrong with the configuration.
func (c Config) Problems() []error {
	problems := c.Settings.Problems()
	if life, idle := c.lives(); idle < kit.AccessTokenLife || life < idle {
		problems = append(problems, fmt.Errorf("SESSION_IDLE_LIFE is not between %s and SESSION_LIFE", kit.AccessTokenLife))
	}
	for _, setting := range []struct{ name, value string }{
		{"SIGN_IN_LIMIT", c.SignInLimit}, {"SIGN_IN_ACCOUNT_LIMIT", c.SignInAccountLimit}, {"SIGN_IN_ADDRESS_LIMIT", c.SignInAddressLimit},
	} {
		if _, err := parseLimit(setting.value); err != nil {
			problems = append(problems, fmt.Errorf("%s %w", setting.name, err))
		}
	}
	if _, err := kit.ParseNetworks(c.TrustedProxies); err != nil {
		problems = append(problems, fmt.Errorf("TRUSTED_PROXIES %w", err))
	}
	return problems
}

// New builds the service: its database is migrated and connected when it
// returns.
func New(ctx context.Context, config Config, env kit.Env) (*kit.Service, error) {
	throttle, err := newThrottle(config, env.Now)
	if err != nil {
		return nil, err
	}
	config.CacheLife = min(config.CacheLife, maxCacheLife)
	db, cache, err := kit.Open(ctx, config.Settings, migrations, env)
	if err != nil {
		return nil, err
	}
	throttle.cache = cache
	store := &Store{db: db, cache: cache, now: env.Now}
	store.sessionLife, store.sessionIdleLife = config.lives()
	cleaner := kit.NewWorker("sessions", time.Minute, env.Log, store.DeleteEndedSessions)
	fold := kit.NewWorker("fold", kit.FoldInterval, env.Log, store.foldDeltas)
	return kit.NewService("users", newAPI(store, throttle, config.Tokens(env.Now), env), db, cache, env, cleaner, fold), nil
}

func newAPI(store *Store, throttle *throttle, tokens *kit.Tokens, env kit.Env) *kit.API {
	http := kit.NewAPI("users", "People: signing in, their accounts, and who may do what.", csvfile.ProblemTypes, csvfile.Rules, tokens, env)
	register(&api{http: http, store: store, passwords: newPasswords(), tokens: tokens, throttle: throttle, now: env.Now, log: env.Log})
	return http
}

// Document is the service's OpenAPI document.
func Document(env kit.Env) ([]byte, error) { return newAPI(nil, nil, nil, env).Document() }
