package kit

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"

	"microdemo/kit/cache"
)

// minSecret is the length of the shortest key for HMAC SHA-256, in bytes: one that is
// shorter than the hash weakens it (RFC 2104, section 3).
const minSecret = 32

// Secret is a setting that is never printed.
type Secret string

// String hides the value, so that printing a configuration is safe.
func (s Secret) String() string { return "(secret)" }

// GoString hides the value from %#v.
func (s Secret) GoString() string { return "(secret)" }

// MarshalText hides the value from JSON, and so from logs of structs with it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue hides the value from logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue("(secret)") }

// Settings are the settings of every service, from its environment.
type Settings struct {
	Addr                 string        `env:"ADDR" envDefault:":8000"`
	AdminAddr            string        `env:"ADMIN_ADDR" envDefault:":9000"`
	DatabaseURL          Secret        `env:"DATABASE_URL,required,notEmpty"`
	RedisURL             Secret        `env:"REDIS_URL,required,notEmpty"`
	JWTSecretKey         Secret        `env:"JWT_SECRET_KEY,required,notEmpty"`
	JWTPreviousSecretKey Secret        `env:"JWT_PREVIOUS_SECRET_KEY"`              // accepted, but not signed with
	CacheLife            time.Duration `env:"CACHE_LIFE" envDefault:"30s"`          // how long rows are cached at most
	ShutdownDelay        time.Duration `env:"SHUTDOWN_DELAY" envDefault:"3s"`       // between losing readiness and closing the ports
	RevocationsInterval  time.Duration `env:"REVOCATIONS_INTERVAL" envDefault:"1s"` // between requests for revoked sessions
	LogLevel             slog.Level    `env:"LOG_LEVEL" envDefault:"INFO"`

	// RevocationsTrust is how long the list of revoked sessions counts as current.
	// It is a bound of the design, not a setting; tests on slow machines change it.
	RevocationsTrust time.Duration `envDefault:"5s"`
}

// Tokens makes Tokens with the keys of the settings.
func (s Settings) Tokens(now func() time.Time) *Tokens {
	return NewTokens(s.JWTSecretKey, now, s.JWTPreviousSecretKey)
}

// Problems lists what is wrong with the settings, without the texts of parsers,
// which repeat passwords.
func (s Settings) Problems() []error {
	var problems []error
	if s.DatabaseURL != "" {
		if err := CheckDatabaseURL(s.DatabaseURL); err != nil {
			problems = append(problems, fmt.Errorf("DATABASE_URL %w", err))
		}
	}
	if s.RedisURL != "" {
		if _, err := redis.ParseURL(string(s.RedisURL)); err != nil {
			problems = append(problems, errors.New("REDIS_URL is not a Redis URL such as redis://redis:6379/0"))
		}
	}
	if s.JWTSecretKey != "" && len(s.JWTSecretKey) < minSecret {
		problems = append(problems, fmt.Errorf("JWT_SECRET_KEY is shorter than %d bytes", minSecret))
	}
	if s.JWTPreviousSecretKey != "" && len(s.JWTPreviousSecretKey) < minSecret {
		problems = append(problems, fmt.Errorf("JWT_PREVIOUS_SECRET_KEY is shorter than %d bytes", minSecret))
	}
	if s.JWTPreviousSecretKey != "" && s.JWTPreviousSecretKey == s.JWTSecretKey {
		problems = append(problems, errors.New("JWT_PREVIOUS_SECRET_KEY is the same as JWT_SECRET_KEY; leave it out unless the key changes"))
	}
	if s.RevocationsInterval <= 0 || s.RevocationsInterval > maxInterval {
		problems = append(problems, fmt.Errorf("REVOCATIONS_INTERVAL is not more than 0s and at most %s", maxInterval))
	}
	if s.ShutdownDelay < 0 || s.ShutdownDelay > time.Minute {
		problems = append(problems, errors.New("SHUTDOWN_DELAY is not between 0s and 1m"))
	}
	if s.CacheLife <= 0 || s.CacheLife > cache.MaxLife {
		problems = append(problems, fmt.Errorf("CACHE_LIFE is not more than 0s and at most %s", cache.MaxLife))
	}
	return problems
}

// CheckDatabaseURL returns an error unless a URL names a PostgreSQL database.
func CheckDatabaseURL(u Secret) error {
	if _, err := pgxpool.ParseConfig(string(u)); err != nil {
		return errors.New("is not a PostgreSQL URL such as postgres://user:password@host:5432/database")
	}
	return nil
}

// CheckServiceURL lists what is wrong with the setting called name, the address of
// another service.
func CheckServiceURL(name, value string) []error {
	if u, err := url.Parse(value); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return []error{fmt.Errorf("%s is not an HTTP address such as http://%s:8000", name, strings.ToLower(strings.TrimSuffix(name, "_URL")))}
	}
	return nil
}

// Load reads a configuration from environment variables, given as "NAME=value".
// Its error names every problem at once, and no secret.
func Load[C any](environ []string) (C, error) {
	var config C
	var problems []error
	err := env.ParseWithOptions(&config, env.Options{Environment: env.ToMap(environ)})
	var all env.AggregateError
	if errors.As(err, &all) {
		for _, one := range all.Errors {
			problems = append(problems, settingProblem(one, reflect.TypeFor[C]()))
		}
	} else if err != nil {
		problems = append(problems, err)
	}
	if c, ok := any(config).(interface{ Problems() []error }); ok {
		unread := problems // their settings are zero, about which Problems may complain too
		for _, problem := range c.Problems() {
			sameSetting := func(other error) bool { return settingOf(other) == settingOf(problem) }
			if !slices.ContainsFunc(unread, sameSetting) {
				problems = append(problems, problem)
			}
		}
	}
	return config, errors.Join(problems...)
}

// Defaults is the configuration of an empty environment: the defaults of its tags,
// and zero for required settings. It is for tests; services use Load.
func Defaults[C any]() C {
	var config C
	_ = env.ParseWithOptions(&config, env.Options{Environment: map[string]string{}}) // what is required is missing
	return config
}

// settingOf is the setting that a problem is about: its first word.
func settingOf(problem error) string {
	name, _, _ := strings.Cut(problem.Error(), " ")
	return name
}

func settingProblem(err error, config reflect.Type) error {
	var (
		missing env.VarIsNotSetError
		empty   env.EmptyVarError
		parse   env.ParseError
	)
	switch {
	case errors.As(err, &missing):
		return fmt.Errorf("%s is missing", missing.Key)
	case errors.As(err, &empty):
		return fmt.Errorf("%s is empty", empty.Key)
	case errors.As(err, &parse):
		return fmt.Errorf("%s is not a valid %s", variable(config, parse.Name), parse.Type)
	}
	return err
}

// variable is the environment variable a field is read from. Parts of a configuration
// are structs, none of which has a field called like one of another.
func variable(config reflect.Type, field string) string {
	for f := range config.Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("env"), ","); name != "" && f.Name == field {
			return name
		}
		if f.Type.Kind() == reflect.Struct {
			if name := variable(f.Type, field); name != field {
				return name
			}
		}
	}
	return field
}
