package kit_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

// replica is a cache as one process has it.
type replica struct {
	*kit.Cache
	env kit.Env
}

func openCache(t *testing.T, url kit.Secret) replica {
	t.Helper()
	env := kittest.Env(t)
	cache, err := kit.OpenCache(url, 0, env)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cache.Close)
	return replica{cache, env}
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
			_, _ = kit.Cached(t.Context(), r.Cache, "wantUp", func(context.Context) (int, error) { return 0, nil })
		}
		return r.count(t, "hit") > before
	})
}

func always[T any](value T) func(context.Context) (T, error) {
	return func(context.Context) (T, error) { return value, nil }
}

func (r replica) wantRead(t *testing.T, key string, stored, want int) {
	t.Helper()
	if got, err := kit.Cached(t.Context(), r.Cache, key, always(stored)); err != nil || got != want {
		t.Errorf("read of %s = %d, %v, want %d", key, got, err, want)
	}
}

func TestCached_CountsHitsMissesAndBypasses(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	url := kit.Secret("redis://" + server.Addr() + "/0")
	r := openCache(t, url)
	r.wantUp(t)
	hits, misses, bypasses := r.count(t, "hit"), r.count(t, "miss"), r.count(t, "bypass")
	r.wantRead(t, "a", 1, 1)
	r.wantRead(t, "a", 2, 1) // from the cache
	r.wantRead(t, "a", 2, 1)
	openOther := openCache(t, url)
	openOther.wantUp(t)
	openOther.wantRead(t, "a", 2, 1) // shared
	r.Drop(t.Context(), "a")
	r.wantRead(t, "a", 3, 3)
	if h, m, b := r.count(t, "hit")-hits, r.count(t, "miss")-misses, r.count(t, "bypass")-bypasses; h != 2 || m != 2 || b != 0 {
		t.Errorf("%d hits, %d misses, %d bypasses; want 2, 2, 0", h, m, b)
	}
	server.SetError("LOADING Redis is loading the dataset in memory")
	r.wantRead(t, "a", 4, 4)
	r.wantRead(t, "a", 5, 5)
	if b := r.count(t, "bypass") - bypasses; b != 2 {
		t.Errorf("%d bypasses, want 2", b)
	}
	server.SetError("")
	r.wantUp(t)
	r.wantRead(t, "a", 6, 6) // what was cached before is not trusted
}

func TestDropAll_LeavesNothingThatWasReadBefore(t *testing.T) {
	t.Parallel()
	url := kittest.Redis(t)
	r, other := openCache(t, url), openCache(t, url)
	r.wantUp(t)
	other.wantUp(t)
	r.wantRead(t, "a", 1, 1)
	other.wantRead(t, "a", 2, 1)
	// A reader that is overtaken keeps nothing of what it has read.
	if got, err := kit.Cached(t.Context(), other.Cache, "b", func(ctx context.Context) (int, error) {
		r.DropAll(ctx)
		return 1, nil
	}); got != 1 || err != nil {
		t.Errorf("read = %d, %v", got, err)
	}
	for _, replica := range []replica{r, other} {
		replica.wantRead(t, "a", 3, 3)
		replica.wantRead(t, "b", 3, 3)
		replica.wantRead(t, "a", 4, 3) // cached again
		r.DropAll(t.Context())
	}
}

func TestCached_LoadsOnceForManyReaders(t *testing.T) {
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
				got, err := kit.Cached(t.Context(), r.Cache, fmt.Sprint("hot ", round), func(context.Context) (int, error) {
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

func TestCached_ReaderThatLeavesDoesNotEndTheReadOfOthers(t *testing.T) {
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
		_, err := kit.Cached(ctx, r.Cache, "hot", load)
		first <- err
	}()
	<-begun
	go func() {
		got, err := kit.Cached(t.Context(), r.Cache, "hot", load)
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

func TestCached_KeepsNothingThatAWriterHasOvertaken(t *testing.T) {
	t.Parallel()
	for name, overtake := range map[string]func(*miniredis.Miniredis, replica){
		"dropped":              func(_ *miniredis.Miniredis, writer replica) { writer.Drop(context.Background(), "a") },
		"emptied":              func(server *miniredis.Miniredis, _ replica) { server.FlushAll() },
		"generation has ended": func(server *miniredis.Miniredis, _ replica) { server.FastForward(time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := miniredis.RunT(t)
			url := kit.Secret("redis://" + server.Addr() + "/0")
			r, writer := openCache(t, url), openCache(t, url)
			r.wantUp(t)
			got, err := kit.Cached(t.Context(), r.Cache, "a", func(context.Context) (int, error) {
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

func TestCached_DoesNotKeepErrors(t *testing.T) {
	t.Parallel()
	r := openCache(t, kittest.Redis(t))
	r.wantUp(t)
	broken := errors.New("broken")
	if _, err := kit.Cached(t.Context(), r.Cache, "a", func(context.Context) (int, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Errorf("read = %v", err)
	}
	if _, err := kit.Cached(t.Context(), r.Cache, "a", func(context.Context) (int, error) { panic("broken") }); err == nil {
		t.Error("a panic while loading is no error")
	}
	r.wantRead(t, "a", 1, 1)
}

// TestCached_LivesFromTheMomentItWasRead holds a row that was read longer ago than
// an entry lives, by a reader that was slow to come back with it.
func TestCached_LivesFromTheMomentItWasRead(t *testing.T) {
	t.Parallel()
	const life = 20 * time.Millisecond
	server := miniredis.RunT(t)
	cache, err := kit.OpenCache(kit.Secret("redis://"+server.Addr()+"/0"), life, kittest.Env(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cache.Close)
	kittest.Eventually(t, "the cache is used", func() bool {
		start := time.Now()
		_, err := kit.Cached(t.Context(), cache, "slow", func(context.Context) (int, error) {
			kittest.Eventually(t, "the row is old", func() bool { return time.Since(start) > 2*life })
			return 1, nil
		})
		return err == nil && (server.Exists("slow:lease") || server.Exists("slow"))
	})
	if server.Exists("slow") {
		t.Error("the row is kept")
	}
}

func TestCached_LoadsWhatIsNotOfThisShape(t *testing.T) {
	t.Parallel()
	r := openCache(t, kittest.Redis(t))
	r.wantUp(t)
	if _, err := kit.Cached(t.Context(), r.Cache, "a", always("text")); err != nil {
		t.Fatal(err)
	}
	r.wantRead(t, "a", 1, 1)
}

func TestOpenCache_RefusesWhatIsNoRedisURL(t *testing.T) {
	t.Parallel()
	if _, err := kit.OpenCache("postgres://user:hidden@host", 0, kittest.Env(t)); err == nil || err.Error() != "REDIS_URL is not a Redis URL" {
		t.Errorf("error %v", err)
	}
}

// TestDrop_ReturnsAtOnceWhenRedisIsDead: also after so many failures that a pool
// of connections would no longer try.
func TestDrop_ReturnsAtOnceWhenRedisIsDead(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	r := openCache(t, kit.Secret("redis://"+server.Addr()+"/0"))
	r.wantUp(t)
	server.Close()
	begun := time.Now()
	for range 200 {
		r.Drop(t.Context(), "a")
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("200 drops took %s", took)
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	if err := r.Ping(t.Context()); err != nil {
		t.Errorf("Redis is back, but: %v", err)
	}
}
