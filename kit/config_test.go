package kit_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"microdemo/kit"
)

type config struct {
	kit.Settings
	UsersURL string        `env:"USERS_URL,required"`
	Grace    time.Duration `env:"GRACE" envDefault:"30s"`
}

var good = []string{
	"DATABASE_URL=postgres://u:hunter2@localhost:5432/db",
	"REDIS_URL=redis://:hunter2@localhost:6379/0",
	"JWT_SECRET_KEY=0123456789abcdef0123456789abcdef",
	"USERS_URL=http://users:8000",
}

func TestLoad_ReadsTheEnvironment(t *testing.T) {
	t.Parallel()
	c, err := kit.Load[config](append([]string{"GRACE=5s", "LOG_LEVEL=debug", "PATH=/bin", "ODD"}, good...))
	if err != nil {
		t.Fatal(err)
	}
	if c.Grace != 5*time.Second || c.LogLevel != slog.LevelDebug || c.Addr != ":8000" || c.AdminAddr != ":9000" || c.ShutdownDelay != 3*time.Second || c.UsersURL != "http://users:8000" {
		t.Errorf("read %+v", c)
	}
	if string(c.DatabaseURL) != "postgres://u:hunter2@localhost:5432/db" {
		t.Error("the database's URL is another")
	}
}

func TestLoad_NamesEveryProblemAtOnceAndNoSecret(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		environ []string
		want    []string
	}{
		"nothing": {nil, []string{"DATABASE_URL", "REDIS_URL", "JWT_SECRET_KEY", "USERS_URL"}},
		"everything wrong": {
			[]string{
				"DATABASE_URL=postgres://u:hunter2@localhost:port/db", "REDIS_URL=http://:hunter2@x", "JWT_SECRET_KEY=hunter2", "USERS_URL=http://users",
				"GRACE=hunter2", "SHUTDOWN_DELAY=hunter2", "LOG_LEVEL=hunter2", "CACHE_LIFE=hunter2", "REVOCATIONS_INTERVAL=hunter2",
			},
			[]string{"DATABASE_URL", "REDIS_URL", "JWT_SECRET_KEY", "GRACE", "SHUTDOWN_DELAY", "LOG_LEVEL", "CACHE_LIFE", "REVOCATIONS_INTERVAL"},
		},
		"settings that must not be 0": {append([]string{"CACHE_LIFE=0", "REVOCATIONS_INTERVAL=0s"}, good...), []string{"CACHE_LIFE", "REVOCATIONS_INTERVAL"}},
		"secrets that are empty":      {[]string{"DATABASE_URL=", "REDIS_URL=", "JWT_SECRET_KEY=", "USERS_URL=http://users"}, []string{"DATABASE_URL", "REDIS_URL", "JWT_SECRET_KEY"}},
		"a short key":                 {append([]string{}, append(good, "JWT_SECRET_KEY=hunter2hunter2hunter2hunter2123")...), []string{"JWT_SECRET_KEY"}},
		"delays":                      {append([]string{"SHUTDOWN_DELAY=61s"}, good...), []string{"SHUTDOWN_DELAY"}},
		"a negative delay":            {append([]string{"SHUTDOWN_DELAY=-1s"}, good...), []string{"SHUTDOWN_DELAY"}},
		"a key-value DSN":             {append([]string{}, append(good, "DATABASE_URL=hunter2 password=x")...), []string{"DATABASE_URL"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := kit.Load[config](c.environ)
			if err == nil {
				t.Fatal("accepted")
			}
			lines := strings.Split(err.Error(), "\n")
			for _, want := range c.want {
				found := 0
				for _, line := range lines {
					if strings.HasPrefix(line, want+" ") {
						found++
					}
				}
				if found != 1 {
					t.Errorf("%s is named in %d lines of:\n%v", want, found, err)
				}
			}
			if len(lines) != len(c.want) {
				t.Errorf("%d problems, want %d:\n%v", len(lines), len(c.want), err)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error has a secret:\n%v", err)
			}
		})
	}
}

func TestLoad_KeepsAnExplicitZero(t *testing.T) {
	t.Parallel()
	c, err := kit.Load[config](append([]string{"SHUTDOWN_DELAY=0s"}, good...))
	if err != nil || c.ShutdownDelay != 0 {
		t.Errorf("SHUTDOWN_DELAY=0s is %s, %v", c.ShutdownDelay, err)
	}
}

func TestDefaults_AreThoseOfAnEmptyEnvironment(t *testing.T) {
	t.Parallel()
	c := kit.Defaults[config]()
	if c.Grace != 30*time.Second || c.CacheLife != 30*time.Second || c.RevocationsTrust != 5*time.Second || c.Addr != ":8000" {
		t.Errorf("defaults are %+v", c)
	}
	if c.UsersURL != "" || c.DatabaseURL != "" {
		t.Error("a required setting has a value")
	}
}

func TestSecret_IsNeverPrinted(t *testing.T) {
	t.Parallel()
	c, err := kit.Load[config](good)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(handler).Info("config", "config", c, "pointer", &c, "secret", c.DatabaseURL, "map", map[string]any{"secret": c.DatabaseURL})
	}
	raw, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for how, text := range map[string]string{
		"log":  log.String(),
		"json": string(raw),
		"%v":   fmt.Sprintf("%v %+v %s", c, c, c.DatabaseURL),
		"%#v":  fmt.Sprintf("%#v", c),
		"%q":   fmt.Sprintf("%q %x", c.DatabaseURL, c.DatabaseURL),
		"err":  fmt.Errorf("open %s: %w", c.DatabaseURL, kit.CheckDatabaseURL("postgres://u:hunter2@h:port/")).Error(),
	} {
		if strings.Contains(text, "hunter2") || strings.Contains(text, "0123456789abcdef") || strings.Contains(text, fmt.Sprintf("%x", "hunter2")) {
			t.Errorf("%s has a secret: %s", how, text)
		}
	}
}
