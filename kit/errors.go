package kit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Kind is what went wrong, without reference to HTTP: only problemFrom turns kinds
// into statuses.
type Kind int

// The kinds of errors that a service answers. Any other error is Internal: its text
// never reaches a client.
const (
	Internal Kind = iota
	Malformed
	Unauthenticated
	Forbidden
	NotFound
	Conflict
	Invalid
	RateLimited
	Unavailable
	TooLarge
	UnsupportedMedia
	MethodNotAllowed
)

func (k Kind) status() int {
	switch k {
	case Malformed:
		return http.StatusBadRequest
	case Unauthenticated:
		return http.StatusUnauthorized
	case Forbidden:
		return http.StatusForbidden
	case NotFound:
		return http.StatusNotFound
	case Conflict:
		return http.StatusConflict
	case Invalid:
		return http.StatusUnprocessableEntity
	case RateLimited:
		return http.StatusTooManyRequests
	case Unavailable:
		return http.StatusServiceUnavailable
	case TooLarge:
		return http.StatusRequestEntityTooLarge
	case UnsupportedMedia:
		return http.StatusUnsupportedMediaType
	case MethodNotAllowed:
		return http.StatusMethodNotAllowed
	default:
		return http.StatusInternalServerError
	}
}

func kindOf(status int) Kind {
	for k := Malformed; k <= Unavailable; k++ {
		if k.status() == status {
			return k
		}
	}
	return Internal
}

// ProblemType is one thing that can go wrong, as clients distinguish them (RFC 9457,
// section 3.1.1). Its URI is /<service>/problems/<code>.
type ProblemType struct {
	Kind   Kind
	Code   string // stable, in kebab case
	Detail string // the sentence for people; {name} stands for a parameter
	Remedy string // what the caller can do, for the API documents
}

// With makes an error of this type. params are pairs of a name and a value: the
// parameters of Detail, and further members of the problem.
func (t ProblemType) With(params ...any) *Error {
	members := members(params)
	return &Error{Kind: t.Kind, Code: t.Code, Message: fill(t.Detail, members), Params: members}
}

// Rule is a rule for the value of a field.
type Rule struct {
	Code    string // stable, in kebab case
	Message string // part of a sentence; {name} stands for a parameter
}

// At reports that the value at a location, such as "body.user_id", breaks the rule.
// params are those of ProblemType.With.
func (r Rule) At(location string, value any, params ...any) FieldError {
	members := members(params)
	return FieldError{Location: location, Message: fill(r.Message, members), Value: value, Code: r.Code, Params: members}
}

// FieldError names one field of a request and the rule that its value breaks.
type FieldError struct {
	Location string `json:"location" doc:"Where the value is, such as body.items[0].quantity" example:"body.items[0].quantity"`
	Message  string `json:"message" doc:"What is wrong with it, for people" example:"expected number >= 1"`
	Value    any    `json:"value,omitempty" doc:"The value that was sent; left out for secrets and long values"`
	Code     string `json:"code" doc:"The rule it breaks; the values in the message are members beside it" example:"minimum"`

	Params map[string]any `json:"-"`
}

// Error makes FieldError an error, for resolvers of huma.
func (f FieldError) Error() string { return f.Location + ": " + f.Message }

// Error is an error for clients: Message is one sentence.
type Error struct {
	Kind       Kind
	Code       string // of its ProblemType
	Message    string
	Params     map[string]any // the values in Message, by name
	Fields     []FieldError
	RetryAfter time.Duration // for RateLimited and Unavailable; rounded up to whole seconds, at least one
	Cause      error         // logged, never shown
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Message + ": " + e.Cause.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Cause }

// Because sets the cause, which is logged and never shown.
func (e *Error) Because(cause error) *Error {
	e.Cause = cause
	return e
}

// RetryIn sets how long a client should wait before it tries again.
func (e *Error) RetryIn(d time.Duration) *Error {
	e.RetryAfter = d
	return e
}

// About names the fields that caused the error.
func (e *Error) About(fields ...FieldError) *Error {
	e.Fields = fields
	return e
}

// InvalidFields is a 422 that names the fields at fault.
func InvalidFields(first FieldError, more ...FieldError) *Error {
	e := invalid.With("location", first.Location, "message", first.Message).About(append([]FieldError{first}, more...)...)
	e.Params = nil // they are in errors
	return e
}

func members(params []any) map[string]any {
	if len(params) == 0 {
		return nil
	}
	m := make(map[string]any, len(params)/2)
	for i := 0; i < len(params); i += 2 {
		m[params[i].(string)] = params[i+1]
	}
	return m
}

// fill replaces each {name} of a sentence by its parameter.
func fill(sentence string, members map[string]any) string {
	if len(members) == 0 {
		return sentence
	}
	pairs := make([]string, 0, 2*len(members))
	for name, value := range members {
		pairs = append(pairs, "{"+name+"}", fmt.Sprint(value))
	}
	return strings.NewReplacer(pairs...).Replace(sentence)
}

// Errorf makes an error of a kind with the sentence a client reads.
//
// Deprecated: declare a ProblemType.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// InvalidField is a 422 that names a field by its location.
//
// Deprecated: declare a Rule.
func InvalidField(location string, value any, format string, args ...any) *Error {
	return InvalidFields(FieldError{Location: location, Message: fmt.Sprintf(format, args...), Value: value})
}

// IsKind reports whether err is, or wraps, an Error of this kind.
func IsKind(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}

// IsUnavailable reports whether err means that something a request needs does not
// answer in time, so that trying again at once is of no use.
func IsUnavailable(err error) bool { return classify(err).Kind == Unavailable }

// IsUnique reports whether err is a violation of the unique constraint or index
// of this name.
func IsUnique(err error, constraint string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505" && pg.ConstraintName == constraint
}

// IsNoRows reports whether a query for one row found none.
func IsNoRows(err error) bool { return errors.Is(err, pgx.ErrNoRows) }

// classify returns the client's view of any error. An unknown error is Internal: the
// client does not see its text.
func classify(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return classifyPostgres(pg, err)
	}
	var (
		connect *pgconn.ConnectError
		network net.Error
	)
	switch {
	case errors.As(err, &connect), errors.As(err, &network),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled),
		pgconn.SafeToRetry(err):
		return databaseUnavailable.With().Because(err)
	}
	return internalError.With().Because(err)
}

func classifyPostgres(pg *pgconn.PgError, err error) *Error {
	switch pg.Code {
	case "22021", "22P05": // a text with NUL, or not UTF-8
		return unstorableText.With().Because(err)
	case "22003": // a number outside its column's range; the schemas' limits should have caught it
		return numberTooLarge.With().Because(err)
	}
	switch pg.Code[:min(2, len(pg.Code))] {
	case "53", "57", "58", "08": // out of resources, shutting down, system error, connection
	case "40": // serialization failure or deadlock, retries used up
	case "55", "25": // lock not available in time, transaction ended while idle
	default:
		return internalError.With().Because(err)
	}
	return busy.With().Because(err)
}
