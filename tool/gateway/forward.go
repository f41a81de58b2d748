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

	// A body must arrive within this time, or slow clients could hold connections to
	// the services forever.
	bodyTimeout   = time.Minute
	importTimeout = time.Hour

	// The services themselves answer 503 after 15 s; this is for a service that
	// hangs. An import answers after its one transaction.
	answerTimeout       = 20 * time.Second
	importAnswerTimeout = 10 * time.Minute
)

// newForwarder forwards requests to one service, with the client's path, query and
// host.
func newForwarder(name string, target *url.URL, log *slog.Logger) http.Handler {
	return &httputil.ReverseProxy{
		Transport: importsApart{
			ordinary: newTransport(answerTimeout),
			imports:  newTransport(importAnswerTimeout),
		},
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug), // clients that disconnected
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host
			r.Out.URL.RawQuery = r.In.URL.RawQuery // ReverseProxy drops what it cannot parse
			r.Out.Host = r.In.Host
			// The gateway is the edge: it does not trust what a client claims about
			// its address.
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
		IdleConnTimeout:       time.Minute, // less than the services', so that they never close one in use
		DisableCompression:    true,        // encoding is negotiated by the client
	}
}

// importsApart gives imports more time.
type importsApart struct{ ordinary, imports *http.Transport }

// RoundTrip implements http.RoundTripper.
func (t importsApart) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/import/csv") {
		return t.imports.RoundTrip(r)
	}
	return t.ordinary.RoundTrip(r)
}

// limitBody bounds the size of a body and the time it may take to arrive. It
// returns false if it refused the request.
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
	_ = connection.SetReadDeadline(time.Now().Add(within)) // test recorders have none
	r.Body = &limitedBody{
		ReadCloser: http.MaxBytesReader(w, r.Body, limit),
		// The deadline must not end a long response.
		whole: func() { _ = connection.SetReadDeadline(time.Time{}) },
	}
	return true
}

// limitedBody marks errors of the client's body, to tell them from errors of the
// service.
type limitedBody struct {
	io.ReadCloser
	whole func()
}

// errBody is an error of the client's body.
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

// refuseUnserved responds to a request that a service did not answer.
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
		refuse(w, r, http.StatusBadRequest, "The body is incomplete.")
	case errors.Is(err, context.Canceled): // by the client, which sees no response
		refuse(w, r, http.StatusBadRequest, "The request was cancelled.")
	default:
		log.Warn("service does not answer", "service", service, "path", r.URL.Path, "request_id", r.Header.Get("X-Request-ID"), "error", err)
		w.Header().Set("Retry-After", "2")
		refuse(w, r, http.StatusServiceUnavailable, "The "+service+" service does not answer right now; try again.")
	}
}
