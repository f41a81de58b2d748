// Package cache keeps hot rows in Redis beside the database (cache-aside).
//
// Redis may fail or lose its data at any moment: a lost Redis is a miss, never an
// error, and entries from before the loss are not trusted. A reader never sees a
// row older than the last commit whose writer has returned from Evict.
package cache

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
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"
)

const (
	// MaxLife is the longest life of an entry. It bounds how long readers can see
	// an entry that a crash kept a writer from evicting.
	MaxLife = 30 * time.Second

	// loadTimeout bounds one read of the database, which readers share: as long as
	// a request lasts.
	loadTimeout = 15 * time.Second

	// leaseLife is how long a reader may take to fill an entry.
	leaseLife = 2 * loadTimeout
)

// Cache is one process's access to Redis.
//
// A reader that misses gets a lease on the entry, and may fill it only while the
// lease is valid. Evicting an entry ends its lease, so a reader that was overtaken
// by a writer leaves nothing outdated. Readers with the same lease share one read
// of the database: nothing was written in between.
//
// Entries and leases belong to a generation. It ends when Redis is emptied or
// restarted, or does not answer for longer than generationLife. A writer gives up
// evicting only when Redis is dead or has not answered for longer than that, so
// the entries it could not evict are void.
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

// Open makes the cache of a service; Redis need not answer yet. Entries live for
// at most life.
func Open(url string, life time.Duration, log *slog.Logger, metrics prometheus.Registerer) (*Cache, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("REDIS_URL is not a Redis URL")
	}
	c := &Cache{log: log, life: life, stopped: make(chan struct{})}
	c.reads = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "cache_reads_total", Help: "Reads of the cache, by result: hit, miss, or bypass while it cannot be trusted.",
	}, []string{"result"})
	for _, result := range []string{"hit", "miss", "bypass"} {
		c.reads.WithLabelValues(result) // shown from the start, as 0
	}
	metrics.MustRegister(c.reads)
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

// Ping reports whether Redis answers.
func (c *Cache) Ping(ctx context.Context) error { return c.client.Ping(ctx).Err() }

// An entry's lease has a key of its own. A lease that exists is shared. Entries
// and leases of another generation count as absent.
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

// Get reads an entry, or loads and caches it. T must survive JSON. Readers share
// the value, so callers must not change it. Errors of load are not cached.
func Get[T any](ctx context.Context, c *Cache, key string, load func(context.Context) (T, error)) (T, error) {
	var value T
	link := c.linkNow()
	if !link.up {
		c.reads.WithLabelValues("bypass").Inc()
		return load(ctx)
	}
	raw, lease, err := c.read(ctx, link, key)
	// A new run of Redis may have answered, one that was not known when the request
	// was sent.
	if err != nil || c.linkNow() != link {
		c.reads.WithLabelValues("bypass").Inc()
		return load(ctx)
	}
	if lease == "" && json.Unmarshal(raw, &value) == nil {
		c.reads.WithLabelValues("hit").Inc()
		return value, nil
	}
	c.reads.WithLabelValues("miss").Inc()
	if lease == "" { // an entry written by another version of this program
		return load(ctx)
	}
	shared := c.flight.DoChan(key+" "+lease, func() (_ any, err error) {
		defer func() {
			if p := recover(); p != nil { // on this goroutine it would end the process
				err = fmt.Errorf("load %s: %v\n%s", key, p, debug.Stack())
			}
		}()
		// Other readers wait for this read too, so one client that leaves does not end it.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
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

// read returns the entry, or else a lease to fill it.
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
		if ctx.Err() == nil { // otherwise our own client left
			c.failed(ctx, err)
		}
		return nil, "", err
	}
	if lease = text(found, 2); lease != "" {
		return nil, lease, nil
	}
	return []byte(strings.TrimPrefix(text(found, 1), text(found, 0))), "", nil
}

// text is one value of an answer of Redis; "" if it is absent.
func text(values []any, i int) string {
	if i >= len(values) {
		return ""
	}
	s, _ := values[i].(string)
	return s
}

// fill caches a value for the rest of its life.
func (c *Cache) fill(ctx context.Context, l link, key, lease string, value any, life time.Duration) {
	if life < time.Millisecond {
		return
	}
	var raw bytes.Buffer
	encoder := json.NewEncoder(&raw)
	encoder.SetEscapeHTML(false) // raw messages come back byte for byte
	if err := encoder.Encode(value); err != nil {
		c.log.ErrorContext(ctx, "cannot cache a value", "key", key, "error", err)
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), redisTimeout)
	defer cancel()
	keys := []string{key, leaseOf(key), l.generation()}
	if err := fillEntry.Run(ctx, c.client, keys, lease, raw.Bytes(), life.Milliseconds()).Err(); err != nil {
		c.failed(ctx, err)
	}
}

// Run runs a script that answers a number. It fails within redisTimeout when Redis
// does not answer, and at once while Redis is known to be away. After an error the
// script may or may not have run.
func (c *Cache) Run(ctx context.Context, script *redis.Script, keys []string, args ...any) (int64, error) {
	if !c.linkNow().up {
		return 0, errRedisAway
	}
	limited, cancel := context.WithTimeout(ctx, redisTimeout)
	defer cancel()
	n, err := script.Run(limited, c.client, keys, args...).Int64()
	if err != nil && ctx.Err() == nil { // otherwise our own client left
		c.failed(ctx, err)
	}
	return n, err
}

var errRedisAway = errors.New("Redis does not answer") //nolint:staticcheck // a proper name
