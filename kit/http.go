package kit

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
)

const (
	// MaxBody is the largest JSON body, in bytes.
	MaxBody = 1 << 20

	// requestTimeout bounds all that a request waits for. It is longer than one call
	// to another service may take.
	requestTimeout = 15 * time.Second
)

// API serves the operations of one service, with their document, authentication,
// problems, request ids, access log and metrics.
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
// "/" + name. Its document begins with the description, and lists the service's
// problems and rules after those of every service.
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
		duration: newRequestDuration(env.Metrics),
		problems: append(commonProblems(), problems...), rules: append(commonRules(), rules...),
	}
	a.API = humachi.New(mux, config)
	a.documentProblems()

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

// Register adds an operation that is open to access. An error of the handler is
// answered as a problem. If op describes a body, the handler has to read it.
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
			return nil, problemFrom(ctx, a.log, err)
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

// allowNull writes as in JSON Schema 2020-12 that a property of several types may
// be null; huma would write a type without a name.
func allowNull(s *huma.Schema) {
	if s.Nullable && s.Type == "" && len(s.OneOf) > 0 {
		s.Nullable = false
		// The enum is for huma, which takes a type that it does not know for any.
		s.OneOf = append(slices.Clone(s.OneOf), &huma.Schema{Type: "null", Enum: []any{nil}})
	}
}

// refuseMethod answers 405 with the methods that the address allows (RFC 9110,
// section 15.5.6).
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
	allowed := strings.Join(allow, ", ")
	w.Header().Set("Allow", allowed)
	problemOf(r.Context(), methodNotAllowed.With("allowed", allowed, "method", r.Method)).Write(w)
}

func (a *API) refuse(ctx huma.Context, err error) {
	_, w := humachi.Unwrap(ctx)
	problemFrom(ctx.Context(), a.log, err).Write(w)
}

// ServeHTTP gives each request an id and a deadline, and logs and measures the
// answer.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := a.now()
	info := &requestInfo{
		id: RequestIDOf(r), api: a, client: r.Context(),
		peer: r.RemoteAddr, forwarded: r.Header.Values("X-Forwarded-For"),
	}
	ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), requestInfoKey{}, info), requestTimeout)
	defer cancel()
	r = r.WithContext(ctx)

	out := &recorder{ResponseWriter: w}
	out.Header().Set("X-Request-ID", info.id)
	out.Header().Set("X-Content-Type-Options", "nosniff")
	out.Header().Set("Cache-Control", "no-store") // answers depend on the caller
	route, cut := a.serve(out, r)

	a.observe(r, info, route, out.status, a.now().Sub(start))
	if cut {
		panic(http.ErrAbortHandler)
	}
}

// serve answers one request. It returns the route, and whether the answer is
// incomplete, so that the connection must be cut.
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
	r.URL.RawPath = "" // routes match the decoded path, as they do at the gateway
	a.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), chi.RouteCtxKey, routes)))
	return routes.RoutePattern(), false
}

// unstorable finds the part of an address that PostgreSQL could not store or
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
