package users

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/redis/go-redis/v9"

	"microdemo/kit/cache"
)

// limit allows a burst of attempts, which are refunded one by one within a period: the
// generic cell rate algorithm (GCRA). The zero limit allows all.
type limit struct {
	burst  int64
	period time.Duration
}

// parseLimit reads "10/5m": ten attempts, refunded within five minutes.
func parseLimit(s string) (limit, error) {
	if s == "" || s == "off" {
		return limit{}, nil
	}
	count, period, _ := strings.Cut(s, "/")
	burst, errBurst := strconv.ParseInt(count, 10, 32)
	within, errPeriod := time.ParseDuration(period)
	if errBurst != nil || errPeriod != nil || burst < 1 || within < time.Duration(burst)*time.Millisecond || within > 24*time.Hour {
		return limit{}, errors.New(`is neither a number of attempts per time, such as 10/5m, nor "off"`)
	}
	return limit{burst, within}, nil
}

// each is the time after which one attempt is refunded.
func (l limit) each() time.Duration { return l.period / time.Duration(l.burst) }

// charge is one limit that an attempt counts towards, under its own key.
type charge struct {
	key   string
	limit limit
}

// localKeys bounds how many keys one process counts by itself.
const localKeys = 100_000

// limiter counts attempts in Redis, for all replicas, and also in this process, which
// is what counts while Redis does not answer.
type limiter struct {
	cache *cache.Cache
	now   func() time.Time

	mu    sync.Mutex
	local *lru.Cache[string, time.Time] // by key, the time at which all attempts are refunded
}

func newLimiter(cache *cache.Cache, now func() time.Time) (*limiter, error) {
	local, err := lru.New[string, time.Time](localKeys)
	return &limiter{cache: cache, now: now, local: local}, err
}

// take counts an attempt towards all its limits, or, if one is exceeded, towards none;
// then wait is the time until it is allowed. refund takes the attempt back.
func (l *limiter) take(ctx context.Context, charges []charge) (refund func(), wait time.Duration) {
	if len(charges) == 0 {
		return func() {}, 0
	}
	if wait = l.takeLocally(charges); wait > 0 {
		return nil, wait
	}
	wait, err := l.run(ctx, takeScript, charges)
	if wait > 0 {
		l.refundLocally(charges)
		return nil, wait
	}
	return func() {
		l.refundLocally(charges)
		if err == nil {
			_, _ = l.run(context.WithoutCancel(ctx), refundScript, charges) // if it fails, time refunds it
		}
	}, 0
}

// A key holds the time, in microseconds, at which all its attempts are refunded. An
// attempt moves it by ARGV[2i-1], and it may be ARGV[2i] ahead.
var (
	takeScript = redis.NewScript(`
local time = redis.call('TIME')
local now, wait, full = time[1] * 1000000 + time[2], 0, {}
for i, key in ipairs(KEYS) do
	full[i] = math.max(tonumber(redis.call('GET', key) or now), now) + tonumber(ARGV[2 * i - 1])
	wait = math.max(wait, full[i] - now - tonumber(ARGV[2 * i]))
end
if wait > 0 then
	return wait
end
for i, key in ipairs(KEYS) do
	redis.call('SET', key, string.format('%.0f', full[i]), 'PX', string.format('%.0f', math.ceil((full[i] - now) / 1000)))
end
return 0`)

	refundScript = redis.NewScript(`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
for i, key in ipairs(KEYS) do
	local full = tonumber(redis.call('GET', key) or now) - tonumber(ARGV[2 * i - 1])
	if full > now then
		redis.call('SET', key, string.format('%.0f', full), 'PX', string.format('%.0f', math.ceil((full - now) / 1000)))
	else
		redis.call('DEL', key)
	end
end
return 0`)
)

func (l *limiter) run(ctx context.Context, script *redis.Script, charges []charge) (wait time.Duration, err error) {
	var keys []string
	var args []any
	for _, c := range charges {
		each := c.limit.each().Microseconds()
		keys, args = append(keys, c.key), append(args, each, each*c.limit.burst)
	}
	micros, err := l.cache.Run(ctx, script, keys, args...)
	return time.Duration(micros) * time.Microsecond, err
}

func (l *limiter) takeLocally(charges []charge) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	full := make([]time.Time, len(charges))
	for i, c := range charges {
		full[i] = now
		if known, ok := l.local.Get(c.key); ok && known.After(now) {
			full[i] = known
		}
		full[i] = full[i].Add(c.limit.each())
		wait = max(wait, full[i].Sub(now)-time.Duration(c.limit.burst)*c.limit.each())
	}
	if wait > 0 {
		return wait
	}
	for i, c := range charges {
		l.local.Add(c.key, full[i])
	}
	return 0
}

func (l *limiter) refundLocally(charges []charge) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range charges {
		if known, ok := l.local.Get(c.key); ok {
			l.local.Add(c.key, known.Add(-c.limit.each()))
		}
	}
}
