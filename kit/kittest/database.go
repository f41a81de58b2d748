package kittest

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/uuid/v5"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"microdemo/internal/pgserver"
	"microdemo/kit"
)

// postgres is the one server of a test binary: starting one takes a second or
// two, making a database in it takes milliseconds.
var postgres struct {
	sync.Mutex
	server *pgserver.Server
	dir    string
}

// Main runs the tests of a package and then stops what they have started. The
// databases of the tests begin with the tables that the folder migrations of
// files makes; without files they are empty.
func Main(m *testing.M, files ...fs.FS) {
	for _, f := range files {
		schema = Schema(f)
	}
	code := m.Run()
	if postgres.server != nil {
		ctx, cancel := context.WithTimeout(context.Background(), Deadline)
		_ = postgres.server.Stop(ctx)
		cancel()
		_ = os.RemoveAll(postgres.dir)
	}
	os.Exit(code)
}

// schema is what Database copies.
var schema = NewTemplate(func(testing.TB, kit.Settings) {})

// Postgres is a running server for this test binary.
func Postgres(t testing.TB) *pgserver.Server {
	t.Helper()
	postgres.Lock()
	defer postgres.Unlock()
	if postgres.server != nil {
		return postgres.server
	}
	dir, err := os.MkdirTemp("", "microdemo-test-") //nolint:usetesting // the server outlives the test that starts it
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	server, err := pgserver.Start(ctx, pgserver.Options{
		Dir:            dir,
		CacheDir:       filepath.Join(cache, "microdemo"),
		NoSync:         true,
		MaxConnections: 500,
		Log:            slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	postgres.server, postgres.dir = server, dir
	return server
}

// Database makes a database for one test and returns its URL.
func Database(t testing.TB) kit.Secret {
	t.Helper()
	return schema.Database(t)
}

// EmptyDatabase makes a database without tables and returns its URL.
func EmptyDatabase(t testing.TB) kit.Secret {
	t.Helper()
	return kit.Secret(Postgres(t).URL(createDatabase(t, "template0")))
}

// Template is a database that tests copy: a copy takes milliseconds, running all
// migrations takes a second.
type Template struct {
	fill func(t testing.TB, s kit.Settings)

	mu   sync.Mutex
	name string // "" until fill has succeeded
}

// NewTemplate makes a template. The first test that needs it calls fill with the
// settings of a service on an empty database; fill closes its connections.
func NewTemplate(fill func(t testing.TB, s kit.Settings)) *Template { return &Template{fill: fill} }

// Schema is a template with the tables that the folder migrations of files makes,
// and what statements do with them.
func Schema(files fs.FS, statements ...string) *Template {
	return NewTemplate(func(t testing.TB, s kit.Settings) {
		t.Helper()
		db, err := kit.OpenPostgres(t.Context(), s.DatabaseURL, files)
		if err != nil {
			t.Fatal(err)
		}
		db.Close()
		Exec(t, s.DatabaseURL, statements...)
	})
}

// Exec runs statements in a database, without the time-outs that services have.
func Exec(t testing.TB, url kit.Secret, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), string(url))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	for _, sql := range statements {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// Database makes a copy for one test and returns its URL.
func (x *Template) Database(t testing.TB) kit.Secret {
	t.Helper()
	return kit.Secret(Postgres(t).URL(createDatabase(t, x.filled(t))))
}

func (x *Template) filled(t testing.TB) (name string) {
	t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.name == "" {
		name := createDatabase(t, "template0")
		x.fill(t, settings(t, kit.Secret(Postgres(t).URL(name))))
		x.name = name
	}
	return x.name
}

// Settings are the settings of a service under test, with a copy of the template
// and a Redis of its own.
func (x *Template) Settings(t testing.TB) kit.Settings {
	t.Helper()
	return settings(t, x.Database(t))
}

func createDatabase(t testing.TB, template string) (name string) {
	t.Helper()
	id, err := uuid.NewV4()
	if err != nil {
		t.Fatal(err)
	}
	name = "test_" + strings.ReplaceAll(id.String(), "-", "")
	ctx, cancel := context.WithTimeout(context.Background(), Deadline)
	defer cancel()
	conn, err := pgx.Connect(ctx, Postgres(t).URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for {
		_, err = conn.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template)
		const objectInUse = "55006" // a connection to the template has not ended yet
		if pg := (*pgconn.PgError)(nil); !errors.As(err, &pg) || pg.Code != objectInUse {
			break
		}
	}
	if err != nil {
		t.Fatalf("create a database: %v", err)
	}
	return name
}
