package kit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestClassify_FindsTheKindOfAnyError(t *testing.T) {
	t.Parallel()
	postgres := func(code string) error {
		return fmt.Errorf("insert: %w", &pgconn.PgError{Code: code, Message: "secret"})
	}
	for _, c := range []struct {
		err  error
		want Kind
	}{
		{fmt.Errorf("wrapped: %w", &Error{Kind: Conflict, Message: "The id is taken."}), Conflict},
		{&Error{Kind: NotFound, Message: "It is gone.", Cause: postgres("40001")}, NotFound},
		{InvalidFields(FieldError{Location: "body.x", Message: "expected another"}), Invalid},
		{errors.New("secret"), Internal},
		{pgx.ErrNoRows, Internal},
		{pgx.ErrTxClosed, Internal},
		{postgres("40001"), Unavailable},
		{postgres("40P01"), Unavailable},
		{postgres("55P03"), Unavailable},
		{postgres("57014"), Unavailable},
		{postgres("57P01"), Unavailable},
		{postgres("53300"), Unavailable},
		{postgres("25P03"), Unavailable},
		{postgres("25006"), Unavailable},
		{postgres("08006"), Unavailable},
		{postgres("22021"), Invalid},
		{postgres("22003"), Invalid},
		{postgres("23505"), Internal},
		{postgres("23514"), Internal},
		{postgres("42601"), Internal},
		{postgres(""), Internal},
		{context.DeadlineExceeded, Unavailable},
		{fmt.Errorf("query: %w", context.Canceled), Unavailable},
		{io.ErrUnexpectedEOF, Unavailable},
		{net.ErrClosed, Unavailable},
		{&net.OpError{Op: "dial", Err: errors.New("secret: connection refused")}, Unavailable},
	} {
		got := classify(c.err)
		if got.Kind != c.want {
			t.Errorf("%v is %d, want %d", c.err, got.Kind, c.want)
		}
		if strings.Contains(got.Message, "secret") || !strings.HasSuffix(got.Message, ".") {
			t.Errorf("%v is shown as %q", c.err, got.Message)
		}
		if IsUnavailable(c.err) != (c.want == Unavailable) {
			t.Errorf("%v: IsUnavailable is wrong", c.err)
		}
	}
}

func TestProblemFrom_MasksUnknownErrorsAndLogsThem(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	logger := slog.New(slog.NewTextHandler(&log, nil))
	p := problemFrom(t.Context(), logger, errors.New("the password is hunter2"))
	if p.Status != http.StatusInternalServerError || strings.Contains(p.Detail, "hunter2") || strings.Count(log.String(), "hunter2") != 1 {
		t.Errorf("answered %+v, logged %s", p, log.String())
	}
	log.Reset()
	p = problemFrom(t.Context(), logger, &Error{Kind: Unavailable, Message: "Try again.", RetryAfter: 1500 * time.Millisecond, Cause: errors.New("hunter2")})
	if p.headers.Get("Retry-After") != "2" || p.Detail != "Try again." || !strings.Contains(log.String(), "hunter2") {
		t.Errorf("answered %+v %v, logged %s", p, p.headers, log.String())
	}
	for kind, want := range map[Kind]string{Unauthenticated: "", RateLimited: "1", Unavailable: "1", Conflict: ""} {
		p := problemFrom(t.Context(), logger, &Error{Kind: kind, Message: "No."})
		if got := p.headers.Get("Retry-After"); got != want {
			t.Errorf("%d: Retry-After %q, want %q", kind, got, want)
		}
		if got := p.headers.Get("WWW-Authenticate"); (got == "Bearer") != (kind == Unauthenticated) {
			t.Errorf("%d: WWW-Authenticate %q", kind, got)
		}
	}
}

func TestKinds_SurviveHTTP(t *testing.T) {
	t.Parallel()
	for k := Malformed; k <= Unavailable; k++ {
		if got := kindOf(k.status()); got != k {
			t.Errorf("%d became %d", k, got)
		}
	}
	for _, status := range []int{0, 200, 308, 500, 502, 504, 413} {
		if got := kindOf(status); got != Internal {
			t.Errorf("%d became %d", status, got)
		}
	}
}
