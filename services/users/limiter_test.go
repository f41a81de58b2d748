package users_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/users"
)

func TestThrottle_AttemptsComeBackOneByOne(t *testing.T) {
	t.Parallel()
	b := setupWith(t, func(c *users.Config) {
		throttled("3/30m", "off", "off")(c)
		c.RedisURL = kit.Secret("redis://" + refusing(t)) // it would have a clock of its own
	})
	wrong := func(status int) {
		t.Helper()
		b.from(t, "203.0.113.1", rootEmail, "wrong-password").Want(status)
	}
	for range 3 {
		wrong(http.StatusUnauthorized)
	}
	wrong(http.StatusTooManyRequests)
	b.pass(10*time.Minute - time.Second)
	wrong(http.StatusTooManyRequests)
	b.pass(time.Second)
	wrong(http.StatusUnauthorized)
	wrong(http.StatusTooManyRequests)
	b.pass(time.Hour)
	for range 3 {
		wrong(http.StatusUnauthorized)
	}
	wrong(http.StatusTooManyRequests)
}

func TestThrottle_CountsForAllReplicasAndGoesOnWhenRedisGoes(t *testing.T) {
	t.Parallel()
	redis := kittest.NewRedisServer(t)
	if err := redis.Start(); err != nil {
		t.Fatal(err)
	}
	b := setupWith(t, func(c *users.Config) {
		throttled("4/4h", "off", "off")(c)
		c.RedisURL = redis.URL()
	})
	replicas := []kittest.Client{b.base, b.replica(t, kittest.Env(t))}
	wrong := func(i int) kittest.Answer {
		return replicas[i%2].Do(t, http.MethodPost, "/users/login", object{"email": rootEmail, "password": "wrong-password"})
	}
	kittest.Eventually(t, "Redis is used", func() bool { return redis.Client.DBSize(t.Context()).Val() > 0 })
	for i := range 4 {
		wrong(i).WantProblem(http.StatusUnauthorized, "")
	}
	for i := range 2 {
		wantThrottled(t, wrong(i), time.Hour)
	}
	for _, key := range redis.Client.Keys(t.Context(), "throttle:*").Val() {
		if strings.Contains(key, "@") || strings.Contains(key, "127.0.0.1") {
			t.Errorf("Redis holds %s", key)
		}
	}
	redis.Kill() // each counts by itself now, from what it has counted before
	for i := range 4 {
		wrong(i).WantProblem(http.StatusUnauthorized, "")
	}
	for i := range 2 {
		wantThrottled(t, wrong(i), time.Hour)
	}
	if err := redis.Start(); err != nil {
		t.Fatal(err)
	}
	wantThrottled(t, wrong(0), time.Hour) // though Redis has forgotten
	kittest.Eventually(t, "Redis counts again", func() bool {
		b.base.Do(t, http.MethodPost, "/users/login", object{"email": "other@example.com", "password": "wrong-password"})
		return len(redis.Client.Keys(t.Context(), "throttle:*").Val()) > 0
	})
}
