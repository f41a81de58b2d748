package cache

import (
	"context"
	"errors"
	"syscall"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/redis/go-redis/v9"
	"github.com/sethvargo/go-retry"
)

// Evict removes entries. Call it after the commit that changed their rows, and
// before anyone learns of the change. It gives up at once when Redis is dead,
// because the next run of Redis has another generation; otherwise only after the
// generation has ended because Redis answers no process.
func (c *Cache) Evict(ctx context.Context, keys ...string) {
	if len(keys) == 0 {
		return
	}
	all := make([]string, 0, 2*len(keys))
	for _, key := range keys {
		all = append(all, key, leaseOf(key))
	}
	c.insist(ctx, func(ctx context.Context) error { return c.client.Del(ctx, all...).Err() })
}

// EvictAll ends the generation, and so evicts the entries of all services. It is
// for changes of so many rows that evicting each costs more than reading the hot
// ones again; call it when Evict would be called.
func (c *Cache) EvictAll(ctx context.Context) {
	c.insist(ctx, func(ctx context.Context) error {
		return extendGeneration.Run(ctx, c.client, []string{c.linkNow().generation()}, ulid.Make().String(), generationLife.Milliseconds(), true).Err()
	})
}

// insist retries do until it succeeds or the generation has ended without it.
func (c *Cache) insist(ctx context.Context, do func(context.Context) error) {
	// Long enough for two attempts even if the first gets no answer: it may have
	// failed only because this process was paused.
	patience := retry.WithMaxDuration(3*redisTimeout/2, retry.NewConstant(20*time.Millisecond))
	_ = retry.Do(context.WithoutCancel(ctx), patience, func(ctx context.Context) error { // failed notes the error
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
