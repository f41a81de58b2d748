package pgserver

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// Remove deletes all files of a server in dir, including the data. It first stops a
// server that outlived a killed parent. The error is ErrInUse if another process runs a
// server on dir.
func Remove(ctx context.Context, dir string) error {
	dir, err := filepath.Abs(dir) // what a running server's command line shows
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	defer func() { _ = lock.Close() }()
	if locked, err := lock.TryLock(); err != nil {
		return fmt.Errorf("lock the data folder: %w", err)
	} else if !locked {
		return fmt.Errorf("%w: %s", ErrInUse, dir)
	}
	data := filepath.Join(dir, "pgdata")
	quiet := Options{Dir: dir, Step: func(string) {}, Log: slog.New(slog.DiscardHandler)}
	if err := stopOld(ctx, quiet, data); err != nil {
		return err
	}
	for _, path := range []string{data, data + ".new", filepath.Join(dir, "run"), filepath.Join(dir, "postgres.log")} {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("empty the data folder: %w", err)
		}
	}
	return nil
}
