package orders

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
	"microdemo/services/orders/events"
)

const (
	// stopPatience is how long attempts under way may still take when the service
	// stops; then they are cut, and made again by another replica.
	stopPatience = 3 * time.Second

	// maxPause is the longest pause between two attempts, jitter aside.
	maxPause = 12 * time.Hour

	// noteTimeout bounds the writing down of what became of an attempt.
	noteTimeout = 10 * time.Second

	// senderQueries is how many connections to the database attempts may use at
	// once; requests need the others.
	senderQueries = 4
)

// sender delivers events to endpoints. Any number of replicas may do so at once:
// a delivery belongs to one of them for as long as its lease, and an endpoint's
// deliveries have places of their own, so that a slow one keeps no other waiting.
type sender struct {
	store    *Store
	client   *webhookClient
	settings WebhookSettings
	log      *slog.Logger
	worker   *kit.Worker
	tidier   *kit.Worker
	queries  chan struct{} // holds one for each query under way

	life     context.Context // ends what is under way
	end      context.CancelFunc
	attempts sync.WaitGroup

	mu   sync.Mutex
	busy map[int64]int // attempts under way, by endpoint

	results *prometheus.CounterVec
	queued  *prometheus.GaugeVec
}

func newSender(store *Store, settings WebhookSettings, env kit.Env) *sender {
	settings = settings.withDefaults()
	s := &sender{
		store: store, client: newWebhookClient(settings, env.Now), settings: settings, log: env.Log,
		queries: make(chan struct{}, senderQueries), busy: map[int64]int{},
		results: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "webhook_attempts_total", Help: "Attempts to deliver an event, by result: delivered, failed, stopped with the service, or stale when another sender had taken over.",
		}, []string{"result"}),
		queued: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "webhook_deliveries", Help: "Deliveries in the queue, by state, counted up to 10001; the same in every replica.",
		}, []string{"state"}),
	}
	s.life, s.end = context.WithCancel(context.Background())
	env.Metrics.MustRegister(s.results, s.queued)
	s.worker = kit.NewWorker("webhooks", settings.WebhookInterval, env.Log, s.sendDue).Finally(s.finish)
	s.tidier = kit.NewWorker("webhook log", min(time.Minute, settings.WebhookRetention), env.Log, s.tidy)
	store.recorded = s.worker.Wake
	return s
}

func (s *sender) workers() []*kit.Worker { return []*kit.Worker{s.worker, s.tidier} }

// sendDue begins attempts for what is due, as many as there are free places.
func (s *sender) sendDue(ctx context.Context) error {
	targets, err := s.store.dueTargets(ctx)
	if err != nil {
		return err
	}
	for _, t := range targets {
		free := s.settings.WebhookConcurrency - s.underWay(t.ID)
		if free <= 0 {
			continue // its attempts wake this worker when they end
		}
		taken, err := s.store.lease(ctx, t.ID, free, s.settings.WebhookLease)
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

func (s *sender) underWay(endpoint int64) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.busy[endpoint]
}

func (s *sender) count(endpoint int64, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[endpoint] += n; s.busy[endpoint] == 0 {
		delete(s.busy, endpoint)
	}
}

// attempt sends one leased delivery and notes what became of it. What cannot be
// noted is sent again when the lease is over.
func (s *sender) attempt(t target, d leased) {
	body, err := envelope(d.Message)
	if err != nil {
		s.log.Error("a webhook message cannot be read", "delivery_id", d.id(), "error", err)
		return
	}
	r := s.client.post(s.life, t.URL, t.Secret, d.id(), body)
	s.queries <- struct{}{}
	defer func() { <-s.queries }()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.life), noteTimeout)
	defer cancel()
	var label string
	err = retry.Do(ctx, retry.NewConstant(100*time.Millisecond), func(ctx context.Context) (err error) {
		label, err = s.note(ctx, d, r)
		return retry.RetryableError(err)
	})
	if err != nil {
		s.log.Warn("the result of a webhook was not noted; it will be sent again", "delivery_id", d.id(), "error", err)
		return
	}
	s.results.WithLabelValues(label).Inc()
	if r.Reason != "" {
		s.log.Info("webhook not delivered", "delivery_id", d.id(), "attempt", d.Attempt, "code", r.Code, "reason", r.Reason)
	}
}

// note writes down what became of an attempt, and says that in a word.
func (s *sender) note(ctx context.Context, d leased, r result) (label string, err error) {
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
			Last: d.Failures+1 >= s.settings.WebhookAttempts, Retry: s.pause(d.Failures), DisableAfter: s.settings.WebhookDisableAfter,
		})
	}
	if !current {
		label = "stale"
	}
	return label, err
}

// pause is how long to wait behind so many failures and one more: twice as long
// each time, with jitter of a quarter either way.
func (s *sender) pause(failures int) time.Duration {
	pause := s.settings.WebhookBackoff
	for range failures {
		pause = min(2*pause, maxPause)
	}
	return pause*3/4 + rand.N(pause/2+1)
}

// finish waits for attempts under way, though not for long.
func (s *sender) finish() {
	cut := time.AfterFunc(stopPatience, s.end)
	s.attempts.Wait()
	cut.Stop()
	s.end()
}

// test sends a message that tells of nothing, and enables the endpoint if it
// arrives.
func (s *sender) test(ctx context.Context, t target, id string) (result, error) {
	body, err := json.Marshal(struct {
		Type      string            `json:"type"`
		Timestamp time.Time         `json:"timestamp"`
		Data      map[string]string `json:"data"`
	}{"webhook.test", s.client.now().UTC(), map[string]string{"message": "This is a test."}})
	if err != nil {
		return result{}, err
	}
	r := s.client.post(ctx, t.URL, t.Secret, id, body)
	if r.Reason != "" {
		return r, nil
	}
	defer s.worker.Wake()
	return r, s.store.Enable(ctx, t.ID)
}

// tidy removes what is older than the log is kept, and measures the queue.
func (s *sender) tidy(ctx context.Context) error {
	queued, err := s.store.queueLength(ctx)
	if err != nil {
		return err
	}
	for state, n := range queued {
		s.queued.WithLabelValues(state).Set(float64(n))
	}
	return s.store.forgetDeliveries(ctx, s.settings.WebhookRetention)
}

// message is what an event tells: the order as it was left by the change, and
// the entry in its audit trail.
type message struct {
	Order Order        `json:"order"`
	Event events.Event `json:"event"`
}

// envelope is the body that is sent (Standard Webhooks, "Payload structure"). It
// is the same for every attempt.
func envelope(m message) ([]byte, error) {
	return json.Marshal(struct {
		Type      string    `json:"type"`
		Timestamp time.Time `json:"timestamp"`
		Data      message   `json:"data"`
	}{m.Event.Name(), m.Event.CreatedAt, m})
}
