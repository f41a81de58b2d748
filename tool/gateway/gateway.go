// Package gateway is the gateway of a system on one machine: its only public
// address, with the routes that NGINX has in the cluster.
package gateway

import (
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"microdemo/kit"
)

// Config says where the services are.
type Config struct {
	Users, Orders, Inventory *url.URL
	Console                  fs.FS // nil: a page that explains how to build it
	Log                      *slog.Logger
}

type gateway struct {
	services map[string]http.Handler
	console  fs.FS
	log      *slog.Logger
}

// New returns the gateway. It forwards the full paths of each service, except those
// that only services may call.
func New(c Config) http.Handler {
	return &gateway{
		console: c.Console,
		log:     c.Log,
		services: map[string]http.Handler{
			"users":     newForwarder("users", c.Users, c.Log),
			"orders":    newForwarder("orders", c.Orders, c.Log),
			"inventory": newForwarder("inventory", c.Inventory, c.Log),
		},
	}
}

// NewServer returns a server without a write time-out, because event streams do not
// end. limitBody bounds the time for each body.
func NewServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // clients' mistakes
	}
}

// ServeHTTP implements http.Handler.
func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Header.Set("X-Request-ID", kit.RequestIDOf(r))

	p := r.URL.Path // decoded
	service, rest, below := strings.Cut(strings.TrimPrefix(p, "/"), "/")
	forward, known := g.services[service]
	switch {
	case !canonical(p) || internal(p):
		refuse(w, r, http.StatusNotFound, "There is nothing at this address.")
	case r.Method == http.MethodConnect || r.Method == http.MethodTrace:
		refuse(w, r, http.StatusMethodNotAllowed, "This method is not supported.")
	case known && below:
		if limitBody(w, r, strings.HasSuffix("/"+rest, "/import/csv")) {
			forward.ServeHTTP(w, r)
		}
	case known:
		target := url.URL{Path: p + "/", RawQuery: r.URL.RawQuery}
		protect(w.Header(), r)
		http.Redirect(w, r, target.String(), http.StatusPermanentRedirect)
	case p == "/healthz":
		answer(w, r, "application/json", `{"status":"healthy"}`+"\n")
	case g.console != nil && isConsole(p):
		g.serveConsole(w, r)
	case p == "/":
		w.Header().Set("Content-Security-Policy", pagePolicy)
		answer(w, r, "text/html; charset=utf-8", page(r.Host))
	default:
		refuse(w, r, http.StatusNotFound, "There is nothing at this address.")
	}
}

// canonical reports whether a decoded path is clean. A service could clean one with
// "//", "/./" or "/../" and find another path.
func canonical(p string) bool {
	clean := path.Clean(p)
	return strings.HasPrefix(p, "/") && (clean == p || clean+"/" == p)
}

// internal reports whether a path is for calls between services only.
func internal(p string) bool {
	for _, inner := range []string{"/inventory/reservations", "/users/revocations"} {
		if p == inner || strings.HasPrefix(p, inner+"/") {
			return true
		}
	}
	return false
}

// answer responds with a page of the gateway itself.
func answer(w http.ResponseWriter, r *http.Request, contentType, body string) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, r, http.StatusMethodNotAllowed, "This address takes GET, not "+r.Method+".")
		return
	}
	protect(w.Header(), r)
	w.Header().Set("Content-Type", contentType)
	_, _ = io.WriteString(w, body) // if this fails, the client has disconnected
}

// refuse responds with a problem.
func refuse(w http.ResponseWriter, r *http.Request, status int, detail string) {
	protect(w.Header(), r)
	problem := kit.NewProblem(r.Context(), status, detail)
	problem.Instance = r.Header.Get("X-Request-ID")
	problem.Write(w)
}

// protect sets the headers of every response. A page with a policy of its own keeps
// it.
func protect(h http.Header, r *http.Request) {
	h.Set("X-Request-ID", r.Header.Get("X-Request-ID"))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	if h.Get("Content-Security-Policy") == "" {
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	}
}
