package tool

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

	"microdemo/kit"
)

// apiClient calls the API as any client would.
type apiClient struct {
	base   string
	report func(string)
	http   *http.Client
}

func newAPIClient(base string, report func(string)) *apiClient {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 1000 // as many as there are clients in a load
	return &apiClient{base: strings.TrimSuffix(base, "/"), report: report, http: &http.Client{Transport: transport}}
}

type object map[string]any

// refusal is an answer that is not a success.
type refusal struct {
	status int
	detail string
}

func (r *refusal) Error() string { return r.detail }

func isStatus(err error, status int) bool {
	var r *refusal
	return errors.As(err, &r) && r.status == status
}

const retryPause = 300 * time.Millisecond

// call makes a request, and makes it again until ctx ends while the system is
// not there or asks for patience.
func (s *apiClient) call(ctx context.Context, method, path, token string, in, out any) error {
	for attempt := 0; ; attempt++ {
		err := s.try(ctx, method, path, token, in, out)
		if err == nil {
			return nil
		}
		var answered *refusal
		if errors.As(err, &answered) && answered.status != http.StatusServiceUnavailable && answered.status != http.StatusTooManyRequests {
			return err
		}
		if attempt == 3 {
			s.report("waiting for " + s.base)
		}
		pause := time.NewTimer(retryPause)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return fmt.Errorf("%s is not ready: %w", s.base, lastCause(err))
		}
	}
}

func (s *apiClient) try(ctx context.Context, method, path, token string, in, out any) error {
	status, _, raw, err := s.exchange(ctx, method, path, token, in)
	if err != nil {
		return err
	}
	if status >= 300 {
		var problem kit.Problem
		if json.Unmarshal(raw, &problem) != nil || problem.Detail == "" {
			problem.Detail = fmt.Sprintf("%s%s answered %d", s.base, path, status)
		}
		return &refusal{status, problem.Detail}
	}
	if out != nil && json.Unmarshal(raw, out) != nil {
		return &refusal{status, fmt.Sprintf("%s does not answer like microdemo", s.base)}
	}
	return nil
}

// exchange makes a request, with headers given as name, value, and reads the
// whole answer, whatever its status.
func (s *apiClient) exchange(ctx context.Context, method, path, token string, in any, headers ...string) (status int, header http.Header, raw []byte, err error) {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return 0, nil, nil, err
		}
		body = bytes.NewReader(raw)
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.base+path, body)
	if err != nil {
		return 0, nil, nil, err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := s.http.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer res.Body.Close()
	raw, err = io.ReadAll(io.LimitReader(res.Body, kit.MaxBody))
	return res.StatusCode, res.Header, raw, err
}
