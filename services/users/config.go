package users

import (
	"fmt"
	"time"

	"microdemo/kit"
)

// Config is what the users service reads from its environment.
type Config struct {
	kit.Settings

	SessionLife     time.Duration `env:"SESSION_LIFE" envDefault:"720h"`      // from signing in to the last refresh
	SessionIdleLife time.Duration `env:"SESSION_IDLE_LIFE" envDefault:"168h"` // from one refresh to the next

	// How often signing in may fail, or someone may register: "10/5m" is ten attempts
	// at once, which are refunded one by one within five minutes; "" and "off" are no
	// limit. One limit is for an account from one address (of IPv6, one /64), one for
	// an account from everywhere, one for all accounts from one address.
	SignInLimit        string `env:"SIGN_IN_LIMIT" envDefault:"10/5m"`
	SignInAccountLimit string `env:"SIGN_IN_ACCOUNT_LIMIT" envDefault:"100/1h"`
	SignInAddressLimit string `env:"SIGN_IN_ADDRESS_LIMIT" envDefault:"300/5m"`

	// TrustedProxies are the networks of the proxies whose X-Forwarded-For is believed.
	TrustedProxies string `env:"TRUSTED_PROXIES"`
}

// maxCacheLife bounds how long sessions and users are cached. If the process dies
// after it has committed a revocation and before it has evicted the session, this
// service accepts the session for as long as the other services would.
const maxCacheLife = 5 * time.Second

// Problems lists what is wrong with the configuration.
func (c Config) Problems() []error {
	problems := c.Settings.Problems()
	if c.SessionIdleLife < kit.AccessTokenLife || c.SessionLife < c.SessionIdleLife {
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
