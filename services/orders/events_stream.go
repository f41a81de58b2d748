package orders

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"microdemo/kit"
)

const (
	// maxQueue is how many events may wait to be sent to one client. What was sent
	// to it and it has not taken is in the system's buffer, of about sendBuffer
	// bytes.
	maxQueue   = 2 * recentEvents
	sendBuffer = 64 << 10

	// sendAtOnce is how many events a client must take within the time for a stall.
	sendAtOnce = 50
)

// Why a stream ended.
const (
	endLeft    = "left"
	endAccess  = "access"
	endSlow    = "slow"
	endFailed  = "failed"
	endStopped = "stopped"
)

// stream is one open event stream. It is not served by net/http, whose buffers
// and goroutines cost some 30 KB for each connection: when nothing happens, all
// that it has is a small goroutine that waits for the client to leave.
type stream struct {
	number int
	user   int64    // who opened it
	buyer  int64    // whose events it sees
	conn   net.Conn // nil until it was taken over from net/http
	after  int64    // the last event it must not see; fixed once it has joined
	reset  bool     // it could not resume where the client wanted
	stop   func()   // no longer watches the access
	one    [1]byte  // for what clients do not send

	// Under the lock of streams:
	ended   bool
	writing bool
	waiting []*told // to be sent
}

// reserve makes a stream that counts as open.
func (h *streams) reserve(caller kit.Caller) (*stream, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed || len(h.open) >= h.settings.EventStreams:
		return nil, &kit.Error{
			Kind: kit.Unavailable, Message: "There are too many event streams open at this moment; try again.",
			RetryAfter: 5 * time.Second, Cause: fmt.Errorf("%d event streams are open", len(h.open)),
		}
	case h.ofUser[caller.UserID] >= h.settings.EventsPerUser:
		return nil, &kit.Error{
			Kind: kit.RateLimited, RetryAfter: 5 * time.Second,
			Message: fmt.Sprintf("You have %d event streams open, which is as many as you may; close one and try again.", h.ofUser[caller.UserID]),
		}
	}
	h.opened++
	s := &stream{number: h.opened, user: caller.UserID, buyer: caller.UserID, stop: func() {}}
	if caller.IsAdmin() {
		s.buyer = everyone
	}
	h.open[s] = struct{}{}
	h.ofUser[s.user]++
	return s, nil
}

// place finds where a stream begins: behind the event that the client has seen
// last, or else with what happens from now on.
func (h *streams) place(ctx context.Context, s *stream, seen *int64) error {
	h.mu.Lock()
	last, floor := h.last, h.floor
	h.mu.Unlock()
	s.after = last
	if seen == nil {
		return nil
	}
	if *seen < floor || *seen > last {
		behind, end, err := h.store.eventsBehind(ctx, *seen, s.buyer, h.settings.EventReplay+1)
		if err != nil {
			return err
		}
		if s.reset = behind > h.settings.EventReplay || *seen > end; s.reset {
			return nil
		}
	}
	s.after = *seen
	return nil
}

// begin answers the request over its connection, and lets the stream go on by
// itself.
func (h *streams) begin(s *stream, w http.ResponseWriter, caller kit.Caller) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		h.log.Error("an event stream cannot take its connection over", "error", err)
		h.leave(s, endFailed)
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(sendBuffer) // otherwise the system lets a client that takes nothing have megabytes
	}
	if !h.take(s, conn) {
		_ = conn.Close()
		return
	}
	if err := h.send(s, h.head(s, w.Header())); err != nil {
		h.leave(s, whyNotSent(err))
		return
	}
	ctx, stop := h.revocations.Context(kit.WithCaller(context.Background(), caller))
	unwatch := context.AfterFunc(ctx, func() { h.leave(s, endAccess) })
	h.mu.Lock()
	defer h.mu.Unlock()
	s.stop = func() {
		unwatch()
		stop()
	}
	if s.ended {
		s.stop()
		return
	}
	h.running.Go(func() {
		_, _ = conn.Read(s.one[:]) // a client that says anything breaks the protocol
		h.leave(s, endLeft)
	})
	h.running.Go(func() { h.resume(s) })
}

// take gives a stream its connection, unless it has ended already.
func (h *streams) take(s *stream, conn net.Conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.conn = conn
	return !s.ended
}

// head is the answer up to the first event (WHATWG HTML, section 9.2, "Server-sent
// events"). It ends with the connection. Clients that lose theirs together come
// back one by one; they resume from here until an event has come.
func (h *streams) head(s *stream, header http.Header) []byte {
	header.Set("Content-Type", "text/event-stream")
	header.Set("X-Accel-Buffering", "no") // NGINX: pass on what comes
	header.Set("Connection", "close")
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	var text strings.Builder
	text.WriteString("HTTP/1.1 200 OK\r\n")
	_ = header.Write(&text) // never fails
	fmt.Fprintf(&text, "\r\nretry: %d\n", 1000+rand.N(2000))
	if s.reset {
		text.WriteString("event: reset\ndata: {\"reason\":\"What happened since the last event you have seen cannot be repeated here; read again what you show.\"}\n")
	}
	fmt.Fprintf(&text, "id: %d\n\n", s.after)
	return []byte(text.String())
}

// resume sends what happened since the stream's place, until the stream can join
// those that are told of events as they happen.
func (h *streams) resume(s *stream) {
	for !h.join(s) {
		events, err := h.replay(s)
		if err != nil {
			if h.life.Err() == nil {
				h.log.Warn("an event stream cannot be resumed", "error", err)
			}
			h.leave(s, endFailed)
			return
		}
		if err := h.sendAll(s, events); err != nil {
			h.leave(s, whyNotSent(err))
			return
		}
	}
}

// join has the reader hand events to the stream, unless what the stream has not
// seen yet is no longer at hand.
func (h *streams) join(s *stream) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.ended {
		return true
	}
	if s.after < h.floor {
		return false
	}
	if h.joined[s.buyer] == nil {
		h.joined[s.buyer] = map[*stream]struct{}{}
	}
	h.joined[s.buyer][s] = struct{}{}
	var unseen []*told
	for _, e := range h.recent {
		if s.buyer == everyone || s.buyer == e.buyer {
			unseen = append(unseen, e)
		}
	}
	h.offer(s, unseen)
	return true
}

// replay reads the next page of what a stream has not seen.
func (h *streams) replay(s *stream) ([]*told, error) {
	select {
	case h.replays <- struct{}{}:
	case <-h.life.Done():
		return nil, h.life.Err()
	}
	defer func() { <-h.replays }()
	last, _ := h.position() // up to here, everything is visible
	ctx, cancel := context.WithTimeout(h.life, replayTimeout)
	defer cancel()
	events, err := h.store.eventsAfter(ctx, s.after, s.buyer, eventPage)
	if n := len(events); n > 0 {
		s.after = events[n-1].id
	}
	if len(events) < eventPage {
		s.after = max(s.after, last)
	}
	return slices.DeleteFunc(events, func(e *told) bool { return e.text == nil }), err
}

// offer queues what a stream that has joined has not seen yet. h.mu is held.
func (h *streams) offer(s *stream, events []*told) {
	for len(events) > 0 && events[0].id <= s.after { // another replica has told them
		events = events[1:]
	}
	if len(events) > 0 {
		h.queue(s, events)
	}
}

// queue has events sent. h.mu is held.
func (h *streams) queue(s *stream, events []*told) {
	if s.ended {
		return
	}
	if len(s.waiting)+len(events) > maxQueue {
		h.close(s, endSlow)
		return
	}
	s.waiting = append(s.waiting, events...)
	if !s.writing {
		s.writing = true
		h.running.Go(func() { h.write(s) })
	}
}

// write sends what is queued, until there is nothing.
func (h *streams) write(s *stream) {
	for {
		h.mu.Lock()
		events := s.waiting
		s.waiting = nil
		if s.ended || len(events) == 0 {
			s.writing = false
			h.mu.Unlock()
			return
		}
		h.mu.Unlock()
		if err := h.sendAll(s, events); err != nil {
			h.leave(s, whyNotSent(err))
			return
		}
	}
}

func (h *streams) sendAll(s *stream, events []*told) error {
	for some := range slices.Chunk(events, sendAtOnce) {
		var text []byte
		for _, e := range some {
			text = append(text, e.text...)
		}
		if err := h.send(s, text); err != nil {
			return err
		}
	}
	return nil
}

func (h *streams) send(s *stream, text []byte) error {
	_ = s.conn.SetWriteDeadline(time.Now().Add(h.settings.stall)) // fails only with what follows
	_, err := s.conn.Write(text)
	return err
}

func whyNotSent(err error) string {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return endSlow
	}
	return endLeft
}

// leave ends a stream.
func (h *streams) leave(s *stream, reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.close(s, reason)
}

// close is leave while h.mu is held.
func (h *streams) close(s *stream, reason string) {
	if s.ended {
		return
	}
	s.ended = true
	s.waiting = nil
	delete(h.open, s)
	if h.ofUser[s.user]--; h.ofUser[s.user] == 0 {
		delete(h.ofUser, s.user)
	}
	if delete(h.joined[s.buyer], s); len(h.joined[s.buyer]) == 0 {
		delete(h.joined, s.buyer)
	}
	s.stop()
	if s.conn != nil {
		if tcp, ok := s.conn.(*net.TCPConn); ok && reason == endSlow {
			_ = tcp.SetLinger(0) // drop what it does not take
		}
		_ = s.conn.Close() // the client is gone if this fails
	}
	h.ended.WithLabelValues(reason).Inc()
	h.log.Debug("event stream ended", "reason", reason, "user_id", s.user)
}
