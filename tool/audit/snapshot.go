package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"microdemo/kit"
	"microdemo/tool/terminal"
)

// snapshot is a database as it was at one moment.
type snapshot struct {
	name string // of the service
	conn *pgx.Conn
	tx   pgx.Tx // nil until the snapshot is taken
}

func openSnapshot(ctx context.Context, name string, url kit.Secret) (*snapshot, error) {
	if url == "" {
		return nil, fmt.Errorf("the URL of the %s database is missing", name)
	}
	parsed, err := pgxpool.ParseConfig(string(url)) // as the services read it
	if err != nil {
		return nil, fmt.Errorf("the URL of the %s database %w", name, kit.CheckDatabaseURL(url))
	}
	config := parsed.ConnConfig
	config.ConnectTimeout = 5 * time.Second
	for _, timeout := range []string{"statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"} {
		config.RuntimeParams[timeout] = "0" // a large database takes its time
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("the %s database does not answer, or not to this user: %w", name, terminal.Cause(err))
	}
	return &snapshot{name: name, conn: conn}, nil
}

// take makes the database answer as of this moment.
func (s *snapshot) take(ctx context.Context) error {
	tx, err := s.conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err == nil {
		s.tx = tx
		_, err = tx.Exec(ctx, `SELECT`) // the first statement takes the snapshot
	}
	return s.cannot(err)
}

// drop ends the snapshot: an old one keeps a database from vacuuming.
func (s *snapshot) drop(ctx context.Context) error { return s.cannot(s.tx.Rollback(ctx)) }

func (s *snapshot) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = s.conn.Close(ctx) // nothing was written
}

// cannot explains an error of the database.
func (s *snapshot) cannot(err error) error {
	var pg *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &pg) && (pg.Code == "42P01" || pg.Code == "42703"): // no such table, no such column
		return fmt.Errorf("the database given for %s was not set up by this version of %s: %s", s.name, s.name, pg.Message)
	}
	return fmt.Errorf("look at the %s database: %w", s.name, err)
}

// cursor reads the rows of a query one at a time.
type cursor[T any] struct {
	in   *snapshot
	rows pgx.Rows
	row  T    // the current one
	ok   bool // false after the last row
}

func openCursor[T any](ctx context.Context, in *snapshot, sql string) (*cursor[T], error) {
	rows, err := in.tx.Query(ctx, sql)
	if err != nil {
		return nil, in.cannot(err)
	}
	c := &cursor[T]{in: in, rows: rows}
	return c, c.next()
}

func (c *cursor[T]) next() (err error) {
	if c.ok = c.rows.Next(); c.ok {
		c.row, err = pgx.RowToStructByName[T](c.rows)
	} else {
		err = c.rows.Err()
	}
	return c.in.cannot(err)
}
