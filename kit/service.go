package kit

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"microdemo/kit/cache"
)

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

// NewService assembles a service from its parts and owns them: Close closes them.
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

// healthz reports that the process serves; it depends on nothing.
func (s *Service) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"status":"healthy"}` + "\n"))
}

// readyz reports whether requests can be served: not without the database, not
// before the revoked sessions are known, and not once the service is stopping.
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

// Loaded waits until a service that is being served can check callers. It is false
// if ctx ends first.
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

// Serve answers requests on public and admin until ctx ends, then stops in order:
// readyz answers 503; after delay, in which load balancers notice, running requests
// finish; then workers and connections end. Closing stopNow ends the delay.
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

// closing closes connections once the service is draining, so that clients send
// their next request to a process that stays.
func (s *Service) closing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// closeTimeout is how long Close waits for connections in use: one whose peer
// vanished may stay in use for minutes.
const closeTimeout = 3 * time.Second

// Close closes the connections of a service that is not being served.
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
