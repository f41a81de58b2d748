// Package webhooks sends events to the endpoints that subscribe to them, signed and
// in order for each order, until they arrive (Standard Webhooks). It takes what an
// event says of its order as bytes.
package webhooks

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sethvargo/go-retry"

	"microdemo/kit"
)

const (
	// stopPatience is how long attempts in progress may take when the service stops.
	// Then they are cut, and another replica makes them again.
	stopPatience = 3 * time.Second

	// maxPause is the longest pause between two attempts, not counting jitter.
	maxPause = 12 * time.Hour

	// recordTimeout bounds the recording of an attempt's result.
	recordTimeout = 10 * time.Second

	// recordQueries is how many database connections attempts may use at once;
	// requests need the others.
	recordQueries = 4
)

// Sender sends deliveries to endpoints. Any number of replicas may do so at once: a
// delivery belongs to one of them for the length of its lease. Each endpoint has
// attempts of its own, so a slow one delays no other.
type Sender struct {
	store    store
	client   *client
	settings Settings
	log      *slog.Logger
	worker   *kit.Worker
	purger   *kit.Worker
	queries  chan struct{} // holds one token for each query in progress

	life     context.Context // ends what is in progress
	end      context.CancelFunc
	attempts sync.WaitGroup

	mu   sync.Mutex
	busy map[int64]int // attempts in progress, by endpoint

	results *prometheus.CounterVec
	queued  *prometheus.GaugeVec
}

// New makes the sender of a replica. The endpoints of WEBHOOK_URLS exist when it
// returns.
func New(ctx context.Context, db *kit.DB, settings Settings, env kit.Env) (*Sender, error) {
	s := &Sender{
		store: store{db}, client: newClient(settings, nil, env.Now), settings: settings, log: env.Log,
		queries: make(chan struct{}, recordQueries), busy: map[int64]int{},
		results: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "webhook_attempts_total", Help: "Attempts to deliver an event, by result: delivered, failed, stopped with the service, or stale when another sender had taken over.",
		}, []string{"result"}),
		queued: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "webhook_deliveries", Help: "Deliveries in the queue, by state, counted up to 10001; the same in every replica.",
		}, []string{"state"}),
	}
	if err := s.store.syncEndpoints(ctx, settings.URLs, settings.Secret); err != nil {
		if kit.IsUnavailable(err) {
			err = fmt.Errorf("%w: %w", kit.ErrDatabaseAway, err) // worth another try
		}
		return nil, fmt.Errorf("register WEBHOOK_URLS: %w", err)
	}
	s.life, s.end = context.WithCancel(context.Background())
	env.Metrics.MustRegister(s.results, s.queued)
	s.worker = kit.NewWorker("webhooks", settings.Interval, env.Log, s.sendDue).Finally(s.finish)
	s.purger = kit.NewWorker("webhook log", min(time.Minute, settings.Retention), env.Log, s.purge)
	return s, nil
}

// Workers are the background work of the sender.
func (s *Sender) Workers() []*kit.Worker { return []*kit.Worker{s.worker, s.purger} }

// Wake is called after a transaction of this replica that may have queued events.
func (s *Sender) Wake() { s.worker.Wake() }

// sendDue starts attempts for due deliveries, as many as each endpoint has room for.
func (s *Sender) sendDue(ctx context.Context) error {
	targets, err := s.store.dueTargets(ctx)
	if err != nil {
		return err
	}
	for _, t := range targets {
		free := s.settings.Concurrency - s.count(t.ID, 0)
		if free <= 0 {
			continue // its attempts wake this worker when they end
		}
		taken, err := s.store.lease(ctx, t.ID, free, s.settings.Lease)
		if err != nil {
			return fmt.Errorf("lease deliveries of endpoint %d: %w", t.ID, err)
		}
		for _, d := range taken {
			s.count(t.ID, 1)
			s.attempts.Go(func() {
				defer s.worker.Wake()
				defer s.count(t.ID, -1)
				s.attempt(t, d)
			})
		}
	}
	return nil
}

// count adds n to the attempts in progress at an endpoint, and returns them.
func (s *Sender) count(endpoint int64, n int) (busy int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if busy = s.busy[endpoint] + n; busy == 0 {
		delete(s.busy, endpoint)
	} else {
		s.busy[endpoint] = busy
	}
	return busy
}

// attempt sends one leased delivery and records the result. If the result cannot be
// recorded, the delivery is sent again when the lease ends.
func (s *Sender) attempt(t target, d leased) {
	body, err := envelope(d.Message.Event.Name(), d.Message.Event.CreatedAt, d.Message)
	if err != nil {
		s.log.Error("a webhook message cannot be read", "delivery_id", d.id(), "error", err)
		return
	}
	r := s.client.post(s.life, t.URL, t.Secret, d.id(), body)
	s.queries <- struct{}{}
	defer func() { <-s.queries }()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.life), recordTimeout)
	defer cancel()
	var label string
	err = retry.Do(ctx, retry.NewConstant(100*time.Millisecond), func(ctx context.Context) (err error) {
		label, err = s.record(ctx, d, r)
		return retry.RetryableError(err)
	})
	if err != nil {
		s.log.Warn("the result of a webhook was not recorded; it will be sent again", "delivery_id", d.id(), "error", err)
		return
	}
	s.results.WithLabelValues(label).Inc()
	if r.Reason != "" {
		s.log.Info("webhook not delivered", "delivery_id", d.id(), "attempt", d.Attempt, "code", r.Code, "reason", r.Reason)
	}
}

// record records the result of an attempt, and returns its label.
func (s *Sender) record(ctx context.Context, d leased, r result) (label string, err error) {
	var current bool
	switch {
	case r.Reason == "":
		label = "delivered"
		current, err = s.store.delivered(ctx, d, r)
	case s.life.Err() != nil:
		return "stopped", s.store.handBack(ctx, d)
	default:
		label = "failed"
		current, err = s.store.failed(ctx, d, r, failure{
			Last: d.Failures+1 >= s.settings.Attempts, Retry: s.pause(d.Failures), DisableAfter: s.settings.DisableAfter,
		})
	}
	if !current {
		label = "stale"
	}
	return label, err
}

// pause is how long to wait after a number of failures and one more. It doubles with
// each failure, and has a jitter of a quarter either way.
func (s *Sender) pause(failures int) time.Duration {
	pause := s.settings.Backoff
	for range failures {
		pause = min(2*pause, maxPause)
	}
	return pause*3/4 + rand.N(pause/2+1)
}

// finish waits a little for attempts in progress, and then cuts them.
func (s *Sender) finish() {
	cut := time.AfterFunc(stopPatience, s.end)
	s.attempts.Wait()
	cut.Stop()
	s.end()
}

// test sends a message without an event, and enables the endpoint if it arrives.
func (s *Sender) test(ctx context.Context, t target, id string) (result, error) {
	body, err := envelope("webhook.test", s.client.now().UTC(), map[string]string{"message": "This is a test."})
	if err != nil {
		return result{}, err
	}
	r := s.client.post(ctx, t.URL, t.Secret, id, body)
	if r.Reason != "" {
		return r, nil
	}
	defer s.worker.Wake()
	return r, s.store.enable(ctx, t.ID)
}

// envelope is the body of a delivery (Standard Webhooks, "Payload structure").
func envelope(name string, at time.Time, data any) ([]byte, error) {
	return json.Marshal(struct {
		Type      string    `json:"type"`
		Timestamp time.Time `json:"timestamp"`
		Data      any       `json:"data"`
	}{name, at, data})
}
