package kittest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Client makes requests of one caller to one base URL.
type Client struct {
	Base  string
	Token string // "" for no token

	// Check, if not nil, looks at every answer; what it finds fails the request.
	Check func(*http.Request, Answer) error
}

// As is the same client with another token.
func (c Client) As(token string) Client {
	c.Token = token
	return c
}

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Raw    []byte
	t      testing.TB
	what   string
}

// File is a body that uploads a file as a form, in the field file.
type File struct{ Name, Content string }

// CSV is a file of these lines.
func CSV(lines ...string) File { return File{"import.csv", strings.Join(lines, "\n") + "\n"} }

func (f File) form() (body []byte, contentType string, err error) {
	var out bytes.Buffer
	form := multipart.NewWriter(&out)
	part, err := form.CreateFormFile("file", f.Name)
	if err == nil {
		_, err = io.WriteString(part, f.Content)
	}
	err = errors.Join(err, form.Close())
	return out.Bytes(), form.FormDataContentType(), err
}

// Do sends a request. body may be nil, a string or []byte that is sent as it
// is, a File, or anything else, sent as JSON. headers are pairs of name and
// value.
func (c Client) Do(t testing.TB, method, path string, body any, headers ...string) Answer {
	t.Helper()
	a, err := c.Try(method, path, body, headers...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	a.t = t
	return a
}

// Try is Do for goroutines, which may not fail a test.
func (c Client) Try(method, path string, body any, headers ...string) (Answer, error) {
	var reader io.Reader
	contentType := "application/json"
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	case []byte:
		reader = bytes.NewReader(b)
	case File:
		raw, formType, err := b.form()
		if err != nil {
			return Answer{}, err
		}
		reader, contentType = bytes.NewReader(raw), formType
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			return Answer{}, err
		}
		reader = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, c.Base+path, reader)
	if err != nil {
		return Answer{}, err
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if body != nil {
		req.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := httpClient.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	a := Answer{Status: res.StatusCode, Header: res.Header, Raw: raw, what: method + " " + path}
	if err == nil && c.Check != nil {
		err = c.Check(req, a)
	}
	return a, err
}

// Persist is Try again and again while the answer is 503, as a good client does:
// a service that is busy may refuse. A request that is not idempotent needs a key.
func (c Client) Persist(method, path string, body any, headers ...string) (a Answer, err error) {
	for begun := time.Now(); time.Since(begun) < Deadline; {
		a, err = c.Try(method, path, body, headers...)
		if err != nil || a.Status != http.StatusServiceUnavailable {
			break
		}
	}
	return a, err
}

// httpClient keeps enough connections for tests with many clients, and shows
// redirects instead of following them.
var httpClient = &http.Client{
	Timeout:       Deadline,
	Transport:     &http.Transport{MaxIdleConnsPerHost: 256},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// Want fails the test unless the answer has this status.
func (a Answer) Want(status int) Answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("%s answered %d, want %d: %s", a.what, a.Status, status, a.Raw)
	}
	return a
}

// Into reads the JSON of the answer into v, strictly: a field that v does not
// have fails the test.
func (a Answer) Into(v any) Answer {
	a.t.Helper()
	d := json.NewDecoder(bytes.NewReader(a.Raw))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		a.t.Fatalf("%s: read the answer: %v: %s", a.what, err, a.Raw)
	}
	return a
}

// Problem is the body of an error answer.
type Problem struct {
	Type     string
	Title    string
	Status   int
	Detail   string
	Instance string
	Errors   []struct {
		Location string
		Message  string
		Value    any
		Code     string
	}
}

// Code is what the type of the problem ends in; "" if its status says it all.
func (p Problem) Code() string { return p.Type[strings.LastIndex(p.Type, "/")+1:] }

// WantProblem fails the test unless the answer is a problem of this status with
// a sentence, a request id, and, if location is not "", an error at location.
func (a Answer) WantProblem(status int, location string) Problem {
	a.t.Helper()
	a.Want(status)
	if ct := a.Header.Get("Content-Type"); ct != "application/problem+json" {
		a.t.Errorf("%s: content type %q", a.what, ct)
	}
	var p Problem
	if err := json.Unmarshal(a.Raw, &p); err != nil { // not Into: each type has members of its own
		a.t.Fatalf("%s: read the answer: %v: %s", a.what, err, a.Raw)
	}
	if p.Status != status || p.Title == "" || p.Instance == "" || !strings.Contains(p.Detail, " ") || !strings.HasSuffix(strings.TrimSuffix(p.Detail, ")"), ".") && !strings.HasSuffix(p.Detail, "more)") {
		a.t.Errorf("%s: not a whole problem: %s", a.what, a.Raw)
	}
	if location == "" {
		return p
	}
	for _, e := range p.Errors {
		if e.Location == location {
			return p
		}
	}
	a.t.Errorf("%s: no error at %s: %s", a.what, location, a.Raw)
	return p
}
