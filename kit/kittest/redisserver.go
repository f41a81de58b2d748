package kittest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"microdemo/kit"
)

// RedisServer is a real Redis, to see what a service does when it fails. It
// keeps its address whatever happens to it, and in its directory what it has
// saved.
type RedisServer struct {
	Client *redis.Client // for what a test does to it

	bin, dir string
	port     int
	cmd      *exec.Cmd
}

// NewRedisServer prepares a Redis for one test; Start starts it. Where there is
// no redis-server the test is skipped, but with CI=true it fails.
func NewRedisServer(t testing.TB) *RedisServer {
	t.Helper()
	bin, err := exec.LookPath("redis-server")
	switch {
	case err != nil && os.Getenv("CI") == "true":
		t.Fatal("redis-server is not installed")
	case err != nil:
		t.Skip("redis-server is not installed; without it, nothing is known about the cache when Redis fails")
	}
	s := &RedisServer{bin: bin, dir: t.TempDir(), port: 10_000 + rand.N(20_000)} // below the ports that outgoing connections use
	s.Client = redis.NewClient(&redis.Options{Addr: s.addr(), MaxRetries: -1})
	t.Cleanup(func() {
		_ = s.Client.Close()
		s.Kill()
	})
	return s
}

func (s *RedisServer) addr() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

// URL is where it listens.
func (s *RedisServer) URL() kit.Secret { return kit.Secret("redis://" + s.addr() + "/0") }

// Start starts it, with what it has saved, and returns when it answers.
func (s *RedisServer) Start() error {
	s.cmd = exec.Command(s.bin, "--bind", "127.0.0.1", "--port", fmt.Sprint(s.port), "--dir", s.dir, "--save", "")
	if err := s.cmd.Start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), Deadline)
	defer cancel()
	again := time.NewTicker(2 * time.Millisecond)
	defer again.Stop()
	for s.Client.Ping(ctx).Err() != nil {
		select {
		case <-ctx.Done():
			return fmt.Errorf("redis-server does not answer: %w", ctx.Err())
		case <-again.C:
		}
	}
	return nil
}

// Save makes what it holds now what it starts with.
func (s *RedisServer) Save() error { return s.Client.Save(context.Background()).Err() }

// Empty makes it forget everything.
func (s *RedisServer) Empty() error { return s.Client.FlushAll(context.Background()).Err() }

// Kill ends it as a crash would.
func (s *RedisServer) Kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill() // it may be dead already
	_ = s.cmd.Wait()
	s.cmd = nil
}

// Pause stops it from answering; connections stay open.
func (s *RedisServer) Pause() error { return s.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume lets it go on after Pause, with all it was sent meanwhile.
func (s *RedisServer) Resume() error { return s.cmd.Process.Signal(syscall.SIGCONT) }

// Counter is the value of a counter with these labels, given as name and value;
// 0 if there is none.
func Counter(t testing.TB, env kit.Env, name string, labels ...string) float64 {
	t.Helper()
	families, err := env.Metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
	metrics:
		for _, metric := range family.GetMetric() {
			for i := 0; i+1 < len(labels); i += 2 {
				found := false
				for _, label := range metric.GetLabel() {
					found = found || label.GetName() == labels[i] && label.GetValue() == labels[i+1]
				}
				if !found {
					continue metrics
				}
			}
			return metric.GetCounter().GetValue()
		}
	}
	return 0
}
