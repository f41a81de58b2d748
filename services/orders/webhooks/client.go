package webhooks

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"microdemo/kit"
)

// maxAnswer is how much of an answer is read, in bytes, so that its connection
// can be used again.
const maxAnswer = 4 << 10

// errNotPublic refuses to dial an address.
var errNotPublic = errors.New("the address is not public")

// client posts signed messages to endpoints. It follows no redirects, uses no proxy
// and keeps no cookies.
type client struct {
	http    *http.Client
	timeout time.Duration
	now     func() time.Time
}

// newClient makes a client. A nil resolver is the system's.
func newClient(c Settings, resolver *net.Resolver, now func() time.Time) *client {
	dialer := &net.Dialer{Timeout: c.Timeout, Resolver: resolver}
	if !c.AllowPrivate {
		dialer.ControlContext = onlyPublic
	}
	return &client{timeout: c.Timeout, now: now, http: &http.Client{
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			DisableCompression:     true,
			MaxIdleConns:           2 * maxEndpoints,
			MaxIdleConnsPerHost:    c.Concurrency,
			IdleConnTimeout:        30 * time.Second,
			MaxResponseHeaderBytes: 16 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// onlyPublic checks each address right before it is dialled, after names were
// resolved: the address that was checked is the one that is dialled.
func onlyPublic(_ context.Context, _, address string, _ syscall.RawConn) error {
	addr, err := netip.ParseAddrPort(address)
	if err != nil || !isPublic(addr.Addr()) {
		return errNotPublic
	}
	return nil
}

// result is how one attempt to deliver went. Reason is "" if it was delivered.
type result struct {
	Code   int // of the answer, 0 if there was none
	Took   time.Duration
	Reason string
}

// post sends one message. Any 2xx is a success, even if the answer's body cannot be
// read. The whole exchange has one deadline.
func (c *client) post(ctx context.Context, url string, secret kit.Secret, id string, body []byte) (r result) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	began := time.Now()
	defer func() { r.Took = time.Since(began) }()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return result{Reason: "The address is not valid."}
	}
	signer, err := newSigner(secret)
	if err != nil {
		return result{Reason: "The secret is not valid."}
	}
	at := c.now()
	signature, err := signer.Sign(id, at, body)
	if err != nil {
		return result{Reason: "The message could not be signed."}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "microdemo-webhooks")
	req.Header.Set(standardwebhooks.HeaderWebhookID, id)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	res, err := c.http.Do(req)
	if err != nil {
		return result{Reason: c.reason(err)}
	}
	defer res.Body.Close()
	if res.ContentLength >= 0 && res.ContentLength <= maxAnswer {
		_, _ = io.CopyN(io.Discard, res.Body, maxAnswer) // only to use the connection again
	}
	r.Code = res.StatusCode
	switch {
	case r.Code >= 300 && r.Code < 400:
		r.Reason = fmt.Sprintf("The receiver answered %d; redirects are not followed.", r.Code)
	case r.Code < 200 || r.Code >= 400:
		r.Reason = fmt.Sprintf("The receiver answered %d.", r.Code)
	}
	return r
}

// reason is a sentence for administrators on why there was no answer. Texts of errors
// are left out, because they describe the network here.
func (c *client) reason(err error) string {
	var (
		name *net.DNSError
		cert *tls.CertificateVerificationError
		cut  net.Error
	)
	switch {
	case errors.Is(err, errNotPublic):
		return "The host has no public address."
	case errors.As(err, &cut) && cut.Timeout():
		return fmt.Sprintf("There was no answer within %s.", c.timeout)
	case errors.As(err, &name):
		return "The host's name does not resolve."
	case errors.As(err, &cert):
		return "The receiver's certificate is not valid."
	case errors.Is(err, syscall.ECONNREFUSED):
		return "The connection was refused."
	case errors.Is(err, context.Canceled):
		return "The sender was stopped."
	}
	return "The connection broke before there was an answer."
}

const (
	secretPrefix = "whsec_"
	minSigning   = 24 // bytes of a key, at least (Standard Webhooks, "Signature scheme")
	maxSigning   = 64
)

// newSigner reads a secret: whsec_ and base64, or the key itself.
func newSigner(secret kit.Secret) (*standardwebhooks.Webhook, error) {
	if !strings.HasPrefix(string(secret), secretPrefix) {
		return standardwebhooks.NewWebhookRaw([]byte(secret))
	}
	return standardwebhooks.NewWebhook(string(secret))
}
