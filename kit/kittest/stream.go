package kittest

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Stream is a stream of server-sent events that a client reads.
type Stream struct {
	Header http.Header

	t      testing.TB
	cancel context.CancelFunc
	said   chan Said
	err    error // how it ended, once said is closed
}

// Said is what a stream said up to an empty line.
type Said struct{ ID, Event, Data, Comment, Retry string }

// Stream opens a stream, which must be answered with 200. It is read as fast as
// it comes, until the test ends or Close is called.
func (c Client) Stream(t testing.TB, path string, headers ...string) *Stream {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	opening := time.AfterFunc(Deadline, cancel)
	res, err := streamTransport.RoundTrip(req) //nolint:bodyclose // read closes it
	opening.Stop()
	if err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	if mime := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || mime != "text/event-stream" {
		raw, _ := io.ReadAll(io.LimitReader(res.Body, 10_000))
		cancel()
		t.Fatalf("GET %s answered %d, %s: %s", path, res.StatusCode, mime, raw)
	}
	s := &Stream{Header: res.Header, t: t, cancel: cancel, said: make(chan Said, 1000)}
	go s.read(ctx, res.Body)
	t.Cleanup(s.Close)
	return s
}

var streamTransport = &http.Transport{DisableKeepAlives: true}

func (s *Stream) read(ctx context.Context, body io.ReadCloser) {
	defer body.Close()
	defer close(s.said)
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 1<<20)
	var block Said
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "id":
			block.ID = value
		case "event":
			block.Event = value
		case "data":
			block.Data = value
		case "retry":
			block.Retry = value
		case "":
			if lines.Text() != "" {
				block.Comment = value
				continue
			}
			select {
			case s.said <- block:
			case <-ctx.Done():
				return
			}
			block = Said{}
		}
	}
	s.err = lines.Err()
}

// Next waits for what the stream says next.
func (s *Stream) Next() Said {
	s.t.Helper()
	select {
	case said, open := <-s.said:
		if !open {
			s.t.Fatalf("the stream has ended: %v", s.err)
		}
		return said
	case <-time.After(Deadline):
		s.t.Fatal("the stream says nothing")
	}
	return Said{}
}

// NextEvent waits for the next event; heartbeats are passed over.
func (s *Stream) NextEvent() Said {
	s.t.Helper()
	for {
		if said := s.Next(); said.Event != "" {
			return said
		}
	}
}

// WantEnd waits until the server ends the stream, as it should: the connection is
// not cut.
func (s *Stream) WantEnd() (events []Said) {
	s.t.Helper()
	deadline := time.After(Deadline)
	for {
		select {
		case said, open := <-s.said:
			if !open {
				if s.err != nil && !errors.Is(s.err, context.Canceled) {
					s.t.Errorf("the stream was cut: %v", s.err)
				}
				return events
			}
			if said.Event != "" {
				events = append(events, said)
			}
		case <-deadline:
			s.t.Fatal("the stream does not end")
		}
	}
}

// Close leaves the stream.
func (s *Stream) Close() { s.cancel() }
