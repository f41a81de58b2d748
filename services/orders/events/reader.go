package events

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// announcePause is the shortest time between two announcements.
const announcePause = 20 * time.Millisecond

// read distributes new events, page by page.
func (h *Hub) read(ctx context.Context) error {
	for {
		last, idle := h.position()
		if idle {
			end, err := Last(ctx, h.store.db)
			if err != nil {
				return err
			}
			if h.skipTo(end) {
				return nil
			}
			continue
		}
		frames, err := h.store.after(ctx, last, anyBuyer, pageSize)
		if err != nil {
			return err
		}
		if len(frames) == 0 {
			return h.checkEnd(ctx)
		}
		if h.distribute(frames); len(frames) < pageSize {
			return nil
		}
	}
}

// checkEnd closes all streams if the table has lost events: a database that was
// restored gives their numbers again.
func (h *Hub) checkEnd(ctx context.Context) error {
	end, err := Last(ctx, h.store.db)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if end < h.last {
		h.last, h.floor, h.recent = end, end, nil
		h.closeAll(endFailed)
	}
	return nil
}

// position is the last event that was distributed, and whether no stream waits for
// the next one.
func (h *Hub) position() (last int64, idle bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last, len(h.open) == 0
}

// skipTo passes over events while no stream waits for them.
func (h *Hub) skipTo(end int64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.started:
		if len(h.open) > 0 {
			return false
		}
	default:
		close(h.started)
	}
	h.last, h.floor, h.recent = end, end, nil
	return true
}

// distribute passes the next events to the streams that may see them.
func (h *Hub) distribute(frames []*frame) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last = frames[len(frames)-1].id
	frames = slices.DeleteFunc(frames, func(f *frame) bool { return f.text == nil })
	for s := range h.joined[anyBuyer] {
		h.offer(s, frames)
	}
	for i, f := range frames {
		for s := range h.joined[f.buyer] {
			h.offer(s, frames[i:i+1])
		}
	}
	h.recent = append(h.recent, frames...)
	if over := len(h.recent) - recentEvents; over > 0 {
		h.floor = h.recent[over-1].id
		h.recent = slices.Clone(h.recent[over:])
	}
}

// announce wakes the readers of all replicas, at most once per announcePause.
func (h *Hub) announce(ctx context.Context) error {
	if err := h.store.announce(ctx); err != nil {
		return err
	}
	pause := time.NewTimer(announcePause)
	defer pause.Stop()
	select {
	case <-ctx.Done():
	case <-pause.C:
	}
	return nil
}

// listen wakes the reader at each announcement until its round ends. A round begins
// by checking that the connection still works.
func (h *Hub) listen(ctx context.Context) (err error) {
	if h.listening != nil && h.listening.Ping(ctx) != nil {
		h.stopListening()
	}
	if h.listening == nil {
		if h.listening, err = h.store.listen(ctx); err != nil {
			return err
		}
		h.reader.Wake() // for earlier announcements
	}
	for {
		_, err := h.listening.WaitForNotification(ctx)
		switch {
		case err == nil:
			h.reader.Wake()
		case ctx.Err() != nil:
			return nil
		default:
			h.stopListening()
			return fmt.Errorf("listen for events: %w", err)
		}
	}
}

func (h *Hub) stopListening() {
	if h.listening == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = h.listening.Close(ctx) // the server notices by itself too
	h.listening = nil
}
