package users_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/users"
)

// from tries to sign in from an address.
func (b *bench) from(t *testing.T, address, email, password string) kittest.Answer {
	t.Helper()
	return b.base.Do(t, http.MethodPost, "/users/login", object{"email": email, "password": password}, "X-Forwarded-For", address)
}

func wantThrottled(t *testing.T, answer kittest.Answer, atMost time.Duration) {
	t.Helper()
	answer.WantProblem(http.StatusTooManyRequests, "")
	if after, err := strconv.Atoi(answer.Header.Get("Retry-After")); err != nil || after < 1 || time.Duration(after)*time.Second > atMost {
		t.Errorf("Retry-After %q, want at most %s", answer.Header.Get("Retry-After"), atMost)
	}
}

func throttled(account, anywhere, address string) func(*users.Config) {
	return func(c *users.Config) {
		c.SignInLimit, c.SignInAccountLimit, c.SignInAddressLimit, c.TrustedProxies = account, anywhere, address, "127.0.0.1"
	}
}

// withAndWithoutRedis runs a test on Redis, and on what stands in while it is
// away.
func withAndWithoutRedis(t *testing.T, config func(*users.Config), test func(t *testing.T, b *bench)) {
	for _, redis := range []bool{true, false} {
		t.Run(fmt.Sprintf("redis %v", redis), func(t *testing.T) {
			t.Parallel()
			test(t, setupWith(t, func(c *users.Config) {
				config(c)
				if !redis {
					c.RedisURL = kit.Secret("redis://" + refusing(t))
				}
			}))
		})
	}
}

// refusing is an address at which nobody listens.
func refusing(t *testing.T) string {
	l := kittest.Listen(t)
	defer l.Close()
	return l.Addr().String()
}

func TestLogin_IsThrottledForAnAccountFromOneAddress(t *testing.T) {
	t.Parallel()
	withAndWithoutRedis(t, throttled("3/30m", "off", "off"), func(t *testing.T, b *bench) {
		_, bob := b.person(t)
		for range 5 { // what is right does not count
			b.from(t, "203.0.113.1", bob.Email, password).Want(http.StatusOK)
		}
		for _, email := range []string{bob.Email, "nobody@example.com"} {
			for range 3 {
				b.from(t, "203.0.113.1", email, "wrong-password").WantProblem(http.StatusUnauthorized, "")
			}
			wantThrottled(t, b.from(t, "203.0.113.1", strings.ToUpper(email), "wrong-password"), 10*time.Minute)
		}
		wantThrottled(t, b.from(t, "203.0.113.1", bob.Email, password), 10*time.Minute) // else guessing could go on
		b.from(t, "203.0.113.2", bob.Email, password).Want(http.StatusOK)               // nobody is locked out by others
		b.from(t, "203.0.113.1", rootEmail, password).Want(http.StatusOK)
	})
}

func TestLogin_GuessesAtOnceAreNoMoreThanOneAfterTheOther(t *testing.T) {
	t.Parallel()
	withAndWithoutRedis(t, throttled("4/4h", "off", "off"), func(t *testing.T, b *bench) {
		statuses := inParallel(t, 24, func(int) (kittest.Answer, error) {
			return b.base.Try(http.MethodPost, "/users/login", object{"email": rootEmail, "password": "wrong-password"})
		})
		if statuses[http.StatusUnauthorized] != 4 || statuses[http.StatusTooManyRequests] != 20 {
			t.Errorf("statuses = %v, want 4 times 401 and 20 times 429", statuses)
		}
	})
}

func TestLogin_IsThrottledForAnAccountFromManyAddresses(t *testing.T) {
	t.Parallel()
	withAndWithoutRedis(t, throttled("3/30m", "5/5h", "off"), func(t *testing.T, b *bench) {
		for i := range 5 {
			b.from(t, fmt.Sprintf("203.0.113.%d", i), rootEmail, "wrong-password").WantProblem(http.StatusUnauthorized, "")
		}
		wantThrottled(t, b.from(t, "203.0.113.77", rootEmail, password), time.Hour)
		// Who is signed in stays so.
		b.root.Do(t, http.MethodGet, "/users/me", nil).Want(http.StatusOK)
	})
}

func TestLogin_IsThrottledForAnAddressWithManyAccounts(t *testing.T) {
	t.Parallel()
	withAndWithoutRedis(t, throttled("off", "off", "4/4h"), func(t *testing.T, b *bench) {
		for i := range 4 { // addresses of one network, as one client has them
			b.from(t, fmt.Sprintf("2001:db8:1:2::%d", i), fmt.Sprintf("nobody%d@example.com", i), "wrong-password").WantProblem(http.StatusUnauthorized, "")
		}
		wantThrottled(t, b.from(t, "2001:db8:1:2:ffff::1", rootEmail, password), time.Hour)
		b.from(t, "2001:db8:1:3::1", rootEmail, password).Want(http.StatusOK)
		b.from(t, "203.0.113.1", rootEmail, password).Want(http.StatusOK)
	})
}

func TestRegister_IsThrottledForAnAddressAndAnAccount(t *testing.T) {
	t.Parallel()
	withAndWithoutRedis(t, throttled("2/2h", "off", "4/4h"), func(t *testing.T, b *bench) {
		register := func(address, email string) kittest.Answer {
			return b.base.Do(t, http.MethodPost, "/users/register", object{"name": "N", "email": email, "password": password}, "X-Forwarded-For", address)
		}
		for i := range 4 {
			register("203.0.113.1", fmt.Sprintf("n%d@example.com", i)).Want(http.StatusCreated)
		}
		wantThrottled(t, register("203.0.113.1", "n4@example.com"), time.Hour)
		register("203.0.113.2", rootEmail).WantProblem(http.StatusConflict, "")
		register("203.0.113.2", rootEmail).WantProblem(http.StatusConflict, "")
		wantThrottled(t, register("203.0.113.2", rootEmail), time.Hour)
	})
}

func TestChangePassword_IsThrottled(t *testing.T) {
	t.Parallel()
	b := setupWith(t, throttled("2/2h", "off", "off"))
	change := object{"current_password": "wrong-password", "new_password": "new-password"}
	for range 2 {
		b.root.Do(t, http.MethodPut, "/users/me/password", change).WantProblem(http.StatusUnprocessableEntity, "body.current_password")
	}
	wantThrottled(t, b.root.Do(t, http.MethodPut, "/users/me/password", change), time.Hour)
}

func TestThrottle_BelievesNobodyAboutTheAddressUnlessToldTo(t *testing.T) {
	t.Parallel()
	b := setupWith(t, func(c *users.Config) {
		throttled("2/2h", "off", "off")(c)
		c.TrustedProxies = ""
	})
	for i := range 2 {
		b.from(t, fmt.Sprintf("203.0.113.%d", i), rootEmail, "wrong-password").WantProblem(http.StatusUnauthorized, "")
	}
	wantThrottled(t, b.from(t, "203.0.113.9", rootEmail, password), time.Hour)
}
