package gateway

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"time"

	"microdemo/kit"
)

const (
	maxImport = 1 << 30 // a CSV file, in bytes

	// A body must have arrived by then, or slow clients could hold connections
	// to the services for ever.
	bodyTimeout   = time.Minute
	importTimeout = time.Hour

	// The services give up after 15 s and say so; this is for those that hang.
	// An import is answered after its one transaction has ended.
	answerTimeout       = 20 * time.Second
	importAnswerTimeout = 10 * time.Minute
)

// newForwarder passes requests on to one service, with the path, query and host
// that the client named.
func newForwarder(name string, target *url.URL, log *slog.Logger) http.Handler {
	return &httputil.ReverseProxy{
		Transport: importsApart{
			ordinary: newTransport(answerTimeout),
			imports:  newTransport(importAnswerTimeout),
		},
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug), // clients that left
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host
			r.Out.URL.RawQuery = r.In.URL.RawQuery // ReverseProxy leaves out what it cannot parse
			r.Out.Host = r.In.Host
			// This is the edge: what a client says about where it comes from
			// is not to be believed.
			for header := range r.Out.Header {
				if strings.HasPrefix(header, "X-Forwarded-") || header == "X-Real-Ip" {
					r.Out.Header.Del(header)
				}
			}
			r.SetXForwarded()
		},
		ModifyResponse: func(res *http.Response) error {
			protect(res.Header, res.Request)
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			refuseUnserved(w, r, name, log, err)
		},
	}
}

func newTransport(answer time.Duration) *http.Transport {
	return &http.Transport{ // no proxy: the services are called directly
		DialContext:           (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
		ResponseHeaderTimeout: answer,
		MaxIdleConnsPerHost:   256,
		IdleConnTimeout:       time.Minute, // less than the services', so that they never close one that is just being used
		DisableCompression:    true,        // what the client did not ask for is not negotiated for it
	}
}

type importsApart struct{ ordinary, imports *http.Transport }

// RoundTrip implements http.RoundTripper.
func (t importsApart) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/import/csv") {
		return t.imports.RoundTrip(r)
	}
	return t.ordinary.RoundTrip(r)
}

// limitBody bounds the size of a body and the time it may take to arrive. It is
// false when it has refused the request.
func limitBody(w http.ResponseWriter, r *http.Request, isImport bool) bool {
	limit, within := int64(kit.MaxBody), bodyTimeout
	if isImport {
		limit, within = maxImport, importTimeout
	}
	if r.ContentLength > limit {
		refuseTooLarge(w, r)
		return false
	}
	if r.Body == nil || r.Body == http.NoBody {
		return true
	}
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(within)) // recorders of tests have none
	r.Body = &limitedBody{
		ReadCloser: http.MaxBytesReader(w, r.Body, limit),
		// The deadline must not end what comes after the body, such as a long answer.
		whole: func() { _ = connection.SetReadDeadline(time.Time{}) },
	}
	return true
}

// limitedBody remembers why the client's body ended, which is otherwise hard to
// tell from a service that went away.
type limitedBody struct {
	io.ReadCloser
	whole func()
}

// errBody marks what is wrong with the client's body.
type errBody struct{ error }

func (e errBody) Unwrap() error { return e.error }

// Read implements io.Reader.
func (b *limitedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.whole()
		return n, err
	}
	if err != nil {
		err = errBody{err}
	}
	return n, err
}

func refuseTooLarge(w http.ResponseWriter, r *http.Request) {
	refuse(w, r, http.StatusRequestEntityTooLarge, "The body is too large: at most 1 MiB, or 1 GiB for an imported file.")
}

// refuseUnserved answers what a service did not.
func refuseUnserved(w http.ResponseWriter, r *http.Request, service string, log *slog.Logger, err error) {
	var (
		large *http.MaxBytesError
		body  errBody
	)
	switch {
	case errors.As(err, &large):
		refuseTooLarge(w, r)
	case errors.As(err, &body) && errors.Is(err, os.ErrDeadlineExceeded):
		refuse(w, r, http.StatusRequestTimeout, "The body took too long to arrive.")
	case errors.As(err, &body):
		refuse(w, r, http.StatusBadRequest, "The body ended before it was whole.")
	case errors.Is(err, context.Canceled): // the client left
		refuse(w, r, http.StatusBadRequest, "The request was given up.")
	default:
		log.Warn("service does not answer", "service", service, "path", r.URL.Path, "request_id", r.Header.Get("X-Request-ID"), "error", err)
		w.Header().Set("Retry-After", "2")
		refuse(w, r, http.StatusServiceUnavailable, "The "+service+" service does not answer right now; try again.")
	}
}
