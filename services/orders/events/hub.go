package events

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"microdemo/kit"
)

const (
	// pageSize is how many events are read at once.
	pageSize = 500

	// recentEvents is how many events are kept in memory for streams that resume soon.
	recentEvents = 1000

	// replayQueries is how many database connections the streams that resume from
	// further back may use at once; requests need the others.
	replayQueries = 4

	// replayTimeout bounds the reading of one page for such a stream.
	replayTimeout = 10 * time.Second

	// stallTimeout is how long a client may take nothing.
	stallTimeout = 10 * time.Second

	// beats is how many groups the streams are divided into. The groups have their
	// heartbeats one after the other.
	beats = 16
)

// Hub holds the open event streams of a replica. One reader follows the table of
// events, which is the truth, and passes each event to the streams that may see it.
// Announcements by other replicas only shorten the wait.
type Hub struct {
	store       store
	revocations *kit.Revocations // nil for none
	settings    Settings
	stall       time.Duration
	log         *slog.Logger
	ended       *prometheus.CounterVec

	reader, heart, announcer, listener *kit.Worker

	listening *pgx.Conn     // the listener's
	started   chan struct{} // closed when the end of the table is known
	replays   chan struct{} // holds one token for each page being read for a stream

	life    context.Context // ends with the service
	end     context.CancelFunc
	running sync.WaitGroup // the goroutines of streams

	mu     sync.Mutex
	closed bool
	opened int   // counts streams
	beat   int   // counts beats
	last   int64 // the last event that was distributed
	floor  int64 // recent has every event between this one and last
	recent []*frame
	open   map[*stream]struct{}
	ofUser map[int64]int
	joined map[int64]map[*stream]struct{} // by the buyer whose events they see
}

// NewHub makes the hub of a replica. Without revocations, a stream ends only when
// its token expires.
func NewHub(db *kit.DB, revocations *kit.Revocations, settings Settings, env kit.Env) *Hub {
	h := &Hub{
		store: store{db}, revocations: revocations, settings: settings, stall: stallTimeout, log: env.Log,
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
	h.reader = kit.NewWorker("events", settings.PollInterval, env.Log, h.read)
	h.heart = kit.NewWorker("event heartbeats", settings.Heartbeat/beats, env.Log, h.sendHeartbeats).Finally(h.finish)
	h.announcer = kit.NewWorker("event announcements", time.Minute, env.Log, h.announce)
	h.listener = kit.NewWorker("event listener", time.Second, env.Log, h.listen).Finally(h.stopListening)
	h.reader.Wake() // the first round is at once
	h.listener.Wake()
	return h
}

// Workers are the background work of the hub.
func (h *Hub) Workers() []*kit.Worker {
	return []*kit.Worker{h.reader, h.heart, h.announcer, h.listener}
}

// Wake is called after a transaction of this replica that may have appended events.
func (h *Hub) Wake() {
	h.reader.Wake()
	h.announcer.Wake()
}

// sendHeartbeats keeps proxies from closing idle streams, and tells clients the id
// to resume from.
func (h *Hub) sendHeartbeats(context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.beat++
	heartbeat := []*frame{{id: h.last, text: fmt.Appendf(nil, ": still here\nid: %d\n\n", h.last)}}
	for _, streams := range h.joined {
		for s := range streams {
			if s.number%beats == h.beat%beats && h.last >= s.after {
				h.queue(s, heartbeat)
			}
		}
	}
	return nil
}

func (h *Hub) closeAll(reason string) {
	for s := range h.open {
		h.close(s, reason)
	}
}

// finish ends every stream and waits for their goroutines.
func (h *Hub) finish() {
	h.mu.Lock()
	h.closed = true
	h.closeAll(endStopped)
	h.mu.Unlock()
	h.end()
	h.running.Wait()
}
