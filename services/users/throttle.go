package users

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/redis/go-redis/v9"

	"microdemo/kit"
	"microdemo/kit/cache"
)

// countedHere is how many accounts and addresses one process counts while Redis
// is away.
const countedHere = 100_000

// limit allows a burst of attempts, which come back one by one within a period.
// It is the generic cell rate algorithm (GCRA). The zero limit allows all.
type limit struct {
	burst  int64
	period time.Duration
}

// parseLimit reads "10/5m": ten attempts, which come back within five minutes.
func parseLimit(s string) (limit, error) {
	if s == "" || s == "off" {
		return limit{}, nil
	}
	count, period, _ := strings.Cut(s, "/")
	burst, errBurst := strconv.ParseInt(count, 10, 32)
	within, errPeriod := time.ParseDuration(period)
	if errBurst != nil || errPeriod != nil || burst < 1 || within < time.Duration(burst)*time.Millisecond || within > 24*time.Hour {
		return limit{}, errors.New(`is neither a number of attempts and the time in which they come back, such as 10/5m, nor "off"`)
	}
	return limit{burst, within}, nil
}

// each is the time in which one attempt comes back.
func (l limit) each() time.Duration { return l.period / time.Duration(l.burst) }

// charge is one of the things that an attempt is counted for.
type charge struct {
	key   string
	limit limit
}

// throttle bounds how often somebody may try a password or register: for an
// account from one network, for an account, and from one network. It counts in
// Redis, for all replicas, and by itself while Redis is away.
type throttle struct {
	cache   *cache.Cache
	now     func() time.Time
	trusted []netip.Prefix

	accountFromNetwork, account, network limit

	mu   sync.Mutex
	here *lru.Cache[string, time.Time] // when the counter is empty again
}

func newThrottle(config Config, now func() time.Time) (*throttle, error) {
	t := &throttle{now: now}
	var errs [4]error
	t.accountFromNetwork, errs[0] = parseLimit(config.SignInLimit)
	t.account, errs[1] = parseLimit(config.SignInAccountLimit)
	t.network, errs[2] = parseLimit(config.SignInAddressLimit)
	t.trusted, errs[3] = kit.ParseNetworks(config.TrustedProxies)
	here, err := lru.New[string, time.Time](countedHere)
	t.here = here
	return t, errors.Join(append(errs[:], err)...)
}

// attempt counts an attempt before it is made, so that many at once are not
// more than one after the other. forgive takes one back that did no harm. It is
// RateLimited when there were too many; then nothing is counted.
func (t *throttle) attempt(ctx context.Context, account string) (forgive func(), err error) {
	charges := t.charges(ctx, account)
	if len(charges) == 0 {
		return func() {}, nil
	}
	// Counted here too, so that a Redis which comes and goes forgets nothing.
	wait, shared := t.takeHere(charges), false
	if wait == 0 {
		wait, err = t.run(ctx, takeScript, charges)
		if shared = err == nil; wait > 0 {
			t.forgiveHere(charges)
		}
	}
	forgive = func() {
		t.forgiveHere(charges)
		if shared {
			_, _ = t.run(context.WithoutCancel(ctx), forgiveScript, charges) // it comes back by itself
		}
	}
	if wait > 0 {
		return nil, &kit.Error{
			Kind:       kit.RateLimited,
			Message:    fmt.Sprintf("There were too many attempts; try again in %d seconds.", int64(math.Ceil(wait.Seconds()))),
			RetryAfter: wait,
		}
	}
	return forgive, nil
}

// charges are what an attempt counts for. Who is meant is hashed, so that Redis
// holds no addresses of people.
func (t *throttle) charges(ctx context.Context, account string) (charges []charge) {
	network := networkOf(kit.ClientAddress(ctx, t.trusted))
	account = strings.ToLower(account)
	for _, c := range []struct {
		limit limit
		of    string
	}{
		{t.accountFromNetwork, "account " + account + " from " + network},
		{t.account, "account " + account},
		{t.network, "from " + network},
	} {
		if c.limit.burst > 0 {
			sum := sha256.Sum256([]byte(c.of))
			charges = append(charges, charge{"throttle:" + base64.RawURLEncoding.EncodeToString(sum[:16]), c.limit})
		}
	}
	return charges
}

// networkOf is the address, or of IPv6 the network of 64 bits: that is the least
// one client is given (RFC 6177).
func networkOf(addr netip.Addr) string {
	if addr.Is6() {
		network, _ := addr.Prefix(64) // an IPv6 address has as many
		return network.String()
	}
	return addr.String()
}

// A key holds the time, in microseconds, at which its counter is empty again. An
// attempt moves it by ARGV[2i-1], and it may be ARGV[2i] ahead.
var (
	takeScript = redis.NewScript(`
local time = redis.call('TIME')
local now, wait, empty = time[1] * 1000000 + time[2], 0, {}
for i, key in ipairs(KEYS) do
	empty[i] = math.max(tonumber(redis.call('GET', key) or now), now) + tonumber(ARGV[2 * i - 1])
	wait = math.max(wait, empty[i] - now - tonumber(ARGV[2 * i]))
end
if wait > 0 then
	return wait
end
for i, key in ipairs(KEYS) do
	redis.call('SET', key, string.format('%.0f', empty[i]), 'PX', string.format('%.0f', math.ceil((empty[i] - now) / 1000)))
end
return 0`)

	forgiveScript = redis.NewScript(`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
for i, key in ipairs(KEYS) do
	local empty = tonumber(redis.call('GET', key) or now) - tonumber(ARGV[2 * i - 1])
	if empty > now then
		redis.call('SET', key, string.format('%.0f', empty), 'PX', string.format('%.0f', math.ceil((empty - now) / 1000)))
	else
		redis.call('DEL', key)
	end
end
return 0`)
)

func (t *throttle) run(ctx context.Context, script *redis.Script, charges []charge) (wait time.Duration, err error) {
	var keys []string
	var args []any
	for _, c := range charges {
		each := c.limit.each().Microseconds()
		keys, args = append(keys, c.key), append(args, each, each*c.limit.burst)
	}
	micros, err := t.cache.Run(ctx, script, keys, args...)
	return time.Duration(micros) * time.Microsecond, err
}

func (t *throttle) takeHere(charges []charge) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	empty := make([]time.Time, len(charges))
	for i, c := range charges {
		empty[i] = now
		if known, ok := t.here.Get(c.key); ok && known.After(now) {
			empty[i] = known
		}
		empty[i] = empty[i].Add(c.limit.each())
		wait = max(wait, empty[i].Sub(now)-time.Duration(c.limit.burst)*c.limit.each())
	}
	if wait > 0 {
		return wait
	}
	for i, c := range charges {
		t.here.Add(c.key, empty[i])
	}
	return 0
}

func (t *throttle) forgiveHere(charges []charge) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range charges {
		if known, ok := t.here.Get(c.key); ok {
			t.here.Add(c.key, known.Add(-c.limit.each()))
		}
	}
}
