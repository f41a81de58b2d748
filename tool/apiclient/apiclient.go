// Package apiclient calls the API of a running system as any client does.
package apiclient

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

	"github.com/sethvargo/go-retry"

	"microdemo/kit"
	"microdemo/tool/terminal"
)

// Client calls the API at one address.
type Client struct {
	base   string
	report func(string)
	HTTP   *http.Client
}

// New returns a client of the gateway at base. It reports when it waits for the
// system; report may be nil.
func New(base string, report func(string)) *Client {
	if report == nil {
		report = func(string) {}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 1000 // as many as there are clients in a load
	return &Client{base: strings.TrimSuffix(base, "/"), report: report, HTTP: &http.Client{Transport: transport}}
}

// Object is a JSON object.
type Object map[string]any

// Refusal is a response that is not a success.
type Refusal struct {
	Status int
	Detail string
}

func (r *Refusal) Error() string { return r.Detail }

// IsStatus reports whether err is a refusal with a status.
func IsStatus(err error, status int) bool {
	var r *Refusal
	return errors.As(err, &r) && r.Status == status
}

// RetryPause is the pause between two attempts.
const RetryPause = 300 * time.Millisecond

// Call makes a request, and repeats it until ctx ends while the system cannot be
// reached, is unavailable or limits the rate.
func (c *Client) Call(ctx context.Context, method, path, token string, in, out any) error {
	var failed error
	attempts := 0
	err := retry.Do(ctx, retry.NewConstant(RetryPause), func(ctx context.Context) error {
		if attempts++; attempts == 5 {
			c.report("waiting for " + c.base)
		}
		err := c.Try(ctx, method, path, token, in, out)
		var refused *Refusal
		if err == nil || errors.As(err, &refused) && refused.Status != http.StatusServiceUnavailable && refused.Status != http.StatusTooManyRequests {
			return err
		}
		failed = err
		return retry.RetryableError(err)
	})
	if err != nil && failed != nil && ctx.Err() != nil {
		return fmt.Errorf("%s is not ready: %w", c.base, terminal.Cause(failed))
	}
	return err
}

// Login returns the access token of a user.
func (c *Client) Login(ctx context.Context, email, password string) (token string, err error) {
	var answer struct {
		Token string `json:"access_token"`
	}
	err = c.Call(ctx, http.MethodPost, "/users/login", "", Object{"email": email, "password": password}, &answer)
	if IsStatus(err, http.StatusUnauthorized) {
		return "", fmt.Errorf("cannot sign in as %s: there is no such user, or the password is another", email)
	}
	if IsStatus(err, http.StatusForbidden) {
		return "", fmt.Errorf("cannot sign in as %s: %w", email, err)
	}
	return answer.Token, err
}

// Try makes a request once. An error that is not a *Refusal means that there was
// no response.
func (c *Client) Try(ctx context.Context, method, path, token string, in, out any) error {
	status, _, raw, err := c.Exchange(ctx, method, path, token, in)
	if err != nil {
		return err
	}
	if status >= 300 {
		var problem kit.Problem
		if json.Unmarshal(raw, &problem) != nil || problem.Detail == "" {
			problem.Detail = fmt.Sprintf("%s%s answered %d", c.base, path, status)
		}
		return &Refusal{status, problem.Detail}
	}
	if out != nil && json.Unmarshal(raw, out) != nil {
		return &Refusal{status, fmt.Sprintf("%s does not answer like microdemo", c.base)}
	}
	return nil
}

// Exchange makes a request with a JSON body, and headers given as name, value, and
// reads the whole response, of any status.
func (c *Client) Exchange(ctx context.Context, method, path, token string, in any, headers ...string) (status int, header http.Header, raw []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if in == nil {
		return c.Send(ctx, method, path, token, nil, headers...)
	}
	raw, err = json.Marshal(in)
	if err != nil {
		return 0, nil, nil, err
	}
	return c.Send(ctx, method, path, token, bytes.NewReader(raw), append(headers, "Content-Type", "application/json")...)
}

// Send is Exchange with any body and until ctx ends.
func (c *Client) Send(ctx context.Context, method, path, token string, body io.Reader, headers ...string) (status int, header http.Header, raw []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return 0, nil, nil, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer res.Body.Close()
	raw, err = io.ReadAll(io.LimitReader(res.Body, kit.MaxBody))
	return res.StatusCode, res.Header, raw, err
}
