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
)

// Delays between restarts: short at first, as a lone crash should hardly be
// noticed, and bounded, as a server that cannot run must not burn the CPU.
const (
	firstDelay = 50 * time.Millisecond
	lastDelay  = 5 * time.Second
	healthy    = 10 * time.Second // who ran this long starts over with firstDelay
)

// readyTimeout is long, as recovery after a crash can be.
const readyTimeout = time.Minute

// errOrphans: backends of a killed postmaster still hold its shared memory.
// They notice soon that they are alone.
var errOrphans = errors.New("processes of the last run have not ended yet")

// launch starts a postmaster. It does not wait until it answers.
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
		"jit=off", // costs more than the services' short queries take
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

// quoteInList quotes a path for a setting that takes a list separated by commas.
func quoteInList(path string) string {
	return `"` + strings.ReplaceAll(path, `"`, `""`) + `"`
}

// firstLaunch starts the server and waits until it answers.
func (s *Server) firstLaunch(ctx context.Context) error {
	done := s.o.during(fmt.Sprintf("starting PostgreSQL %d", s.install.major))
	defer done()
	ctx, cancel := context.WithTimeoutCause(ctx, readyTimeout, fmt.Errorf("no answer within %v", readyTimeout))
	defer cancel()
	for delay := firstDelay; ; delay = min(2*delay, lastDelay) {
		offset := size(s.log)
		p, err := s.launch(ctx)
		if err != nil {
			return err
		}
		err = s.awaitAnswer(ctx, p, offset)
		if err == nil {
			return nil
		}
		if !errors.Is(err, errOrphans) || !wait(ctx, delay) {
			// Nobody is connected: no reason for being gentle.
			hurry, cancel := context.WithCancel(ctx)
			cancel()
			return errors.Join(err, shutdown(hurry, p.Signal, p.done))
		}
	}
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

// supervise starts the server again whenever it dies, until life ends.
func (s *Server) supervise(life context.Context) {
	defer close(s.supervised)
	delay, began, offset := firstDelay, time.Now(), size(s.log)
	for {
		p := s.current()
		select {
		case <-life.Done():
			return
		case <-p.done:
		}
		if time.Since(began) > healthy {
			delay = firstDelay
		}
		s.o.Log.Warn("PostgreSQL ended unexpectedly and is started again",
			"pid", p.Pid, "end", p.err, "log", lastProblem(since(s.log, offset)), "delay", delay)
		if !wait(life, delay) {
			return
		}
		delay = min(2*delay, lastDelay)
		began, offset = time.Now(), size(s.log)
		// A failed launch leaves the old, ended process: the loop tries again.
		if _, err := s.launch(life); err != nil {
			s.o.Log.Error("PostgreSQL does not start", "error", err)
		}
	}
}

// wait is false when ctx ended before the time was over.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
