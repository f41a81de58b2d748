package kit

import (
	"bufio"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"
)

const (
	// MaxBody is the largest JSON body, in bytes.
	MaxBody = 1 << 20

	// requestTimeout bounds everything a request waits for. It is longer than
	// what one call to another service may take.
	requestTimeout = 15 * time.Second
)

// API is the HTTP face of one service: its operations with their document,
// authentication, problem answers, request ids, access log and metrics.
type API struct {
	huma.API

	name     string
	mux      *chi.Mux
	tokens   *Tokens
	log      *slog.Logger
	now      func() time.Time
	duration *prometheus.HistogramVec

	problems []ProblemType
	rules    []Rule

	check       func(context.Context, Caller, bool) error // nil for none
	revocations *Revocations                              // nil for none
}

// NewAPI makes the API of the service called name, whose paths all begin with
// "/" + name. The description is at the top of its document, which lists the
// service's problems and rules besides those that every service has.
func NewAPI(name, description string, problems []ProblemType, rules []Rule, tokens *Tokens, env Env) *API {
	setHumaGlobals()
	mux := chi.NewMux()
	prefix := "/" + name
	schemas := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "microdemo " + name, Version: "1.0.0", Description: description},
			Components: &huma.Components{
				Schemas: schemas,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"bearer": {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "The access_token of POST /users/login."},
				},
			},
		},
		Formats:       jsonFormats,
		DefaultFormat: "application/json",
	}
	a := &API{
		name: name, mux: mux, tokens: tokens, log: env.Log, now: env.Now,
		problems: append(commonProblems(), problems...), rules: append(commonRules(), rules...),
	}
	a.API = humachi.New(mux, config)
	a.documentProblems()
	a.duration = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "http_request_duration_seconds",
		Help:    "How long requests took, by route.",
		Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
	}, []string{"method", "route", "status"})
	env.Metrics.MustRegister(a.duration)

	mux.NotFound(func(w http.ResponseWriter, r *http.Request) {
		problemOf(r.Context(), addressNotFound.With()).Write(w)
	})
	mux.MethodNotAllowed(a.refuseMethod)
	a.serveDocs(prefix)
	mux.HandleFunc(prefix, func(w http.ResponseWriter, r *http.Request) {
		target := url.URL{Path: prefix + "/", RawQuery: r.URL.RawQuery}
		http.Redirect(w, r, target.String(), http.StatusPermanentRedirect)
	})
	return a
}

// Register adds an operation that is open to access. What the handler returns
// as an error is answered as a problem. A body that op describes is left to the
// handler to read.
func Register[I, O any](a *API, access Access, op huma.Operation, handler func(context.Context, *I) (*O, error)) {
	op.Tags = []string{a.name}
	op.MaxBodyBytes = MaxBody + 1 // huma refuses a body that reaches its limit
	if len(access) > 0 {
		roles := make([]string, len(access))
		for i, r := range access {
			roles[i] = string(r)
		}
		op.Security = []map[string][]string{{"bearer": {}}}
		op.Description = strings.TrimSpace(op.Description + " Open to: " + strings.Join(roles, ", ") + ".")
		op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden)
		op.Middlewares = append(op.Middlewares, a.authenticate(access))
	}
	if op.Method != http.MethodGet && op.Method != http.MethodDelete {
		op.Errors = append(op.Errors, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	op.Errors = append(op.Errors, http.StatusServiceUnavailable)
	stream := op.RequestBody
	op.RequestBody = nil // huma would read it whole, before the handler is called
	huma.Register(a.API, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err != nil {
			return nil, ProblemFrom(ctx, a.log, err)
		}
		return out, nil
	})
	if stream != nil {
		a.OpenAPI().Paths[op.Path].Post.RequestBody = stream
	}
	for _, schema := range a.OpenAPI().Components.Schemas.Map() {
		for _, property := range schema.Properties {
			allowNull(property)
		}
	}
}

// allowNull says in the words of JSON Schema 2020-12 that a property which is one
// of several types may be null; huma writes a type without a name for it.
func allowNull(s *huma.Schema) {
	if s.Nullable && s.Type == "" && len(s.OneOf) > 0 {
		s.Nullable = false
		// To huma, a type it does not know is any; the enum is for it.
		s.OneOf = append(slices.Clone(s.OneOf), &huma.Schema{Type: "null", Enum: []any{nil}})
	}
}

// refuseMethod answers 405 with the methods the address does take, as RFC 9110,
// section 15.5.6, wants it.
func (a *API) refuseMethod(w http.ResponseWriter, r *http.Request) {
	var allow []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		if a.mux.Match(chi.NewRouteContext(), method, r.URL.Path) {
			allow = append(allow, method)
			if method == http.MethodGet {
				allow = append(allow, http.MethodHead)
			}
		}
	}
	if allow == nil { // chi answers 405 to any method it does not know
		problemOf(r.Context(), addressNotFound.With()).Write(w)
		return
	}
	takes := strings.Join(allow, ", ")
	w.Header().Set("Allow", takes)
	problemOf(r.Context(), methodNotAllowed.With("allowed", takes, "method", r.Method)).Write(w)
}

func (a *API) refuse(ctx huma.Context, err error) {
	p := ProblemFrom(ctx.Context(), a.log, err)
	for name, values := range p.headers {
		ctx.SetHeader(name, values[0])
	}
	ctx.SetHeader("Content-Type", p.ContentType(""))
	ctx.SetStatus(p.Status)
	_ = a.Marshal(ctx.BodyWriter(), "application/json", p) // the client is gone if this fails
}

// requestInfo is what the access log needs to know and only inner layers learn,
// and what these need to know of the connection.
type requestInfo struct {
	id        string
	caller    Caller
	api       *API
	client    context.Context // ends when the client leaves, and at no other time
	peer      string          // who made the connection
	forwarded []string        // the X-Forwarded-For that came over it
}

type requestInfoKey struct{}

func requestInfoFrom(ctx context.Context) *requestInfo {
	info, _ := ctx.Value(requestInfoKey{}).(*requestInfo)
	return info
}

// RequestID is the id of the request that ctx belongs to, or "".
func RequestID(ctx context.Context) string {
	if info := requestInfoFrom(ctx); info != nil {
		return info.id
	}
	return ""
}

var requestIDs = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// ServeHTTP gives each request an id and a deadline, refuses what cannot be an
// address, and logs and measures the answer.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := a.now()
	info := &requestInfo{
		id: r.Header.Get("X-Request-ID"), api: a, client: r.Context(),
		peer: r.RemoteAddr, forwarded: r.Header.Values("X-Forwarded-For"),
	}
	if !requestIDs.MatchString(info.id) {
		info.id = ulid.Make().String()
	}
	ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), requestInfoKey{}, info), requestTimeout)
	defer cancel()
	r = r.WithContext(ctx)

	out := &recorder{ResponseWriter: w}
	out.Header().Set("X-Request-ID", info.id)
	out.Header().Set("X-Content-Type-Options", "nosniff")
	out.Header().Set("Cache-Control", "no-store") // answers depend on who asks
	route, cut := a.serve(out, r)

	took := a.now().Sub(start)
	a.duration.WithLabelValues(methodLabel(r.Method), route, strconv.Itoa(out.status)).Observe(took.Seconds())
	level := slog.LevelInfo
	// A service that asks on its own account, not for a request, does so every
	// second or so.
	background := info.caller.Service != "" && r.Header.Get("X-Request-ID") == "" && out.status < http.StatusBadRequest
	if background || strings.HasSuffix(r.URL.Path, "z") { // healthz, readyz
		level = slog.LevelDebug
	}
	a.log.Log(ctx, level, "request", "method", r.Method, "path", r.URL.Path, "status", out.status,
		"ms", took.Milliseconds(), "request_id", info.id, "user_id", info.caller.UserID)
	if cut {
		panic(http.ErrAbortHandler)
	}
}

// methodLabel keeps clients from making time series without end by inventing
// methods.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// serve answers one request and says which route it took, and whether its
// connection is to be cut, because the answer is not whole.
func (a *API) serve(w *recorder, r *http.Request) (route string, cut bool) {
	routes := chi.NewRouteContext()
	if r.Method == http.MethodHead { // the server leaves the content out (RFC 9110, section 9.3.2)
		routes.RouteMethod = http.MethodGet
	}
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			route, cut = routes.RoutePattern(), true
		default:
			a.log.ErrorContext(r.Context(), "panic", "panic", p, "stack", string(debug.Stack()))
			if w.status == 0 {
				problemOf(r.Context(), internalError.With()).Write(w)
			}
		}
	}()
	if name, ok := unstorable(r.URL); ok {
		problemOf(r.Context(), InvalidFields(unstorableValue.At(name, nil))).Write(w)
		return "invalid", false
	}
	r.URL.RawPath = "" // routes are found by the decoded path, as the gateway decides about it
	a.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), chi.RouteCtxKey, routes)))
	return routes.RoutePattern(), false
}

// unstorable names the part of an address that PostgreSQL could not store or
// compare as text.
func unstorable(u *url.URL) (string, bool) {
	bad := func(s string) bool { return !utf8.ValidString(s) || strings.ContainsRune(s, 0) }
	if bad(u.Path) {
		return "path", true
	}
	for name, values := range u.Query() {
		for _, v := range values {
			if bad(name) || bad(v) {
				return "query." + strings.ToValidUTF8(strings.ReplaceAll(name, "\x00", ""), ""), true
			}
		}
	}
	return "", false
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

// Hijack implements http.Hijacker. Whoever takes the connection over answers 200.
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return http.NewResponseController(r.ResponseWriter).Hijack()
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
