package events

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"microdemo/kit"
	"microdemo/services/orders/events/rawstream"
)

// The reasons why a stream ends.
const (
	endLeft    = "left"
	endAccess  = "access"
	endSlow    = "slow"
	endFailed  = "failed"
	endStopped = "stopped"
)

// stream is one open event stream. While nothing happens, all it needs is a small
// goroutine that waits for the client to leave.
type stream struct {
	number int
	user   int64             // who opened it
	buyer  int64             // whose events it sees
	out    *rawstream.Stream // nil until the answer begins
	after  int64             // it sees only later events; fixed once it has joined
	reset  bool              // it could not resume where the client asked
	stop   func()            // stops watching the caller's access

	// Under the lock of the Hub:
	ended   bool
	writing bool
	waiting []*frame // to be sent
}

// admit makes a stream that counts as open.
func (h *Hub) admit(caller kit.Caller) (*stream, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed || len(h.open) >= h.settings.MaxStreams:
		return nil, tooManyStreams.With().RetryIn(5 * time.Second).Because(fmt.Errorf("%d event streams are open", len(h.open)))
	case h.ofUser[caller.UserID] >= h.settings.MaxPerUser:
		return nil, tooManyStreamsOfUser.With("open", h.ofUser[caller.UserID]).RetryIn(5 * time.Second)
	}
	h.opened++
	s := &stream{number: h.opened, user: caller.UserID, buyer: caller.UserID, stop: func() {}}
	if caller.IsAdmin() {
		s.buyer = anyBuyer
	}
	h.open[s] = struct{}{}
	h.ofUser[s.user]++
	return s, nil
}

// locate finds where a stream begins: after the last event that the client has
// seen, or else with what happens from now on.
func (h *Hub) locate(ctx context.Context, s *stream, seen *int64) error {
	h.mu.Lock()
	last, floor := h.last, h.floor
	h.mu.Unlock()
	s.after = last
	if seen == nil {
		return nil
	}
	if *seen < floor || *seen > last {
		missed, end, err := h.store.countAfter(ctx, *seen, s.buyer, h.settings.MaxReplay+1)
		if err != nil {
			return err
		}
		if s.reset = missed > h.settings.MaxReplay || *seen > end; s.reset {
			return nil
		}
	}
	s.after = *seen
	return nil
}

// begin answers the request over its connection. The stream then lives on without
// the request.
func (h *Hub) begin(s *stream, w http.ResponseWriter, caller kit.Caller) {
	out, err := rawstream.Open(w, h.stall)
	if err != nil {
		h.log.Error("an event stream cannot take over its connection", "error", err)
		h.leave(s, endFailed)
		return
	}
	if !h.attach(s, out) {
		out.Close()
		return
	}
	setHeader(w.Header().Set)
	if err := out.Start(w.Header(), s.opening()); err != nil {
		h.leave(s, reasonNotSent(err))
		return
	}
	ctx, stop := h.revocations.Context(context.Background(), caller)
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
		out.Wait()
		h.leave(s, endLeft)
	})
	h.running.Go(func() { h.resume(s) })
}

// attach gives a stream its connection, unless the stream has already ended.
func (h *Hub) attach(s *stream, out *rawstream.Stream) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.out = out
	return !s.ended
}

// setHeader sets the header of an event stream.
func setHeader(set func(name, value string)) {
	set("Content-Type", "text/event-stream")
	set("X-Accel-Buffering", "no") // NGINX: pass everything on at once
}

// opening is the text before the first event (WHATWG HTML, section 9.2, "Server-sent
// events"). The retry times differ, so that clients that lose their streams together
// do not come back together. Until an event comes, clients resume from the id here.
func (s *stream) opening() string {
	var text strings.Builder
	fmt.Fprintf(&text, "retry: %d\n", 1000+rand.N(2000))
	if s.reset {
		text.WriteString("event: reset\ndata: {\"reason\":\"The events since the last one you have seen cannot be repeated here; read again what you show.\"}\n")
	}
	fmt.Fprintf(&text, "id: %d\n\n", s.after)
	return text.String()
}

// leave ends a stream.
func (h *Hub) leave(s *stream, reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.close(s, reason)
}

// close is leave while h.mu is held.
func (h *Hub) close(s *stream, reason string) {
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
	switch {
	case s.out == nil:
	case reason == endSlow:
		s.out.Abort()
	default:
		s.out.Close()
	}
	h.ended.WithLabelValues(reason).Inc()
	h.log.Debug("event stream ended", "reason", reason, "user_id", s.user)
}
