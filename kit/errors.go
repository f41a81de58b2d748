package kit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Kind is what went wrong, in the words of the API rather than of HTTP. One
// place (ProblemFrom) turns kinds into statuses.
type Kind int

// The kinds of errors a service answers. Anything else is Internal, whose text
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

// FieldError names one field of a request and what is wrong with it.
type FieldError struct {
	Location string `json:"location" doc:"Where the value stands, such as body.items[0].quantity" example:"body.items[0].quantity"`
	Message  string `json:"message" doc:"What is wrong with it" example:"expected number >= 1"`
	Value    any    `json:"value,omitempty" doc:"The value that was sent; left out for secrets and long values"`
}

// Error is an error that may be shown to a client: Message is one sentence.
type Error struct {
	Kind       Kind
	Message    string
	Fields     []FieldError
	RetryAfter time.Duration // for RateLimited and Unavailable; at least a second is answered
	Cause      error         // logged, never shown
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Message + ": " + e.Cause.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Cause }

// Errorf makes an error of a kind with the sentence a client reads. It does not
// wrap: what is not meant for clients belongs into Cause.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// InvalidField is a 422 that names a field by its location, such as
// "body.user_id".
func InvalidField(location string, value any, format string, args ...any) *Error {
	message := fmt.Sprintf(format, args...)
	return &Error{
		Kind:    Invalid,
		Message: location + ": " + message + ".",
		Fields:  []FieldError{{Location: location, Message: message, Value: value}},
	}
}

// IsKind tells whether err is, or wraps, an Error of this kind.
func IsKind(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}

// IsUnavailable tells whether err means that something a request needs does not
// answer in time, so that trying again at once is of no use.
func IsUnavailable(err error) bool { return classify(err).Kind == Unavailable }

// IsUnique tells whether err is a violation of the unique constraint or index
// of this name.
func IsUnique(err error, constraint string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505" && pg.ConstraintName == constraint
}

// IsNoRows tells whether a query that must find one row found none.
func IsNoRows(err error) bool { return errors.Is(err, pgx.ErrNoRows) }

// classify finds the client's view of any error. What it does not know is
// Internal and keeps its text to itself.
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
		return &Error{Kind: Unavailable, Message: "The service cannot reach its database right now; try again.", Cause: err}
	}
	return &Error{Kind: Internal, Message: "Something went wrong on our side.", Cause: err}
}

func classifyPostgres(pg *pgconn.PgError, err error) *Error {
	switch pg.Code {
	case "22021", "22P05": // a text with NUL, or not UTF-8
		return &Error{Kind: Invalid, Message: "A text in the request holds a character that cannot be stored.", Cause: err}
	case "22003": // a number outside its column's range; the schemas' limits should have caught it
		return &Error{Kind: Invalid, Message: "A number in the request is too large.", Cause: err}
	}
	switch pg.Code[:min(2, len(pg.Code))] {
	case "53", "57", "58", "08": // out of resources, shutting down, system error, connection
	case "40": // serialization failure or deadlock, retries used up
	case "55", "25": // lock not available in time, transaction ended while idle
	default:
		return &Error{Kind: Internal, Message: "Something went wrong on our side.", Cause: err}
	}
	return &Error{Kind: Unavailable, Message: "The service is busy right now; try again.", Cause: err}
}
