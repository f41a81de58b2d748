package events

import (
	"context"
	"errors"
	"os"
	"slices"
)

const (
	// maxWaiting is how many events may wait to be sent to one client.
	maxWaiting = 2 * recentEvents

	// sendAtOnce is how many events a client must take within the stall time.
	sendAtOnce = 50
)

// resume sends what the stream has missed, until it can join the streams that get
// events as they happen.
func (h *Hub) resume(s *stream) {
	for !h.join(s) {
		frames, err := h.replay(s)
		if err != nil {
			if h.life.Err() == nil {
				h.log.Warn("an event stream cannot be resumed", "error", err)
			}
			h.leave(s, endFailed)
			return
		}
		if err := h.sendAll(s, frames); err != nil {
			h.leave(s, reasonNotSent(err))
			return
		}
	}
}

// join has the reader pass events to the stream, unless some that it has not seen
// are no longer in memory.
func (h *Hub) join(s *stream) bool {
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
	var unseen []*frame
	for _, f := range h.recent {
		if s.buyer == anyBuyer || s.buyer == f.buyer {
			unseen = append(unseen, f)
		}
	}
	h.offer(s, unseen)
	return true
}

// replay reads the next page of what a stream has not seen.
func (h *Hub) replay(s *stream) ([]*frame, error) {
	select {
	case h.replays <- struct{}{}:
	case <-h.life.Done():
		return nil, h.life.Err()
	}
	defer func() { <-h.replays }()
	last, _ := h.position() // all events up to here are visible
	ctx, cancel := context.WithTimeout(h.life, replayTimeout)
	defer cancel()
	frames, err := h.store.after(ctx, s.after, s.buyer, pageSize)
	if n := len(frames); n > 0 {
		s.after = frames[n-1].id
	}
	if len(frames) < pageSize {
		s.after = max(s.after, last)
	}
	return slices.DeleteFunc(frames, func(f *frame) bool { return f.text == nil }), err
}

// offer queues what a stream that has joined has not seen yet. h.mu is held.
func (h *Hub) offer(s *stream, frames []*frame) {
	for len(frames) > 0 && frames[0].id <= s.after { // another replica has sent them
		frames = frames[1:]
	}
	if len(frames) > 0 {
		h.queue(s, frames)
	}
}

// queue has events sent. h.mu is held.
func (h *Hub) queue(s *stream, frames []*frame) {
	if s.ended {
		return
	}
	if len(s.waiting)+len(frames) > maxWaiting {
		h.close(s, endSlow)
		return
	}
	s.waiting = append(s.waiting, frames...)
	if !s.writing {
		s.writing = true
		h.running.Go(func() { h.write(s) })
	}
}

// write sends what is queued until the queue is empty.
func (h *Hub) write(s *stream) {
	for {
		h.mu.Lock()
		frames := s.waiting
		s.waiting = nil
		if s.ended || len(frames) == 0 {
			s.writing = false
			h.mu.Unlock()
			return
		}
		h.mu.Unlock()
		if err := h.sendAll(s, frames); err != nil {
			h.leave(s, reasonNotSent(err))
			return
		}
	}
}

func (h *Hub) sendAll(s *stream, frames []*frame) error {
	for some := range slices.Chunk(frames, sendAtOnce) {
		var text []byte
		for _, f := range some {
			text = append(text, f.text...)
		}
		if err := s.out.Send(text); err != nil {
			return err
		}
	}
	return nil
}

func reasonNotSent(err error) string {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return endSlow
	}
	return endLeft
}
