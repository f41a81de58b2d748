package cache_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"

	"microdemo/kit"
	"microdemo/kit/cache"
	"microdemo/kit/kittest"
)

// replica is the cache of one process.
type replica struct {
	*cache.Cache
	env kit.Env
}

func openCache(t *testing.T, url kit.Secret) replica {
	t.Helper()
	env := kittest.Env(t)
	c, err := cache.Open(string(url), cache.MaxLife, env.Log, env.Metrics)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return replica{c, env}
}

func (r replica) count(t testing.TB, result string) int {
	return int(kittest.Counter(t, r.env, "cache_reads_total", "result", result))
}

// wantUp waits until the cache is used.
func (r replica) wantUp(t *testing.T) {
	t.Helper()
	kittest.Eventually(t, "the cache is used", func() bool {
		before := r.count(t, "hit")
		for range 2 {
			_, _ = cache.Get(t.Context(), r.Cache, "wantUp", func(context.Context) (int, error) { return 0, nil })
		}
		return r.count(t, "hit") > before
	})
}

func always[T any](value T) func(context.Context) (T, error) {
	return func(context.Context) (T, error) { return value, nil }
}

func (r replica) wantRead(t *testing.T, key string, stored, want int) {
	t.Helper()
	if got, err := cache.Get(t.Context(), r.Cache, key, always(stored)); err != nil || got != want {
		t.Errorf("read of %s = %d, %v, want %d", key, got, err, want)
	}
}

func TestGet_CountsHitsMissesAndBypasses(t *testing.T) {
	t.Parallel()
	for round := 1; ; round++ {
		began := time.Now()
		problem := countedWrong(t)
		switch {
		case problem == "":
			return
		case time.Since(began) < cache.RedisTimeout || round == 10:
			t.Fatal(problem)
		}
		// This process may have been paused for longer than a cache waits for Redis.
	}
}

// countedWrong reads in every way and reports what was counted wrong, or "".
func countedWrong(t *testing.T) string {
	t.Helper()
	server := miniredis.RunT(t)
	url := kit.Secret("redis://" + server.Addr() + "/0")
	r, other := openCache(t, url), openCache(t, url)
	r.wantUp(t)
	other.wantUp(t)
	var read []int
	reads := func(c replica, stored int) {
		got, err := cache.Get(t.Context(), c.Cache, "a", always(stored))
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, got)
	}
	before := r.counts(t)
	reads(r, 1)
	reads(r, 2) // from the cache
	reads(r, 2)
	reads(other, 2) // shared
	r.Evict(t.Context(), "a")
	reads(r, 3)
	trusted := r.counts(t).minus(before)
	server.SetError("LOADING Redis is loading the dataset in memory")
	reads(r, 4)
	reads(r, 5)
	away := r.counts(t).minus(before)
	server.SetError("")
	r.wantUp(t)
	reads(r, 6) // what was cached before is not trusted
	if want := []int{1, 1, 1, 1, 3, 4, 5, 6}; !slices.Equal(read, want) {
		return fmt.Sprintf("read %v, want %v", read, want)
	}
	if want := (counts{hits: 2, misses: 2}); trusted != want {
		return fmt.Sprintf("counted %+v, want %+v", trusted, want)
	}
	if want := (counts{hits: 2, misses: 2, bypasses: 2}); away != want {
		return fmt.Sprintf("counted %+v while Redis was away, want %+v", away, want)
	}
	return ""
}

type counts struct{ hits, misses, bypasses int }

func (r replica) counts(t testing.TB) counts {
	t.Helper()
	return counts{r.count(t, "hit"), r.count(t, "miss"), r.count(t, "bypass")}
}

func (c counts) minus(o counts) counts {
	return counts{c.hits - o.hits, c.misses - o.misses, c.bypasses - o.bypasses}
}

func TestEvictAll_EvictsEveryEntry(t *testing.T) {
	t.Parallel()
	url := kittest.Redis(t)
	r, other := openCache(t, url), openCache(t, url)
	r.wantUp(t)
	other.wantUp(t)
	r.wantRead(t, "a", 1, 1)
	other.wantRead(t, "a", 2, 1)
	// A reader that is overtaken keeps nothing of what it has read.
	if got, err := cache.Get(t.Context(), other.Cache, "b", func(ctx context.Context) (int, error) {
		r.EvictAll(ctx)
		return 1, nil
	}); got != 1 || err != nil {
		t.Errorf("read = %d, %v", got, err)
	}
	for _, replica := range []replica{r, other} {
		replica.wantRead(t, "a", 3, 3)
		replica.wantRead(t, "b", 3, 3)
		replica.wantRead(t, "a", 4, 3) // cached again
		r.EvictAll(t.Context())
	}
}

func TestGet_LoadsOnceForManyReaders(t *testing.T) {
	t.Parallel()
	r := openCache(t, kittest.Redis(t))
	r.wantUp(t)
	const readers, rounds = 50, 20
	for round := range rounds {
		misses, bypasses := r.count(t, "miss"), r.count(t, "bypass")
		var loads atomic.Int64
		leave := make(chan struct{})
		var all sync.WaitGroup
		for range readers {
			all.Go(func() {
				got, err := cache.Get(t.Context(), r.Cache, fmt.Sprint("hot ", round), func(context.Context) (int, error) {
					loads.Add(1)
					<-leave
					return 7, nil
				})
				if got != 7 || err != nil {
					t.Errorf("read = %d, %v", got, err)
				}
			})
		}
		kittest.Eventually(t, "every reader has asked", func() bool {
			return r.count(t, "miss")-misses+r.count(t, "bypass")-bypasses == readers
		})
		close(leave)
		all.Wait()
		if r.count(t, "bypass") != bypasses {
			continue // this machine was too busy to stay in touch with Redis
		}
		if n := loads.Load(); n != 1 {
			t.Errorf("loaded %d times for %d readers at once", n, readers)
		}
		return
	}
	t.Errorf("the cache was not in touch with Redis in any of %d rounds", rounds)
}

func TestGet_ReaderThatLeavesDoesNotEndTheReadOfOthers(t *testing.T) {
	t.Parallel()
	r := openCache(t, kittest.Redis(t))
	r.wantUp(t)
	misses := r.count(t, "miss")
	begun, leave := make(chan struct{}), make(chan struct{})
	load := func(ctx context.Context) (int, error) {
		close(begun)
		<-leave
		return 7, ctx.Err()
	}
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := cache.Get(ctx, r.Cache, "hot", load)
		first <- err
	}()
	<-begun
	go func() {
		got, err := cache.Get(t.Context(), r.Cache, "hot", load)
		if got != 7 && err == nil {
			err = errors.New("the second reader got nothing")
		}
		second <- err
	}()
	kittest.Eventually(t, "both readers have missed", func() bool { return r.count(t, "miss")-misses == 2 })
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the reader that left got %v", err)
	}
	close(leave)
	if err := <-second; err != nil {
		t.Error(err)
	}
}

func TestGet_CachesNothingAfterAWriterOvertook(t *testing.T) {
	t.Parallel()
	for name, overtake := range map[string]func(*miniredis.Miniredis, replica){
		"evicted":              func(_ *miniredis.Miniredis, writer replica) { writer.Evict(context.Background(), "a") },
		"emptied":              func(server *miniredis.Miniredis, _ replica) { server.FlushAll() },
		"generation has ended": func(server *miniredis.Miniredis, _ replica) { server.FastForward(time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := miniredis.RunT(t)
			url := kit.Secret("redis://" + server.Addr() + "/0")
			r, writer := openCache(t, url), openCache(t, url)
			r.wantUp(t)
			got, err := cache.Get(t.Context(), r.Cache, "a", func(context.Context) (int, error) {
				overtake(server, writer)
				return 1, nil
			})
			if got != 1 || err != nil {
				t.Errorf("read = %d, %v", got, err)
			}
			r.wantRead(t, "a", 2, 2)
		})
	}
}

func TestGet_DoesNotCacheErrors(t *testing.T) {
	t.Parallel()
	r := openCache(t, kittest.Redis(t))
	r.wantUp(t)
	broken := errors.New("broken")
	if _, err := cache.Get(t.Context(), r.Cache, "a", func(context.Context) (int, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Errorf("read = %v", err)
	}
	if _, err := cache.Get(t.Context(), r.Cache, "a", func(context.Context) (int, error) { panic("broken") }); err == nil {
		t.Error("a panic while loading is no error")
	}
	r.wantRead(t, "a", 1, 1)
}

// TestGet_LivesFromTheMomentItWasRead has a slow reader, which returns with a row
// that it read longer ago than an entry lives.
func TestGet_LivesFromTheMomentItWasRead(t *testing.T) {
	t.Parallel()
	const life = 20 * time.Millisecond
	server := miniredis.RunT(t)
	c, err := cache.Open("redis://"+server.Addr()+"/0", life, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	kittest.Eventually(t, "the cache is used", func() bool {
		_, err := cache.Get(t.Context(), c, "slow", func(context.Context) (int, error) {
			start := time.Now() // not before Get, whose way here may take as long as an entry lives
			kittest.Eventually(t, "the row is old", func() bool { return time.Since(start) > 2*life })
			return 1, nil
		})
		return err == nil && (server.Exists("slow:lease") || server.Exists("slow"))
	})
	if server.Exists("slow") {
		t.Error("the row is kept")
	}
}

func TestGet_LoadsWhenTheEntryHasAnotherShape(t *testing.T) {
	t.Parallel()
	r := openCache(t, kittest.Redis(t))
	r.wantUp(t)
	if _, err := cache.Get(t.Context(), r.Cache, "a", always("text")); err != nil {
		t.Fatal(err)
	}
	r.wantRead(t, "a", 1, 1)
}

func TestOpen_RefusesAnotherURL(t *testing.T) {
	t.Parallel()
	if _, err := cache.Open("postgres://user:hidden@host", 0, nil, nil); err == nil || err.Error() != "REDIS_URL is not a Redis URL" {
		t.Errorf("error %v", err)
	}
}

// TestEvict_ReturnsAtOnceWhenRedisIsDead evicts often enough for a connection pool
// to stop dialing.
func TestEvict_ReturnsAtOnceWhenRedisIsDead(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	r := openCache(t, kit.Secret("redis://"+server.Addr()+"/0"))
	r.wantUp(t)
	server.Close()
	begun := time.Now()
	for range 200 {
		r.Evict(t.Context(), "a")
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("200 evictions took %s", took)
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	if err := r.Ping(t.Context()); err != nil {
		t.Errorf("Redis is back, but: %v", err)
	}
}
