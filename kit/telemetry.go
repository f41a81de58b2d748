package kit

import (
	"bufio"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
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

func newRequestDuration(metrics *prometheus.Registry) *prometheus.HistogramVec {
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "http_request_duration_seconds",
		Help:    "How long requests took, by route.",
		Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
	}, []string{"method", "route", "status"})
	metrics.MustRegister(duration)
	return duration
}

// observe counts and logs a request that was answered.
func (a *API) observe(r *http.Request, info *requestInfo, route string, status int, took time.Duration) {
	a.duration.WithLabelValues(methodLabel(r.Method), route, strconv.Itoa(status)).Observe(took.Seconds())
	level := slog.LevelInfo
	// A service that calls on its own account, not for a request, does so every
	// second or so.
	background := info.caller.Service != "" && r.Header.Get("X-Request-ID") == "" && status < http.StatusBadRequest
	if background || strings.HasSuffix(r.URL.Path, "z") { // healthz, readyz
		level = slog.LevelDebug
	}
	a.log.Log(r.Context(), level, "request", "method", r.Method, "path", r.URL.Path, "status", status,
		"ms", took.Milliseconds(), "request_id", info.id, "user_id", info.caller.UserID)
}

// methodLabel keeps clients from creating an unbounded number of time series with
// invented methods.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Hijack implements http.Hijacker. A handler that takes over the connection
// answers 200.
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return http.NewResponseController(r.ResponseWriter).Hijack()
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// version is set by the linker in images, which are built without the
// repository: -X microdemo/kit.version=v1.2.3
var version string

// Version returns the version of the program.
func Version() string {
	if version != "" {
		return version
	}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	text := build.Main.Version
	for _, setting := range build.Settings {
		if setting.Key == "vcs.revision" {
			text += " " + setting.Value
		}
	}
	return text
}
