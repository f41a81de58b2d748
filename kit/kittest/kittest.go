// Package kittest is what tests of services share: a real PostgreSQL with a
// database per test, a Redis, tokens, and HTTP calls that read as one line.
package kittest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/gofrs/uuid/v5"

	"microdemo/kit"
)

// Secret signs the tokens of tests.
const Secret kit.Secret = "a-secret-for-tests-only-0123456789abcdef"

// Deadline is how long a test waits for what must happen; it only catches a
// hang.
const Deadline = 60 * time.Second

// Redis starts a Redis for one test and gives its URL.
func Redis(t testing.TB) kit.Secret {
	t.Helper()
	return kit.Secret("redis://" + miniredis.RunT(t).Addr() + "/0")
}

// Settings are the settings of a service under test, with a database and a Redis
// of its own.
func Settings(t testing.TB) kit.Settings {
	t.Helper()
	return schema.Settings(t)
}

func settings(t testing.TB, database kit.Secret) kit.Settings {
	t.Helper()
	s := kit.Defaults[kit.Settings]()
	s.DatabaseURL, s.RedisURL, s.JWTSecretKey = database, Redis(t), Secret
	s.RevocationsInterval = 200 * time.Millisecond
	s.RevocationsTrust = Deadline // a busy machine may take long to answer
	return s
}

// Env is what a service under test is given. Its log goes nowhere unless
// MICRODEMO_TEST_LOG is set.
func Env(t testing.TB) kit.Env {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	if os.Getenv("MICRODEMO_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return kit.NewEnv(log)
}

// Serve serves a built service on a loopback port, with its workers, until the
// test ends or stop is called, and gives its base URL.
func Serve(t testing.TB, service *kit.Service, err error) (base string, stop func()) {
	t.Helper()
	if err != nil {
		t.Fatalf("build the service: %v", err)
	}
	public, admin := Listen(t), Listen(t)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- service.Serve(ctx, public, admin, 0, nil) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	t.Cleanup(stop)
	loading, cancelLoading := context.WithTimeout(context.Background(), Deadline)
	defer cancelLoading()
	if !service.Loaded(loading) {
		t.Fatal("the service does not learn which sessions were revoked")
	}
	return fmt.Sprintf("http://%s", public.Addr()), stop
}

// Listen opens a loopback port.
func Listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Token is an access token of a user, in a session that no service knows.
func Token(t testing.TB, userID int64, role kit.Role) string {
	t.Helper()
	tokens := kit.NewTokens(Secret, time.Now)
	token, err := tokens.Issue(userID, fmt.Sprintf("user%d@example.com", userID), role, uuid.Must(uuid.NewV4()).String())
	if role == kit.RoleService {
		token, err = tokens.IssueForService("test")
	}
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// Eventually waits until what holds, trying again after short pauses, and fails
// the test at the deadline.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	EventuallySucceeds(t, func() error {
		if !holds() {
			return errors.New("still not: " + what)
		}
		return nil
	})
}

// EventuallySucceeds tries again after short pauses until do returns nil, and
// fails the test with its error at the deadline.
func EventuallySucceeds(t testing.TB, do func() error) {
	t.Helper()
	deadline := time.NewTimer(Deadline)
	defer deadline.Stop()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for err := do(); err != nil; err = do() {
		select {
		case <-deadline.C:
			t.Fatal(err)
		case <-again.C:
		}
	}
}
