// Package pgserver runs a real PostgreSQL server without containers: for
// `microdemo up` and for tests. It finds PostgreSQL on the machine or downloads it once,
// keeps it running, and stops it with this process.
package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const superuser = "postgres"

// ErrInUse means that another process runs a server on the same folder.
var ErrInUse = errors.New("data folder is in use by another running microdemo")

// Server is a PostgreSQL server that runs until Stop. It is restarted if it dies, and it
// ends with this process.
type Server struct {
	o       Options
	install install
	id      identity
	dataDir string
	sockets string
	log     *os.File
	lock    *flock.Flock

	giveUp     context.CancelFunc // ends the supervision
	supervised chan struct{}      // closed when the supervision has ended

	mu      sync.Mutex
	process *process

	stopOnce sync.Once
	stopErr  error
}

// Start starts a server on o.Dir and returns when it answers queries. The first start
// creates the cluster; a cluster that was not shut down recovers. ctx bounds the start
// only. The error may be ErrInUse, ErrNotInstalled or ErrOtherMajor.
func Start(ctx context.Context, o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := makePrivate(o.Dir); err != nil {
		return nil, err
	}
	// postmaster.pid and the process list show real paths.
	if o.Dir, err = filepath.EvalSymlinks(o.Dir); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	s := &Server{
		o:          o,
		dataDir:    filepath.Join(o.Dir, "pgdata"),
		lock:       flock.New(filepath.Join(o.Dir, "lock")),
		supervised: make(chan struct{}),
	}
	if locked, err := s.lock.TryLock(); err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	} else if !locked {
		_ = s.lock.Close()
		return nil, fmt.Errorf("%w: %s", ErrInUse, o.Dir)
	}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.release())
	}

	life, cancel := context.WithCancel(context.Background())
	s.giveUp = cancel
	go s.supervise(life)
	return s, nil
}

func (s *Server) start(ctx context.Context) error {
	major, err := majorOf(s.dataDir)
	if err != nil {
		return err
	}
	if major != 0 && major < minMajor {
		return fmt.Errorf("%w: the data in %s was made by PostgreSQL %d, and %d or newer is needed: move the folder away",
			ErrOtherMajor, s.o.Dir, major, minMajor)
	}
	if s.install, err = find(ctx, s.o, major); err != nil {
		return err
	}
	if s.id, err = chooseIdentity(ctx, s.o, s.install); err != nil {
		return err
	}
	if s.id.drop { // or the owner could not lock the folder next time
		if err := os.Lchown(s.lock.Path(), s.id.uid, s.id.gid); err != nil {
			return fmt.Errorf("lock the data folder: %w", err)
		}
	}
	if s.log, err = openLog(filepath.Join(s.o.Dir, "postgres.log"), s.id); err != nil {
		return err
	}
	sockets := socketFolder(s.o.Dir, s.id.uid)
	if err := makeSocketFolder(sockets, s.id); err != nil {
		return err
	}
	s.sockets = sockets // only now: release removes it, and it could be of another user
	if major == 0 {
		if err := initialize(ctx, s.o, s.install, s.id, s.dataDir); err != nil {
			return err
		}
	}
	return s.firstLaunch(ctx)
}

// URL is the address of a database on this server, through its unix socket.
func (s *Server) URL(database string) string {
	u := url.URL{
		Scheme: "postgres",
		User:   url.User(superuser),
		Path:   "/" + database,
		RawQuery: url.Values{
			"host":    {s.sockets},
			"port":    {"5432"},
			"sslmode": {"disable"},
		}.Encode(),
	}
	return u.String()
}

// CreateDatabase creates a database unless it exists.
func (s *Server) CreateDatabase(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()

	// template1 cannot be copied while a client is connected to it.
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+" TEMPLATE template0")
	const duplicateDatabase, uniqueViolation = "42P04", "23505" // the latter if two create it at the same time
	var failure *pgconn.PgError
	if errors.As(err, &failure) && (failure.Code == duplicateDatabase || failure.Code == uniqueViolation) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	return nil
}

// Stop shuts the server down and waits until it has ended: first with a fast shutdown,
// which aborts open transactions, then by force if that takes long or ctx ends. The data
// is kept. Further calls return the same result.
func (s *Server) Stop(ctx context.Context) error {
	s.stopOnce.Do(func() {
		s.giveUp()
		<-s.supervised
		s.stopErr = shutdown(ctx, s.current().Signal, s.current().done)
		s.stopErr = errors.Join(s.stopErr, s.release())
	})
	return s.stopErr
}

// release releases everything except the process and the data.
func (s *Server) release() error {
	var errs []error
	if s.sockets != "" {
		errs = append(errs, os.RemoveAll(s.sockets))
	}
	if s.log != nil {
		errs = append(errs, s.log.Close())
	}
	return errors.Join(append(errs, s.lock.Close())...)
}

func (s *Server) current() *process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.process
}

func makePrivate(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return nil
}
