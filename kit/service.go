package kit

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"microdemo/kit/cache"
)

// Env is what a service is given besides its configuration.
type Env struct {
	Log     *slog.Logger
	Now     func() time.Time
	Metrics *prometheus.Registry
}

// NewEnv makes the Env of a real process.
func NewEnv(log *slog.Logger) Env {
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return Env{Log: log, Now: time.Now, Metrics: metrics}
}

// Service is a built service, ready to serve.
type Service struct {
	API *API

	name     string
	db       *DB
	cache    *cache.Cache
	admin    http.Handler
	workers  []*Worker
	draining atomic.Bool
}

// NewService puts a service together from its parts and takes them over: Close
// closes them.
func NewService(name string, api *API, db *DB, cache *cache.Cache, env Env, workers ...*Worker) *Service {
	admin := http.NewServeMux()
	admin.Handle("GET /metrics", promhttp.HandlerFor(env.Metrics, promhttp.HandlerOpts{}))
	if api.revocations != nil {
		workers = append(workers, api.revocations.worker)
	}
	s := &Service{API: api, name: name, db: db, cache: cache, admin: admin, workers: workers}
	for _, prefix := range []string{"", "/" + name} {
		api.mux.Get(prefix+"/healthz", s.healthz)
		api.mux.Get(prefix+"/readyz", s.readyz)
	}
	return s
}

// healthz says that the process serves; it depends on nothing.
func (s *Service) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"status":"healthy"}` + "\n"))
}

// readyz says whether requests can be served: not without the database, not
// before it is known which sessions were revoked, and not once the service has
// begun to stop.
func (s *Service) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	answer := struct {
		Status      string `json:"status"`
		Database    string `json:"database"`
		Redis       string `json:"redis"`
		Revocations string `json:"revocations,omitempty"`
	}{Status: "ready", Database: "ok", Redis: "ok"}
	status := http.StatusOK
	if err := s.db.Ping(ctx); err != nil {
		answer.Status, answer.Database, status = "not ready", "does not answer", http.StatusServiceUnavailable
	}
	if err := s.cache.Ping(ctx); err != nil {
		answer.Redis = "does not answer (optional)"
	}
	if r := s.API.revocations; r != nil {
		if answer.Revocations = r.state(); !r.isLoaded() {
			answer.Status, status = "not ready", http.StatusServiceUnavailable
		}
	}
	if s.draining.Load() {
		answer.Status, status = "stopping", http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	lines := json.NewEncoder(w)
	lines.SetIndent("", "  ")
	_ = lines.Encode(answer) // the prober is gone if this fails
}

// Loaded waits until a service that is being served has what it needs to check
// callers; false if ctx ends first.
func (s *Service) Loaded(ctx context.Context) bool {
	if s.API.revocations == nil {
		return true
	}
	select {
	case <-s.API.revocations.loaded:
		return true
	case <-ctx.Done():
		return false
	}
}

// Serve answers requests on public and admin until ctx ends, then stops in
// order: readiness goes 503; after delay, in which load balancers take notice,
// running requests finish; then workers and connections end. stopNow ends the
// delay early.
func (s *Service) Serve(ctx context.Context, public, admin net.Listener, delay time.Duration, stopNow <-chan struct{}) error {
	servers := []*http.Server{s.server(s.closing(s.API)), s.server(s.admin)}
	failed := make(chan error, len(servers))
	for i, l := range []net.Listener{public, admin} {
		go func() { failed <- servers[i].Serve(l) }()
	}
	var workers sync.WaitGroup
	workCtx, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	for _, w := range s.workers {
		workers.Go(func() { w.Run(workCtx) })
	}

	var err error
	select {
	case <-ctx.Done():
		s.draining.Store(true)
		pause := time.NewTimer(delay)
		select {
		case <-pause.C:
		case <-stopNow:
			pause.Stop()
		}
	case err = <-failed:
	}
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*requestTimeout)
	defer cancel()
	for _, server := range servers {
		err = errors.Join(err, server.Shutdown(finish))
	}
	stopWork()
	workers.Wait()
	s.Close()
	return err
}

// closing tells clients, once the service is draining, to make a new connection
// for their next request: it reaches a process that stays.
func (s *Service) closing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// closeTimeout is how long Close waits for connections that are in use: one that
// died without a word may be so for many minutes.
const closeTimeout = 3 * time.Second

// Close ends the connections of a service that is not being served.
func (s *Service) Close() {
	closed := make(chan struct{})
	go func() {
		s.db.Close()
		close(closed)
	}()
	patience := time.NewTimer(closeTimeout)
	defer patience.Stop()
	select {
	case <-closed:
	case <-patience.C:
	}
	s.cache.Close()
}

func (s *Service) server(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		WriteTimeout:      2 * requestTimeout,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
	}
}
