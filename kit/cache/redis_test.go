package cache_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"microdemo/kit"
	"microdemo/kit/cache"
	"microdemo/kit/kittest"
)

// shop is one table that many readers and writers use through the caches of two
// replicas.
type shop struct {
	server   *kittest.RedisServer
	db       *kit.DB
	replicas []replica

	stop             atomic.Bool
	people           sync.WaitGroup
	reads, writes    atomic.Int64
	outdated, failed atomic.Int64
}

const keys = 6

func openShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{server: kittest.NewRedisServer(t)}
	if err := s.server.Start(); err != nil {
		t.Fatal(err)
	}
	db, err := kit.OpenPostgres(t.Context(), kittest.Database(t), fstest.MapFS{"migrations/00001_things.sql": {Data: []byte(`-- +goose Up
		CREATE TABLE things (id int PRIMARY KEY, version bigint NOT NULL DEFAULT 0);
		INSERT INTO things (id) SELECT generate_series(0, 5);`)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	s.db = db
	s.replicas = []replica{openCache(t, s.server.URL()), openCache(t, s.server.URL())}
	for _, r := range s.replicas {
		r.wantUp(t)
	}
	for i := range 4 * keys {
		s.people.Go(func() { s.visit(t, i%keys) })
	}
	t.Cleanup(func() { s.close(t) })
	return s
}

// visit reads and writes one row through any replica, and never accepts a version
// older than its own last write.
func (s *shop) visit(t *testing.T, id int) {
	key := fmt.Sprintf("thing:%d", id)
	var mine int64
	for !s.stop.Load() {
		r := s.replicas[rand.N(len(s.replicas))]
		if rand.N(5) == 0 {
			err := s.db.QueryRow(context.Background(), `UPDATE things SET version = version + 1 WHERE id = $1 RETURNING version`, id).Scan(&mine)
			r.Evict(context.Background(), key)
			s.count(t, err, &s.writes)
			continue
		}
		got, err := cache.Get(context.Background(), r.Cache, key, func(ctx context.Context) (version int64, err error) {
			err = s.db.QueryRow(ctx, `SELECT version FROM things WHERE id = $1`, id).Scan(&version)
			return version, err
		})
		s.count(t, err, &s.reads)
		if err == nil && got < mine && s.outdated.Add(1) <= 3 {
			t.Errorf("%s: read version %d after writing version %d", key, got, mine)
		}
	}
}

func (s *shop) count(t *testing.T, err error, done *atomic.Int64) {
	if err == nil {
		done.Add(1)
	} else if s.failed.Add(1) <= 3 {
		t.Errorf("a read or write failed: %v", err)
	}
}

func (s *shop) close(t *testing.T) {
	s.stop.Store(true)
	s.people.Wait()
	t.Logf("%d reads, of which %d outdated; %d writes; %d failed; %d hits",
		s.reads.Load(), s.outdated.Load(), s.writes.Load(), s.failed.Load(), s.hits(t))
}

func (s *shop) hits(t *testing.T) (sum int) {
	for _, r := range s.replicas {
		sum += r.count(t, "hit")
	}
	return sum
}

// wantHits waits until the caches have served this many more reads.
func (s *shop) wantHits(t *testing.T, more int) {
	t.Helper()
	begin := s.hits(t)
	kittest.Eventually(t, "the caches serve", func() bool { return s.hits(t) >= begin+more })
}

// wantWrites waits for this many more writes.
func (s *shop) wantWrites(t *testing.T, more int64) {
	t.Helper()
	begin := s.writes.Load()
	kittest.Eventually(t, "writes go on", func() bool { return s.writes.Load() >= begin+more })
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// These tests disturb Redis during reads and writes. No reader may see a version
// older than its own last write, and nothing may fail.

func TestCache_NothingOutdatedWhileRedisIsWell(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.wantHits(t, 3000)
	s.wantWrites(t, 1000)
}

func TestCache_NothingOutdatedWhileRedisIsEmptied(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for range 50 {
		must(t, s.server.Empty())
		s.wantHits(t, 20)
	}
}

func TestCache_NothingOutdatedWhileRedisIsRestartedEmpty(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for range 8 {
		s.server.Kill()
		s.wantWrites(t, 50)
		must(t, s.server.Start())
		s.wantHits(t, 50)
	}
}

func TestCache_NothingOutdatedWhileRedisIsRestartedWithOldData(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for i := range 12 {
		must(t, s.server.Save())
		if i%2 == 0 {
			s.wantWrites(t, 50)
		}
		s.server.Kill()
		if i%3 == 0 {
			s.wantWrites(t, 50)
		}
		must(t, s.server.Start())
		s.wantHits(t, 50)
	}
}

func TestCache_NothingOutdatedWhileRedisIsPaused(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for i := range 4 {
		must(t, s.server.Pause())
		s.wantWrites(t, int64(1+20*(i%2))) // some end before Redis resumes, with nothing evicted
		must(t, s.server.Resume())
		s.wantHits(t, 50)
	}
}

// TestCache_TrustsNothingFromBeforeARestart restarts Redis so quickly that a replica
// may not notice, with data in which nothing has expired.
func TestCache_TrustsNothingFromBeforeARestart(t *testing.T) {
	t.Parallel()
	server := kittest.NewRedisServer(t)
	must(t, server.Start())
	writer, reader := openCache(t, server.URL()), openCache(t, server.URL())
	for i := range 12 {
		key := fmt.Sprintf("thing:%d", i)
		writer.wantUp(t)
		reader.wantUp(t)
		writer.wantRead(t, key, 1, 1)
		reader.wantRead(t, key, 2, 1) // cached
		must(t, server.Save())
		writer.Evict(t.Context(), key)
		server.Kill()
		must(t, server.Start())
		reader.wantRead(t, key, 2, 2)
		reader.wantUp(t)
		reader.wantRead(t, key, 2, 2)
	}
}

// TestCache_TrustsNothingFromBeforeAPause has a writer that could not evict what it
// changed, and a reader that did nothing meanwhile.
func TestCache_TrustsNothingFromBeforeAPause(t *testing.T) {
	t.Parallel()
	server := kittest.NewRedisServer(t)
	must(t, server.Start())
	writer, reader := openCache(t, server.URL()), openCache(t, server.URL())
	for i := range 3 {
		key := fmt.Sprintf("thing:%d", i)
		writer.wantUp(t)
		reader.wantUp(t)
		writer.wantRead(t, key, 1, 1)
		must(t, server.Pause())
		writer.Evict(t.Context(), key)
		must(t, server.Resume())
		reader.wantRead(t, key, 2, 2)
	}
}

func TestCache_ComesIntoUseWhenRedisComes(t *testing.T) {
	t.Parallel()
	server := kittest.NewRedisServer(t)
	r := openCache(t, server.URL())
	r.wantRead(t, "a", 1, 1)
	if hits := r.count(t, "hit"); hits != 0 {
		t.Errorf("%d hits without Redis", hits)
	}
	must(t, server.Start())
	r.wantUp(t)
	r.wantRead(t, "a", 2, 2)
	r.wantRead(t, "a", 3, 2)
}
