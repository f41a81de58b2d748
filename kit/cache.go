package kit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/sethvargo/go-retry"
	"golang.org/x/sync/singleflight"
)

const (
	// cacheLife is how long an entry lives at most. It bounds how long what a
	// crash kept from being dropped can be read.
	cacheLife = 30 * time.Second

	// leaseLife is how long a reader may take to fill an entry: longer than a
	// request lasts.
	leaseLife = 2 * requestTimeout
)

// Cache keeps hot rows in Redis, aside of the database. It may be lost at any
// moment; then everything is read from the database.
//
// Whoever misses gets a lease on the entry, and fills it only while the lease
// stands. Dropping an entry ends its lease. So a reader that was overtaken by a
// writer leaves nothing outdated behind. Readers share one read of the database
// if they share a lease, that is, if nothing was written in between.
//
// Entries and leases belong to a generation, which ends when Redis is emptied,
// restarted, or does not answer for longer than generationLife. A writer gives
// up dropping an entry only when Redis is dead or has not answered for longer
// than that, so what it could not drop is void.
type Cache struct {
	client *redis.Client
	log    *slog.Logger
	life   time.Duration
	reads  *prometheus.CounterVec
	flight singleflight.Group

	mu   sync.Mutex
	link link

	stop    context.CancelFunc
	stopped chan struct{}
}

// OpenCache makes the cache of a service. Redis may be away, now or later. life
// is how long entries live at most; 0 is the usual.
func OpenCache(url Secret, life time.Duration, env Env) (*Cache, error) {
	options, err := redis.ParseURL(string(url))
	if err != nil {
		return nil, errors.New("REDIS_URL is not a Redis URL")
	}
	if life == 0 {
		life = cacheLife
	}
	c := &Cache{log: env.Log, life: life, stopped: make(chan struct{})}
	c.reads = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "cache_reads_total", Help: "Reads of the cache, by result: hit, miss, or bypass while it cannot be trusted.",
	}, []string{"result"})
	for _, result := range []string{"hit", "miss", "bypass"} {
		c.reads.WithLabelValues(result) // shown from the start, as 0
	}
	env.Metrics.MustRegister(c.reads)
	c.client = c.connect(options)
	ctx, stop := context.WithCancel(context.Background())
	c.stop = stop
	go c.watch(ctx)
	return c, nil
}

// Close ends the connections.
func (c *Cache) Close() {
	c.stop()
	<-c.stopped
	_ = c.client.Close() // nothing is left to lose
}

// Ping tells whether Redis answers.
func (c *Cache) Ping(ctx context.Context) error { return c.client.Ping(ctx).Err() }

// The lease of an entry stands beside it. A lease that is there is shared. What
// belongs to another generation counts as not there.
var takeLease = redis.NewScript(`
local generation = redis.call('GET', KEYS[3])
if not generation then
	generation = ARGV[1]
	redis.call('SET', KEYS[3], generation, 'PX', ARGV[2])
end
local entry = redis.call('GET', KEYS[1])
if entry and string.sub(entry, 1, #generation) == generation then
	return {generation, entry, ''}
end
local lease = redis.call('GET', KEYS[2])
if not lease or string.sub(lease, 1, #generation) ~= generation then
	lease = generation .. ARGV[3]
	redis.call('SET', KEYS[2], lease, 'PX', ARGV[4])
end
return {generation, '', lease}`)

var fillEntry = redis.NewScript(`
local generation = redis.call('GET', KEYS[3])
if generation and redis.call('GET', KEYS[2]) == ARGV[1] and string.sub(ARGV[1], 1, #generation) == generation then
	redis.call('SET', KEYS[1], generation .. ARGV[2], 'PX', ARGV[3])
	redis.call('DEL', KEYS[2])
end
return 0`)

func leaseOf(key string) string { return key + ":lease" }

// Cached reads an entry, or loads it and keeps it. T must survive JSON; readers
// share it, so it is not to be changed. Errors of load are not kept.
func Cached[T any](ctx context.Context, c *Cache, key string, load func(context.Context) (T, error)) (T, error) {
	var value T
	link := c.linkNow()
	if !link.up {
		c.reads.WithLabelValues("bypass").Inc()
		return load(ctx)
	}
	raw, lease, err := c.read(ctx, link, key)
	// The answer may have come over a connection to what has just taken the
	// place of the Redis that was known when the question was asked.
	if err != nil || c.linkNow() != link {
		c.reads.WithLabelValues("bypass").Inc()
		return load(ctx)
	}
	if lease == "" && json.Unmarshal(raw, &value) == nil {
		c.reads.WithLabelValues("hit").Inc()
		return value, nil
	}
	c.reads.WithLabelValues("miss").Inc()
	if lease == "" { // an entry of another version of this program
		return load(ctx)
	}
	shared := c.flight.DoChan(key+" "+lease, func() (_ any, err error) {
		defer func() {
			if p := recover(); p != nil { // here it would end the process
				err = fmt.Errorf("load %s: %v\n%s", key, p, debug.Stack())
			}
		}()
		// Others wait for this read, so it does not end with one client.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
		defer cancel()
		start := time.Now()
		value, err := load(ctx)
		if err == nil {
			c.fill(ctx, link, key, lease, value, c.life-time.Since(start))
		}
		return value, err
	})
	select {
	case <-ctx.Done():
		return value, ctx.Err()
	case got := <-shared:
		if got.Err != nil {
			return value, got.Err
		}
		return got.Val.(T), nil
	}
}

// read finds the entry, or else a lease to fill it.
func (c *Cache) read(ctx context.Context, l link, key string) (raw []byte, lease string, err error) {
	limited, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	found, err := c.client.MGet(limited, l.generation(), key).Result()
	if generation, entry := text(found, 0), text(found, 1); generation != "" && strings.HasPrefix(entry, generation) {
		return []byte(entry[len(generation):]), "", nil
	}
	if err == nil {
		found, err = takeLease.Run(limited, c.client, []string{key, leaseOf(key), l.generation()},
			ulid.Make().String(), generationLife.Milliseconds(), ulid.Make().String(), leaseLife.Milliseconds()).Slice()
	}
	if err == nil && len(found) != 3 {
		err = fmt.Errorf("lease of %s: %d values", key, len(found))
	}
	if err != nil {
		if ctx.Err() == nil { // otherwise it is our own client who left
			c.failed(ctx, err)
		}
		return nil, "", err
	}
	if lease = text(found, 2); lease != "" {
		return nil, lease, nil
	}
	return []byte(strings.TrimPrefix(text(found, 1), text(found, 0))), "", nil
}

// text is one of the values that Redis has answered; "" if it is not there.
func text(values []any, i int) string {
	if i >= len(values) {
		return ""
	}
	s, _ := values[i].(string)
	return s
}

// fill keeps what was read for as long as it has to live still.
func (c *Cache) fill(ctx context.Context, l link, key, lease string, value any, life time.Duration) {
	if life < time.Millisecond {
		return
	}
	var raw bytes.Buffer
	encoder := json.NewEncoder(&raw)
	encoder.SetEscapeHTML(false) // what comes back is what went in, to the letter
	if err := encoder.Encode(value); err != nil {
		c.log.ErrorContext(ctx, "cannot be cached", "key", key, "error", err)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), redisTimeout)
	defer cancel()
	keys := []string{key, leaseOf(key), l.generation()}
	if err := fillEntry.Run(ctx, c.client, keys, lease, raw.Bytes(), life.Milliseconds()).Err(); err != nil {
		c.failed(ctx, err)
	}
}

// Run runs a script that answers a number. It fails soon when Redis does not
// answer, and at once while that is known; then the script may or may not have run.
func (c *Cache) Run(ctx context.Context, script *redis.Script, keys []string, args ...any) (int64, error) {
	if !c.linkNow().up {
		return 0, errRedisAway
	}
	limited, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	n, err := script.Run(limited, c.client, keys, args...).Int64()
	if err != nil && ctx.Err() == nil { // otherwise it is our own client who left
		c.failed(ctx, err)
	}
	return n, err
}

var errRedisAway = errors.New("Redis does not answer") //nolint:staticcheck // a name

// Drop removes entries. Call it after the commit that changed their rows, and
// before anybody is told of it. It gives up at once when Redis is dead, for what
// comes in its place has another generation; otherwise, only after the
// generation must have ended because Redis does not answer anybody.
func (c *Cache) Drop(ctx context.Context, keys ...string) {
	if len(keys) == 0 {
		return
	}
	all := make([]string, 0, 2*len(keys))
	for _, key := range keys {
		all = append(all, key, leaseOf(key))
	}
	c.insist(ctx, func(ctx context.Context) error { return c.client.Del(ctx, all...).Err() })
}

// DropAll ends the generation, and with it all that is cached, also by other
// services. It is for changes of so many rows that naming them costs more than
// reading again what is hot; call it as Drop.
func (c *Cache) DropAll(ctx context.Context) {
	c.insist(ctx, func(ctx context.Context) error {
		return extendGeneration.Run(ctx, c.client, []string{c.linkNow().generation()}, ulid.Make().String(), generationLife.Milliseconds(), true).Err()
	})
}

// insist does what must be done before what is cached is read again.
func (c *Cache) insist(ctx context.Context, do func(context.Context) error) {
	// In this time there are two attempts even when the first gets no answer:
	// it may have failed because this process was paused.
	patience := retry.WithMaxDuration(3*redisTimeout/2, retry.NewConstant(20*time.Millisecond))
	_ = retry.Do(context.WithoutCancel(ctx), patience, func(ctx context.Context) error { // noted by failed
		ctx, cancel := context.WithTimeout(ctx, redisTimeout)
		defer cancel()
		err := do(ctx)
		if err == nil {
			return nil
		}
		c.failed(ctx, err)
		if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, redis.ErrClosed) {
			return err
		}
		return retry.RetryableError(err)
	})
}
