package pgserver

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
)

// Options says where a server keeps its data and how durable it is.
type Options struct {
	Dir            string       // made with mode 0700; the cluster is in Dir/pgdata
	CacheDir       string       // where a downloaded PostgreSQL is kept; default: the user's cache folder
	NoSync         bool         // for tests only: a power cut may destroy the data
	Step           func(string) // is called with what the server is doing; may be nil
	Log            *slog.Logger // default: nothing is logged
	MaxConnections int          // default 100

	search *search // where to look for PostgreSQL; tests replace it
}

func (o Options) withDefaults() (Options, error) {
	if o.Dir == "" {
		return o, fmt.Errorf("pgserver: Options.Dir is empty")
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return o, fmt.Errorf("data folder %s: %w", o.Dir, err)
	}
	o.Dir = dir
	if o.CacheDir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return o, fmt.Errorf("no folder to keep PostgreSQL in: %w", err)
		}
		o.CacheDir = filepath.Join(cache, "microdemo", "postgresql")
	}
	if o.CacheDir, err = filepath.Abs(o.CacheDir); err != nil {
		return o, fmt.Errorf("cache folder %s: %w", o.CacheDir, err)
	}
	if o.Step == nil {
		o.Step = func(string) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxConnections == 0 {
		o.MaxConnections = 100
	}
	if o.search == nil {
		o.search = defaultSearch()
	}
	return o, nil
}
