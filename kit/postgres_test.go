package kit_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

var migrations = fstest.MapFS{"migrations/00001_init.sql": {Data: []byte(`-- +goose Up
CREATE TABLE things (id bigint CONSTRAINT things_pkey PRIMARY KEY, name text NOT NULL, n smallint NOT NULL DEFAULT 0, at timestamptz NOT NULL DEFAULT now());
INSERT INTO things (id, name) VALUES (1, 'one'), (2, 'two');
`)}}

type thing struct {
	ID   int64
	Name string
	N    int64
	At   time.Time
}

func openPostgres(t *testing.T) *kit.DB {
	t.Helper()
	db, err := kit.OpenPostgres(t.Context(), kittest.Database(t), migrations)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

func TestOpenPostgres_MigratesOnceForManyReplicas(t *testing.T) {
	t.Parallel()
	url := kittest.Database(t)
	done := make(chan error)
	for range 4 {
		go func() {
			db, err := kit.OpenPostgres(t.Context(), url, migrations)
			if err == nil {
				db.Close()
			}
			done <- err
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestOpenPostgres_ReportsAnUnreachableDatabaseWithoutThePassword(t *testing.T) {
	t.Parallel()
	_, err := kit.OpenPostgres(t.Context(), "postgres://u:hunter2@127.0.0.1:1/db", migrations)
	if !errors.Is(err, kit.ErrDatabaseAway) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("became %v", err)
	}
	_, err = kit.OpenPostgres(t.Context(), "postgres://u:hunter2@127.0.0.1:port/db", migrations)
	if err == nil || errors.Is(err, kit.ErrDatabaseAway) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("became %v", err)
	}
}

func TestRows_ReadColumnsByNameAndTimesInUTC(t *testing.T) {
	t.Parallel()
	db := openPostgres(t)
	things, err := kit.Rows[thing](t.Context(), db, `SELECT at, n, name, id FROM things ORDER BY id`)
	if err != nil || len(things) != 2 || things[1].Name != "two" || things[0].At.Location() != time.UTC {
		t.Errorf("read %+v (%v)", things, err)
	}
	if _, err := kit.Row[thing](t.Context(), db, `SELECT id, name, n, at FROM things WHERE id = 3`); !kit.IsNoRows(err) {
		t.Errorf("no row is %v", err)
	}
}

func TestTx_ErrorsOfPostgreSQLHaveAKind(t *testing.T) {
	t.Parallel()
	db := openPostgres(t)
	exec := func(sql string, args ...any) error {
		return db.Tx(t.Context(), func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), sql, args...)
			return err
		})
	}
	if err := exec(`INSERT INTO things (id, name) VALUES (1, 'x')`); !kit.IsUnique(err, "things_pkey") || kit.IsUnique(err, "other") {
		t.Errorf("a duplicate is %v", err)
	}
	if err := exec(`UPDATE things SET name = $1`, "a\x00b"); kit.IsUnavailable(err) || err == nil {
		t.Errorf("a NUL is %v", err)
	}
	blocker, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = blocker.Rollback(t.Context()) }()
	if _, err := blocker.Exec(t.Context(), `UPDATE things SET n = 1 WHERE id = 1`); err != nil {
		t.Fatal(err)
	}
	if err := exec(`UPDATE things SET n = 2 WHERE id = 1`); !kit.IsUnavailable(err) {
		t.Errorf("a lock time-out is %v", err)
	}
}

// TestTx_RetriesADeadlock has two transactions lock two rows in opposite order; the
// barrier makes the first attempts a certain deadlock.
func TestTx_RetriesADeadlock(t *testing.T) {
	t.Parallel()
	db := openPostgres(t)
	barrier := make(chan struct{})
	attempts := make(chan int, 2)
	work := func(first, second int, meet func()) error {
		n := 0
		err := db.Tx(t.Context(), func(tx pgx.Tx) error {
			n++
			if _, err := tx.Exec(t.Context(), `UPDATE things SET n = n + 1 WHERE id = $1`, first); err != nil {
				return err
			}
			if n == 1 {
				meet()
			}
			_, err := tx.Exec(t.Context(), `UPDATE things SET n = n + 1 WHERE id = $1`, second)
			return err
		})
		attempts <- n
		return err
	}
	failed := make(chan error, 2)
	go func() { failed <- work(1, 2, func() { barrier <- struct{}{} }) }()
	go func() { failed <- work(2, 1, func() { <-barrier }) }()
	for range 2 {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	if n := <-attempts + <-attempts; n < 3 {
		t.Errorf("%d attempts: there was no deadlock", n)
	}
	things, err := kit.Rows[thing](t.Context(), db, `SELECT id, name, n, at FROM things`)
	if err != nil || things[0].N != 2 || things[1].N != 2 {
		t.Errorf("left %+v (%v)", things, err)
	}
}

func TestTx_DoesNotRetryOtherErrors(t *testing.T) {
	t.Parallel()
	db := openPostgres(t)
	for _, want := range []error{errors.New("mine"), &pgconn.PgError{Code: "23505"}, &kit.Error{Kind: kit.Conflict, Message: "No."}} {
		n := 0
		err := db.Tx(t.Context(), func(tx pgx.Tx) error {
			n++
			if _, err := tx.Exec(t.Context(), `UPDATE things SET n = n + 1`); err != nil {
				return err
			}
			return want
		})
		if !errors.Is(err, want) || n != 1 {
			t.Errorf("%v became %v after %d attempts", want, err, n)
		}
	}
	if got, err := kit.Row[thing](t.Context(), db, `SELECT id, name, n, at FROM things WHERE id = 1`); err != nil || got.N != 0 {
		t.Errorf("left %+v (%v)", got, err)
	}
}

func TestPrefixPattern_EscapesWildcards(t *testing.T) {
	t.Parallel()
	for prefix, want := range map[string]string{"": "%", "a": "a%", "%": `\%%`, "_a": `\_a%`, `\`: `\\%`, `\%`: `\\\%%`} {
		if got := kit.PrefixPattern(prefix); got != want {
			t.Errorf("%q became %q", prefix, got)
		}
	}
}
