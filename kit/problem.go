package kit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
)

// Problem is the body of every error answer, as RFC 9457 (Problem Details for
// HTTP APIs) has it. The parameters of its type are members beside the standard
// ones.
type Problem struct {
	Type     string       `json:"type" format:"uri-reference" doc:"What went wrong, for programs; this document lists the types" example:"/orders/problems/order-not-found"`
	Title    string       `json:"title" doc:"The status in words" example:"Conflict"`
	Status   int          `json:"status" doc:"The HTTP status" example:"409"`
	Detail   string       `json:"detail" doc:"One sentence for people; its wording may change" example:"There is not enough stock of SKU-001."`
	Instance string       `json:"instance,omitempty" doc:"The id of the request, as in the logs and in X-Request-ID" example:"01JD0Z6W8Y7M3V0K5Q9XKQ4T2B"`
	Errors   []FieldError `json:"errors,omitempty" maxItems:"10" doc:"The fields that are wrong"`

	params  map[string]any
	headers http.Header
}

// problemMembers are names that a parameter cannot have.
var problemMembers = []string{"type", "title", "status", "detail", "instance", "errors"}

// MarshalJSON implements json.Marshaler.
func (p *Problem) MarshalJSON() ([]byte, error) {
	type plain Problem
	return withMembers((*plain)(p), p.params)
}

// MarshalJSON implements json.Marshaler.
func (f FieldError) MarshalJSON() ([]byte, error) {
	type plain FieldError
	return withMembers(plain(f), f.Params)
}

// withMembers is the JSON of a struct with more members.
func withMembers(v any, members map[string]any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil || len(members) == 0 {
		return raw, err
	}
	more, err := json.Marshal(members)
	if err != nil {
		return nil, err
	}
	return append(append(raw[:len(raw)-1], ','), more[1:]...), nil
}

// TransformSchema implements huma.SchemaTransformer: there may be more members.
func (*Problem) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.AdditionalProperties = true
	return s
}

// TransformSchema implements huma.SchemaTransformer: there may be more members.
func (FieldError) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.AdditionalProperties = true
	return s
}

// noType is the type of a problem that says no more than its status (RFC 9457, section
// 4.2.1), such as those of the gateway.
const noType = "about:blank"

// NewProblem makes a problem without a type of its own; the request id comes from
// ctx.
func NewProblem(ctx context.Context, status int, detail string) *Problem {
	p := &Problem{Type: noType, Title: http.StatusText(status), Status: status, Detail: detail, Instance: RequestID(ctx), headers: http.Header{}}
	if status == http.StatusUnauthorized {
		p.headers.Set("WWW-Authenticate", "Bearer") // RFC 6750, section 3
	}
	return p
}

// problemOf is the answer for an error, of the service that ctx is a request to.
func problemOf(ctx context.Context, e *Error) *Problem {
	p := NewProblem(ctx, e.Kind.status(), e.Message)
	if info := requestInfoFrom(ctx); info != nil && e.Code != "" {
		p.Type = info.api.problemURI(e.Code)
	}
	p.params, p.Errors = e.Params, e.Fields[:min(len(e.Fields), maxFieldErrors)]
	if e.Kind == Unavailable || e.Kind == RateLimited {
		seconds := max(1, int(math.Ceil(e.RetryAfter.Seconds())))
		p.headers.Set("Retry-After", strconv.Itoa(seconds))
	}
	return p
}

// maxFieldErrors is how many fields a problem names.
const maxFieldErrors = 10

// statusClientLeft is counted and logged, as NGINX does, for a request whose client
// did not wait for the answer.
const statusClientLeft = 499

// problemFrom turns any error into the problem that a client sees, and logs what a
// client must not see: every 500, and why a service was unavailable.
func problemFrom(ctx context.Context, log *slog.Logger, err error) *Problem {
	e := classify(err)
	// Work that ends with the client seems unavailable, even if the error does not
	// say why: the connection to the database was closed in mid-query.
	if clientLeft(ctx) && (e.Kind == Unavailable || errors.Is(err, context.Canceled)) {
		log.DebugContext(ctx, "the client left", "error", err, "request_id", RequestID(ctx))
		p := NewProblem(ctx, statusClientLeft, "The client left.")
		p.Title = "Client Closed Request"
		return p
	}
	switch e.Kind {
	case Internal:
		log.ErrorContext(ctx, "request failed", "error", err, "request_id", RequestID(ctx))
	case Unavailable:
		log.WarnContext(ctx, "request could not be served", "error", err, "request_id", RequestID(ctx))
	}
	return problemOf(ctx, e)
}

// Error makes Problem an error; with GetStatus and GetHeaders, huma answers it.
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType implements huma.ContentTypeFilter.
func (*Problem) ContentType(string) string { return "application/problem+json" }

// Write answers a request with the problem, outside huma.
func (p *Problem) Write(w http.ResponseWriter) {
	for name, values := range p.headers {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client is gone if this fails
}

// setHumaGlobals makes huma strict and replaces its error model and its messages.
// huma keeps all of that in package variables, so this is done once for the process.
var setHumaGlobals = sync.OnceFunc(func() {
	huma.ValidateStrictCasing = true  // otherwise "Quantity" passes as a second, unchecked "quantity"
	huma.DefaultArrayNullable = false // lists are [], never null
	validation.MsgExpectedMatchExactlyOneSchema = "expected a number or a string"
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		return problemFromHuma(ctx.Context(), status, message, errs)
	}
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return problemFromHuma(context.Background(), status, message, errs)
	}
})

func problemFromHuma(ctx context.Context, status int, message string, errs []error) *Problem {
	var fields []FieldError
	var malformed string
	for _, err := range errs {
		f, ok := fieldErrorOf(err)
		if !ok {
			continue
		}
		fields = append(fields, f)
		if status == http.StatusBadRequest && f.Location == "body" {
			malformed = f.Message
		}
	}
	switch {
	case status == http.StatusUnsupportedMediaType:
		return problemOf(ctx, unsupportedMediaType.With("expected", "application/json"))
	case status == http.StatusRequestEntityTooLarge:
		return problemOf(ctx, bodyTooLarge.With("limit", "1 MiB"))
	case malformed != "":
		return problemOf(ctx, malformedBody.With("reason", malformed).About(fields...))
	case len(fields) > 0: // it is JSON, with a field at fault
		p := problemOf(ctx, InvalidFields(fields[0], fields[1:]...))
		if more := len(fields) - 1; more > 0 {
			p.Detail += fmt.Sprintf(" (%d more)", more)
		}
		return p
	case status == http.StatusBadRequest, message == "cannot read request body": // one that ends early is the client's doing
		return problemOf(ctx, malformedBody.With("reason", message))
	}
	return NewProblem(ctx, status, upperFirst(message)+".")
}

// fieldErrorOf finds the field that an error of a validator or resolver is about.
func fieldErrorOf(err error) (FieldError, bool) {
	var f FieldError
	if !errors.As(err, &f) {
		var d huma.ErrorDetailer
		if !errors.As(err, &d) {
			return f, false
		}
		detail := located(d.ErrorDetail())
		f = fieldOf(detail.Location, detail.Message, detail.Value)
	}
	f.Value = echo(f.Location, f.Value)
	return f, true
}

// located moves the location that unmarshal wrote before its message to where it
// belongs.
func located(detail *huma.ErrorDetail) *huma.ErrorDetail {
	location, message, ok := strings.Cut(detail.Message, ": ")
	if ok && detail.Location == "body" && (strings.HasPrefix(location, "body.") || strings.HasPrefix(location, "body[")) {
		return &huma.ErrorDetail{Location: location, Message: message}
	}
	return detail
}

// echo repeats a refused value to the client unless it is, or may hold, a
// secret, or is long, or is no number of JSON.
func echo(location string, value any) any {
	if location == "body" || strings.Contains(location, "password") || strings.Contains(location, "token") {
		return nil
	}
	switch v := value.(type) {
	case string:
		if len(v) > 200 {
			return nil
		}
	case float64: // a parameter may be NaN
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
	case nil, bool, int, int64:
	default:
		return nil
	}
	return value
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
