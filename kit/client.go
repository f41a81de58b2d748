package kit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// CallTimeout bounds one call from a service to another.
const CallTimeout = 5 * time.Second

// errFailed is wrapped by the error of a call that the other service answered with
// 500: the request may be at fault.
var errFailed = errors.New("the other service failed")

// Client calls another service with a service token.
type Client struct {
	service string
	base    string
	as      string
	tokens  *Tokens
	http    *http.Client
}

// NewClient makes a client for the service at base, which calls as the service named
// as.
func NewClient(service, base, as string, tokens *Tokens) *Client {
	return &Client{
		service: service,
		base:    strings.TrimSuffix(base, "/"),
		as:      as,
		tokens:  tokens,
		http: &http.Client{
			Timeout: CallTimeout,
			Transport: &http.Transport{ // without a proxy: services call each other directly
				MaxIdleConnsPerHost: 64,
				IdleConnTimeout:     30 * time.Second,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Call sends in (nil for none) and reads the answer into out (nil for none). An
// answer of 4xx becomes an Error of its kind. Any other failure is Unavailable, and
// then the call may or may not have had its effect.
func (c *Client) Call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("call %s: %w", c.service, err)
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return fmt.Errorf("call %s: %w", c.service, err)
	}
	token, err := c.tokens.IssueForService(c.as)
	if err != nil {
		return fmt.Errorf("call %s: %w", c.service, err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if id := RequestID(ctx); id != "" {
		req.Header.Set("X-Request-ID", id)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return c.unavailable(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 8*MaxBody))
	if err != nil {
		return c.unavailable(err)
	}
	if res.StatusCode >= 300 {
		return c.refused(res.StatusCode, raw)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return c.unavailable(err)
	}
	return nil
}

func (c *Client) refused(status int, raw []byte) error {
	var p Problem
	_ = json.Unmarshal(raw, &p) // without a problem, the status remains
	kind := kindOf(status)
	if status == http.StatusRequestEntityTooLarge {
		kind = Malformed // another attempt would fail too
	}
	switch kind {
	case NotFound, Conflict, Invalid, Malformed:
		return &Error{Kind: kind, Message: p.Detail, Fields: p.Errors}
	case Internal:
		return c.unavailable(fmt.Errorf("%w: it answered %d: %s", errFailed, status, p.Detail))
	}
	return c.unavailable(fmt.Errorf("it answered %d: %s", status, p.Detail))
}

func (c *Client) unavailable(cause error) error {
	return ServiceUnavailable.With("service", c.service).RetryIn(2 * time.Second).Because(fmt.Errorf("call %s: %w", c.service, cause))
}
