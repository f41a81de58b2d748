package up

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"microdemo/kit"
	"microdemo/tool/terminal"
)

// startRedis starts a Redis in this process, unless one was given. Its content is
// lost with the process, as a cache may be.
func (s *System) startRedis() error {
	if s.redisURL != "" {
		return nil
	}
	return s.progress.Step("Redis", func(func(string)) (string, error) {
		password := rand.Text() // other users of the machine must not write into the cache
		server := miniredis.NewMiniRedis()
		server.RequireAuth(password)
		if err := server.StartAddr("127.0.0.1:0"); err != nil {
			return "", fmt.Errorf("start Redis: %w", err)
		}
		last := time.Now()
		stopClock := terminal.Every(250*time.Millisecond, func() { // miniredis has no running clock
			now := time.Now()
			server.FastForward(now.Sub(last))
			last = now
		})
		s.onStop(func(context.Context) error {
			stopClock()
			server.Close()
			return nil
		})
		s.redisURL = kit.Secret((&url.URL{Scheme: "redis", User: url.UserPassword("", password), Host: server.Addr()}).String())
		return "Redis (in process)", nil
	})
}

// errRedisURL does not wrap its cause, which may hold a password.
var errRedisURL = errors.New("--redis-url is not a Redis URL such as redis://localhost:6379")

// redisDatabase is the URL of the nth database after the one in base.
func redisDatabase(base kit.Secret, n int) (kit.Secret, error) {
	options, err := redis.ParseURL(string(base))
	if err != nil {
		return "", errRedisURL
	}
	u, err := url.Parse(string(base))
	if err != nil {
		return "", errRedisURL
	}
	db := fmt.Sprint(options.DB + n)
	query := u.Query()
	query.Del("db")
	if u.Scheme == "unix" {
		query.Set("db", db)
	} else {
		u.Path = "/" + db
	}
	u.RawQuery = query.Encode()
	return kit.Secret(u.String()), nil
}
