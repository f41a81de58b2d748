package kit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"
)

const (
	// cacheLife is how long an entry lives at most. It bounds how long what a
	// crash kept from being dropped can be read.
	cacheLife = 30 * time.Second

	// leaseLife is how long a reader may take to fill an entry: longer than a
	// request lasts.
	leaseLife = 2 * requestTimeout

	redisTimeout = 500 * time.Millisecond
)

// Cache keeps hot rows in Redis, aside of the database. It may be lost at any
// moment; then everything is read from the database.
//
// Whoever misses gets a lease on the entry, and fills it only while the lease
// stands. Dropping an entry ends its lease. So a reader that was overtaken by a
// writer, or by somebody who emptied Redis, leaves nothing outdated behind.
// Readers share one read of the database if they share a lease, that is, if
// nothing was written in between.
type Cache struct {
	client *redis.Client
	log    *slog.Logger
	now    func() time.Time
	life   time.Duration
	reads  *prometheus.CounterVec
	flight singleflight.Group

	looking  sync.Mutex
	mu       sync.Mutex
	run      string    // which run of Redis the connections talk to
	doubtful time.Time // until then, what is cached may be outdated
}

// OpenCache makes the cache of a service. Redis may be away, now or later. What
// was cached before Redis came, or came back, is not trusted: after a restart it
// may have forgotten what was dropped. life is how long entries live at most; 0
// is the usual.
func OpenCache(url Secret, life time.Duration, env Env) (*Cache, error) {
	options, err := redis.ParseURL(string(url))
	if err != nil {
		return nil, errors.New("REDIS_URL is not a Redis URL")
	}
	if life == 0 {
		life = cacheLife
	}
	c := &Cache{log: env.Log, now: env.Now, life: life}
	c.reads = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "cache_reads_total", Help: "Reads of the cache, by result: hit, miss, or bypass while it cannot be trusted.",
	}, []string{"result"})
	env.Metrics.MustRegister(c.reads)
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout = redisTimeout, redisTimeout, redisTimeout
	options.ContextTimeoutEnabled = true
	options.MaxRetries = -1 // an error is a miss, at once
	options.OnConnect = c.connected
	c.client = redis.NewClient(options)
	return c, nil
}

// Close ends the connections.
func (c *Cache) Close() { _ = c.client.Close() } // nothing is left to lose

// Ping tells whether Redis answers.
func (c *Cache) Ping(ctx context.Context) error { return c.client.Ping(ctx).Err() }

var runID = regexp.MustCompile(`(?m)^run_id:(\w+)`)

// connected looks which run of Redis a new connection leads to.
func (c *Cache) connected(ctx context.Context, conn *redis.Conn) error {
	info, err := conn.Info(ctx, "server").Result()
	if err != nil && !isReply(err) {
		return err
	}
	run := "unknown" // a server without INFO
	if found := runID.FindStringSubmatch(info); found != nil {
		run = found[1]
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if run != c.run {
		c.run = run
		c.doubtful = c.now().Add(c.life)
	}
	return nil
}

// isReply tells whether an error was said by Redis itself, so that the
// connection is sound.
func isReply(err error) bool {
	var reply redis.Error
	return errors.As(err, &reply)
}

// failed remembers that Redis could not be reached: others may have failed to
// drop entries, too, so for the life of an entry none is trusted.
func (c *Cache) failed(ctx context.Context, err error) {
	if errors.Is(err, context.Canceled) {
		return // our own client left
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if now.After(c.doubtful) {
		c.log.WarnContext(ctx, "the cache does not answer; reading from the database", "error", err)
	}
	c.doubtful = now.Add(c.life)
}

func (c *Cache) isDoubtful() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.run == "" || !c.now().After(c.doubtful)
}

// look sees, beside a read that does not wait for it, whether Redis has come.
func (c *Cache) look() {
	if !c.looking.TryLock() {
		return
	}
	go func() {
		defer c.looking.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), redisTimeout)
		defer cancel()
		if err := c.Ping(ctx); err != nil {
			c.failed(ctx, err)
		}
	}()
}

// The lease of an entry stands beside it. A lease that is there is shared.
var takeLease = redis.NewScript(`
local entry = redis.call('GET', KEYS[1])
if entry then return {1, entry} end
local lease = redis.call('GET', KEYS[2])
if not lease then
	lease = ARGV[1]
	redis.call('SET', KEYS[2], lease, 'PX', ARGV[2])
end
return {0, lease}`)

var fillEntry = redis.NewScript(`
if redis.call('GET', KEYS[2]) == ARGV[1] then
	redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
	redis.call('DEL', KEYS[2])
end
return 0`)

func leaseOf(key string) string { return key + ":lease" }

// Cached reads an entry, or loads it and keeps it. T must survive JSON. Errors
// of load are not kept.
func Cached[T any](ctx context.Context, c *Cache, key string, load func(context.Context) (T, error)) (T, error) {
	var value T
	if c.isDoubtful() {
		c.look()
		c.reads.WithLabelValues("bypass").Inc()
		return load(ctx)
	}
	raw, lease, err := c.read(ctx, key)
	if err != nil {
		c.failed(ctx, err)
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
	shared, err, _ := c.flight.Do(key+" "+lease, func() (any, error) {
		// Others wait for this read, so it does not end with one client.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
		defer cancel()
		value, err := load(ctx)
		if err == nil {
			c.fill(ctx, key, lease, value)
		}
		return value, err
	})
	if err != nil {
		return value, err
	}
	return shared.(T), nil
}

// read finds the entry, or else a lease to fill it.
func (c *Cache) read(ctx context.Context, key string) (raw []byte, lease string, err error) {
	raw, err = c.client.Get(ctx, key).Bytes()
	if err == nil || !errors.Is(err, redis.Nil) {
		return raw, "", err
	}
	keys := []string{key, leaseOf(key)}
	reply, err := takeLease.Run(ctx, c.client, keys, ulid.Make().String(), leaseLife.Milliseconds()).Slice()
	if err != nil {
		return nil, "", err
	}
	if len(reply) != 2 {
		return nil, "", fmt.Errorf("lease of %s: %d values", key, len(reply))
	}
	text, _ := reply[1].(string)
	if reply[0] == int64(1) {
		return []byte(text), "", nil
	}
	return nil, text, nil
}

func (c *Cache) fill(ctx context.Context, key, lease string, value any) {
	raw, err := json.Marshal(value)
	if err != nil {
		c.log.ErrorContext(ctx, "cannot be cached", "key", key, "error", err)
		return
	}
	keys := []string{key, leaseOf(key)}
	if err := fillEntry.Run(ctx, c.client, keys, lease, raw, c.life.Milliseconds()).Err(); err != nil {
		c.failed(ctx, err)
	}
}

// Drop removes entries. Call it after the commit that changed their rows, and
// before anybody is told of it. While Redis is away it returns soon: what is
// cached there is not trusted when it comes back.
func (c *Cache) Drop(ctx context.Context, keys ...string) {
	if len(keys) == 0 {
		return
	}
	all := make([]string, 0, 2*len(keys))
	for _, key := range keys {
		all = append(all, key, leaseOf(key))
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), redisTimeout)
	defer cancel()
	if err := c.client.Del(ctx, all...).Err(); err != nil {
		c.failed(ctx, err)
	}
}
