package orders

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"microdemo/kit"
)

const (
	// eventPage is how many events are read at once.
	eventPage = 500

	// recentEvents is how many events are kept for streams that resume soon.
	recentEvents = 1000

	// replayQueries is how many connections to the database may be used at once
	// for streams that resume from further back; requests need the others.
	replayQueries = 4

	// replayTimeout bounds the reading of one page for these.
	replayTimeout = 10 * time.Second

	// announcePause is how long others wait for the next announcement at least.
	announcePause = 20 * time.Millisecond

	// beats is how many parts the streams are divided into, whose heartbeats
	// follow one another.
	beats = 16
)

// EventSettings are what event streams read from the environment. Zero values
// are the defaults.
type EventSettings struct {
	EventHeartbeat time.Duration `env:"EVENTS_HEARTBEAT"` // between signs of life; 15s
	EventInterval  time.Duration `env:"EVENTS_INTERVAL"`  // how often is looked for what nobody announced; 2s
	EventStreams   int           `env:"EVENTS_STREAMS"`   // open at once, per replica; 10000
	EventsPerUser  int           `env:"EVENTS_PER_USER"`  // streams of one user open at once, per replica; 10
	EventReplay    int           `env:"EVENTS_REPLAY"`    // events that a stream can resume over; 10000

	stall time.Duration // how long a client may take nothing; 10s
}

func (c EventSettings) withDefaults() EventSettings {
	c.EventHeartbeat = cmp.Or(c.EventHeartbeat, 15*time.Second)
	c.EventInterval = cmp.Or(c.EventInterval, 2*time.Second)
	c.EventStreams = cmp.Or(c.EventStreams, 10_000)
	c.EventsPerUser = cmp.Or(c.EventsPerUser, 10)
	c.EventReplay = cmp.Or(c.EventReplay, 10_000)
	c.stall = cmp.Or(c.stall, 10*time.Second)
	return c
}

// problems lists what is wrong with the settings.
func (c EventSettings) problems() (problems []error) {
	c = c.withDefaults()
	if c.EventHeartbeat < time.Second || c.EventHeartbeat > time.Minute { // proxies give up soon after
		problems = append(problems, errors.New("EVENTS_HEARTBEAT is not between 1s and 1m"))
	}
	if c.EventInterval < 0 || c.EventInterval > time.Minute {
		problems = append(problems, errors.New("EVENTS_INTERVAL is not between 0s and 1m"))
	}
	for name, n := range map[string]int{"EVENTS_STREAMS": c.EventStreams, "EVENTS_PER_USER": c.EventsPerUser, "EVENTS_REPLAY": c.EventReplay} {
		if n < 0 {
			problems = append(problems, fmt.Errorf("%s is less than 0", name))
		}
	}
	return problems
}

// streams are the open event streams of a replica. One reader follows the table
// of events, which is the truth, and hands each event to the streams that may see
// it; announcements of other replicas only save it waiting.
type streams struct {
	store       *Store
	revocations *kit.Revocations // nil for none
	settings    EventSettings
	log         *slog.Logger
	ended       *prometheus.CounterVec

	reader, heart, announcer, listener *kit.Worker

	listening *pgx.Conn     // the listener's
	started   chan struct{} // closed when it is known where the table ends
	replays   chan struct{} // holds one for each page that is being read for a stream

	life    context.Context // ends with the service
	end     context.CancelFunc
	running sync.WaitGroup // what streams have running

	mu     sync.Mutex
	closed bool
	opened int   // counts streams
	beat   int   // counts beats
	last   int64 // the last event that was handed out
	floor  int64 // recent has every event between this one and last
	recent []*told
	open   map[*stream]struct{}
	ofUser map[int64]int
	joined map[int64]map[*stream]struct{} // by whose events they see
}

func newStreams(store *Store, revocations *kit.Revocations, settings EventSettings, env kit.Env) *streams {
	settings = settings.withDefaults()
	h := &streams{
		store: store, revocations: revocations, settings: settings, log: env.Log,
		started: make(chan struct{}), replays: make(chan struct{}, replayQueries),
		open: map[*stream]struct{}{}, ofUser: map[int64]int{}, joined: map[int64]map[*stream]struct{}{},
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "event_streams_ended_total", Help: "Event streams that ended, by reason: left by the client, access that ended, slow clients, failed reads, or stopped with the service.",
		}, []string{"reason"}),
	}
	h.life, h.end = context.WithCancel(context.Background())
	for _, reason := range []string{endLeft, endAccess, endSlow, endFailed, endStopped} {
		h.ended.WithLabelValues(reason) // shown from the start, as 0
	}
	env.Metrics.MustRegister(h.ended, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "event_streams", Help: "Event streams that are open.",
	}, func() float64 {
		h.mu.Lock()
		defer h.mu.Unlock()
		return float64(len(h.open))
	}))
	h.reader = kit.NewWorker("events", settings.EventInterval, env.Log, h.read)
	h.heart = kit.NewWorker("event heartbeats", settings.EventHeartbeat/beats, env.Log, h.sendHeartbeats).Finally(h.finish)
	h.announcer = kit.NewWorker("event announcements", time.Minute, env.Log, h.announce)
	h.listener = kit.NewWorker("event listener", time.Second, env.Log, h.listen).Finally(h.stopListening)
	h.reader.Wake() // begin with it
	h.listener.Wake()
	return h
}

func (h *streams) workers() []*kit.Worker {
	return []*kit.Worker{h.reader, h.heart, h.announcer, h.listener}
}

// recorded is called when this replica may have recorded events.
func (h *streams) recorded() {
	h.reader.Wake()
	h.announcer.Wake()
}

func (h *streams) announce(ctx context.Context) error {
	if err := h.store.announceEvents(ctx); err != nil {
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

// listen hears announcements until its round is over. The first thing in a round
// is to see whether the connection still lives.
func (h *streams) listen(ctx context.Context) (err error) {
	if h.listening != nil && h.listening.Ping(ctx) != nil {
		h.stopListening()
	}
	if h.listening == nil {
		if h.listening, err = h.store.listenForEvents(ctx); err != nil {
			return err
		}
		h.reader.Wake() // for what was announced before
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

func (h *streams) stopListening() {
	if h.listening == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = h.listening.Close(ctx) // the server notices if it cannot be told
	h.listening = nil
}

// read hands out what is new, page by page.
func (h *streams) read(ctx context.Context) error {
	for {
		last, idle := h.position()
		if idle {
			end, err := h.store.LastEvent(ctx)
			if err != nil {
				return err
			}
			if h.skipTo(end) {
				return nil
			}
			continue
		}
		events, err := h.store.eventsAfter(ctx, last, everyone, eventPage)
		if err != nil {
			return err
		}
		if len(events) == 0 {
			return h.checkEnd(ctx)
		}
		if h.handOut(events); len(events) < eventPage {
			return nil
		}
	}
}

// checkEnd sees whether the table has lost events: a database that was restored
// gives their numbers again. Streams begin anew then.
func (h *streams) checkEnd(ctx context.Context) error {
	end, err := h.store.LastEvent(ctx)
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

// position is the last event that was handed out, and whether nobody waits for
// the next.
func (h *streams) position() (last int64, idle bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last, len(h.open) == 0
}

// skipTo leaves out events as long as nobody waits for them.
func (h *streams) skipTo(end int64) bool {
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

// handOut gives events that are next to the streams that may see them.
func (h *streams) handOut(events []*told) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last = events[len(events)-1].id
	events = slices.DeleteFunc(events, func(e *told) bool { return e.text == nil })
	for s := range h.joined[everyone] {
		h.offer(s, events)
	}
	for i, e := range events {
		for s := range h.joined[e.buyer] {
			h.offer(s, events[i:i+1])
		}
	}
	h.recent = append(h.recent, events...)
	if over := len(h.recent) - recentEvents; over > 0 {
		h.floor = h.recent[over-1].id
		h.recent = slices.Clone(h.recent[over:])
	}
}

// sendHeartbeats keeps proxies from taking idle streams for dead, and tells
// clients how far they have come: they resume there.
func (h *streams) sendHeartbeats(context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.beat++
	sign := []*told{{id: h.last, text: fmt.Appendf(nil, ": still here\nid: %d\n\n", h.last)}}
	for _, all := range h.joined {
		for s := range all {
			if s.number%beats == h.beat%beats && h.last >= s.after {
				h.queue(s, sign)
			}
		}
	}
	return nil
}

func (h *streams) closeAll(reason string) {
	for s := range h.open {
		h.close(s, reason)
	}
}

// finish ends every stream and waits until nothing is left of them.
func (h *streams) finish() {
	h.mu.Lock()
	h.closed = true
	h.closeAll(endStopped)
	h.mu.Unlock()
	h.end()
	h.running.Wait()
}
