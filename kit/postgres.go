package kit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/sethvargo/go-retry"

	"microdemo/kit/cache"
)

// txRetries is how often a transaction is run again when PostgreSQL asks for it.
const txRetries = 4

// ErrDatabaseAway is wrapped by OpenPostgres when the database does not answer
// yet.
var ErrDatabaseAway = errors.New("the database does not answer")

// DB is a service's PostgreSQL database.
type DB struct{ *pgxpool.Pool }

// Open connects a service to its database, whose schema it brings up to date,
// and to its cache. The files are those of OpenPostgres.
func Open(ctx context.Context, s Settings, files fs.FS, env Env) (*DB, *cache.Cache, error) {
	db, err := OpenPostgres(ctx, s.DatabaseURL, files)
	if err != nil {
		return nil, nil, err
	}
	redis, err := cache.Open(string(s.RedisURL), s.CacheLife, env.Log, env.Metrics)
	if err != nil {
		db.Close()
		return nil, nil, err
	}
	return db, redis, nil
}

// OpenPostgres connects to a database and brings its schema up to date, with the
// folder migrations of files. Replicas that start together wait for each other
// under an advisory lock.
func OpenPostgres(ctx context.Context, url Secret, files fs.FS) (*DB, error) {
	migrations, err := fs.Sub(files, "migrations")
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, url, migrations); err != nil {
		if classify(err).Kind == Unavailable {
			return nil, fmt.Errorf("%w: %w", ErrDatabaseAway, err)
		}
		return nil, fmt.Errorf("migrate the database: %w", err)
	}
	config, err := pgxpool.ParseConfig(string(url))
	if err != nil {
		return nil, CheckDatabaseURL(url)
	}
	config.MaxConns = max(config.MaxConns, 16)
	config.ConnConfig.ConnectTimeout = 5 * time.Second
	for name, value := range map[string]string{
		"timezone":                            "UTC",
		"default_transaction_isolation":       "read committed",
		"lock_timeout":                        "2s",
		"statement_timeout":                   "10s",
		"idle_in_transaction_session_timeout": "5s", // a paused process must not hold a hot row
	} {
		config.ConnConfig.RuntimeParams[name] = value
	}
	config.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		conn.TypeMap().RegisterType(&pgtype.Type{ // answers are in UTC wherever the service runs
			Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
		})
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return &DB{pool}, nil
}

// migrate uses a connection without the time-outs of OpenPostgres: changing a
// large table may take long.
func migrate(ctx context.Context, url Secret, migrations fs.FS) error {
	config, err := pgx.ParseConfig(string(url))
	if err != nil {
		return CheckDatabaseURL(url)
	}
	config.ConnectTimeout = 5 * time.Second
	db := stdlib.OpenDB(*config)
	defer db.Close()
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations, goose.WithSessionLocker(locker))
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

// Tx runs do in a transaction and commits it. When PostgreSQL asks for a retry
// (serialization failure, deadlock) it is run again, so do must have no effects
// outside the transaction. When the connection is lost during COMMIT the
// outcome is unknown and the error does not say.
func (db *DB) Tx(ctx context.Context, do func(pgx.Tx) error) error {
	const pause = 10 * time.Millisecond
	again := retry.WithMaxRetries(txRetries, retry.WithJitter(pause, retry.NewFibonacci(pause)))
	return retry.Do(ctx, again, func(ctx context.Context) error {
		err := pgx.BeginFunc(ctx, db.Pool, do)
		if wantsRetry(err) {
			return retry.RetryableError(err)
		}
		return err
	})
}

// ReadSnapshot runs do in a read-only transaction whose statements all see the
// database as it was at one moment.
func (db *DB) ReadSnapshot(ctx context.Context, do func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, db.Pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, do)
}

func wantsRetry(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// Queryer runs queries: a DB, a connection, or a transaction.
type Queryer interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Rows runs a query and reads every row into a T by column name.
func Rows[T any](ctx context.Context, q Queryer, sql string, args ...any) ([]T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[T])
}

// Row runs a query that finds one row and reads it into a T by column name. No
// row is IsNoRows.
func Row[T any](ctx context.Context, q Queryer, sql string, args ...any) (T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		var zero T
		return zero, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[T])
}

// PlanWithValues is passed before a query's arguments to have it planned for
// their values each time, so that filters that are not used cost nothing.
const PlanWithValues = pgx.QueryExecModeCacheDescribe

// PrefixPattern is the LIKE pattern for texts that begin with prefix; "" gives
// "%". Folding the case of both sides is left to SQL: lower(x) LIKE lower($1).
func PrefixPattern(prefix string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(prefix) + "%"
}
