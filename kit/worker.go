package kit

import (
	"context"
	"log/slog"
	"time"
)

// Worker repeats a piece of background work: every interval, and at once when
// woken. What has to be done stands in the database; a wake-up only saves
// waiting.
type Worker struct {
	name     string
	interval time.Duration
	log      *slog.Logger
	work     func(context.Context) error
	wake     chan struct{}
	finally  func()
}

// NewWorker makes a worker. Errors of work are logged and the work is tried
// again after the interval.
func NewWorker(name string, interval time.Duration, log *slog.Logger, work func(context.Context) error) *Worker {
	return &Worker{name: name, interval: interval, log: log, work: work, wake: make(chan struct{}, 1)}
}

// Finally has Run end with f, for work whose rounds leave something running.
func (w *Worker) Finally(f func()) *Worker {
	w.finally = f
	return w
}

// Wake lets the next round begin at once.
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default: // already woken
	}
}

const (
	// roundTimeout bounds one round of work, so that a connection that died
	// without a word does not stop the work for good. What a round leaves, the
	// next one finds.
	roundTimeout = 15 * time.Second

	// afterFailure is how long wake-ups are not heard after a round that failed:
	// what it needs is probably away.
	afterFailure = time.Second
)

// Run works until ctx ends.
func (w *Worker) Run(ctx context.Context) {
	if w.finally != nil {
		defer w.finally()
	}
	ticker := time.NewTicker(w.interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
		case <-ticker.C:
		}
		round, cancel := context.WithTimeout(ctx, roundTimeout)
		err := w.work(round)
		cancel()
		if err == nil || ctx.Err() != nil {
			continue
		}
		w.log.WarnContext(ctx, "background work failed and will be tried again", "worker", w.name, "error", err)
		pause := time.NewTimer(min(w.interval, afterFailure))
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
		pause.Stop()
	}
}
