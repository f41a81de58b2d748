package pgserver

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"
)

// Options says where a server keeps its data and how durable it is.
type Options struct {
	Dir            string       // data root, made 0700; the cluster lives in Dir/pgdata
	CacheDir       string       // where a fetched PostgreSQL is kept between runs; default: the user's cache folder
	NoSync         bool         // for tests only: a power cut may ruin the data
	Step           func(string) // progress, at least one line per second while something takes long; may be nil
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

// during reports a step at once and then every second, with the time it has
// taken so far, until the returned function is called.
func (o Options) during(step string) (done func()) {
	o.Step(step)
	began := time.Now()
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				o.Step(fmt.Sprintf("%s … %.0fs", step, time.Since(began).Seconds()))
			}
		}
	}()
	// Wait for the goroutine, so that Step is never called from two at once.
	return func() { close(quit); <-ended }
}
