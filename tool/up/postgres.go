package up

import (
	"context"
	"io"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"microdemo/internal/pgserver"
	"microdemo/kit"
)

// startPostgres starts a server for the databases that were not given.
func (s *System) startPostgres(ctx context.Context, log io.Writer) error {
	if s.Databases.Complete() {
		return nil
	}
	return s.progress.Step("PostgreSQL", func(report func(string)) (string, error) {
		server, err := pgserver.Start(ctx, pgserver.Options{
			Dir:    s.Data,
			NoSync: s.options.NoSync,
			Step:   report,
			Log:    slog.New(slog.NewJSONHandler(log, nil)).With("service", "postgresql"),
		})
		if err != nil {
			return "", err
		}
		s.onStop(server.Stop)

		var all errgroup.Group
		for name, url := range s.Databases.All() {
			if *url == "" {
				*url = kit.Secret(server.URL(name + "db"))
				all.Go(func() error { return server.CreateDatabase(ctx, name+"db") })
			}
		}
		if err := all.Wait(); err != nil {
			return "", err
		}
		return "PostgreSQL " + version(ctx, server), nil
	})
}

func version(ctx context.Context, server *pgserver.Server) string {
	conn, err := pgx.Connect(ctx, server.URL("postgres"))
	if err != nil {
		return "" // the services will report the error
	}
	defer func() { _ = conn.Close(ctx) }()
	number, _, _ := strings.Cut(conn.PgConn().ParameterStatus("server_version"), " ") // "15.18 (Debian …)"
	return number
}
