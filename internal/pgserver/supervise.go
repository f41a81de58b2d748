package pgserver

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/sethvargo/go-retry"
)

// delays are those between restarts: short at first, so that a single crash is hardly
// noticed, and growing up to a bound, so that a server that cannot run does not load the
// CPU.
func delays() retry.Backoff {
	return retry.WithCappedDuration(5*time.Second, retry.NewExponential(50*time.Millisecond))
}

// healthy is how long a server runs until its delays begin anew.
const healthy = 10 * time.Second

// readyTimeout is long because recovery after a crash may be.
const readyTimeout = time.Minute

// errOrphans: backends of a killed postmaster still hold its shared memory. They end
// soon by themselves.
var errOrphans = errors.New("processes of the last run have not ended yet")

// launch starts a postmaster and does not wait until it answers.
func (s *Server) launch(ctx context.Context) (*process, error) {
	if err := stopOld(ctx, s.o, s.dataDir); err != nil {
		return nil, err
	}
	if err := clearSocket(s.sockets); err != nil {
		return nil, err
	}
	cmd, err := s.command()
	if err != nil {
		return nil, err
	}
	p, err := start(cmd, syscall.SIGQUIT)
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", s.id.explain(err))
	}
	s.mu.Lock()
	s.process = p
	s.mu.Unlock()
	return p, nil
}

func (s *Server) command() (*exec.Cmd, error) {
	settings := []string{
		"listen_addresses=", // no TCP: another user of the machine could connect
		"port=5432",
		"unix_socket_directories=" + quoteInList(s.sockets),
		"unix_socket_permissions=0700",
		"max_connections=" + strconv.Itoa(s.o.MaxConnections),
		"jit=off", // slower for short queries
		"max_wal_size=256MB",
		"timezone=UTC",
		"log_timezone=UTC",
		"logging_collector=off",
	}
	if s.o.NoSync {
		settings = append(settings, "shared_buffers=16MB", "fsync=off", "full_page_writes=off")
	} else {
		settings = append(settings, "shared_buffers=64MB", "fsync=on")
	}
	args := []string{"-D", s.dataDir}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	cmd := exec.Command(s.install.postgres(), args...)
	cmd.Env = environment()
	cmd.Stdout, cmd.Stderr = s.log, s.log
	return cmd, s.id.apply(cmd)
}

// quoteInList quotes a path for a setting that is a list separated by commas.
func quoteInList(path string) string {
	return `"` + strings.ReplaceAll(path, `"`, `""`) + `"`
}

// firstLaunch starts the server and waits until it answers.
func (s *Server) firstLaunch(ctx context.Context) error {
	s.o.Step(fmt.Sprintf("starting PostgreSQL %d", s.install.major))
	ctx, cancel := context.WithTimeoutCause(ctx, readyTimeout, fmt.Errorf("no answer within %v", readyTimeout))
	defer cancel()
	err := retry.Do(ctx, delays(), func(ctx context.Context) error {
		offset := size(s.log)
		p, err := s.launch(ctx)
		if err != nil {
			return err
		}
		if err = s.awaitAnswer(ctx, p, offset); errors.Is(err, errOrphans) {
			return retry.RetryableError(err)
		}
		return err
	})
	if p := s.current(); err != nil && p != nil {
		cancel() // no client is connected: stop at once
		err = errors.Join(err, shutdown(ctx, p.Signal, p.done))
	}
	return err
}

// awaitAnswer waits until a query works.
func (s *Server) awaitAnswer(ctx context.Context, p *process, offset int64) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	errDied := errors.New("PostgreSQL ended")
	go func() {
		select {
		case <-p.done:
			cancel(errDied)
		case <-ctx.Done():
		}
	}()
	if poll(ctx, func() bool { return s.answers(ctx) }) {
		return nil
	}
	if cause := context.Cause(ctx); !errors.Is(cause, errDied) {
		return fmt.Errorf("start PostgreSQL: %w (its log is %s)", cause, s.log.Name())
	}
	why := lastProblem(since(s.log, offset))
	if strings.Contains(why, "pre-existing shared memory block") {
		return fmt.Errorf("start PostgreSQL: %w", errOrphans)
	}
	return fmt.Errorf("start PostgreSQL: %w (%w, its log is %s)", s.id.explain(errors.New(why)), p.err, s.log.Name())
}

func (s *Server) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, "SELECT 1")
	return err == nil
}

// supervise restarts the server when it dies, until life ends.
func (s *Server) supervise(life context.Context) {
	defer close(s.supervised)
	backoff, began, offset := delays(), time.Now(), size(s.log)
	for {
		p := s.current()
		select {
		case <-life.Done():
			return
		case <-p.done:
		}
		if time.Since(began) > healthy {
			backoff = delays()
		}
		delay, _ := backoff.Next()
		s.o.Log.Warn("PostgreSQL ended unexpectedly; restarting it",
			"pid", p.Pid, "end", p.err, "log", lastProblem(since(s.log, offset)), "delay", delay)
		select {
		case <-life.Done():
			return
		case <-time.After(delay):
		}
		began, offset = time.Now(), size(s.log)
		// After a failed launch, current is still the ended process: the loop retries.
		if _, err := s.launch(life); err != nil {
			s.o.Log.Error("PostgreSQL does not start", "error", err)
		}
	}
}
