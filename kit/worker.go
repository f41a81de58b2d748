package kit

import (
	"context"
	"log/slog"
	"time"
)

// Worker repeats a piece of background work: every interval, and at once when
// woken. The database holds what has to be done; a wake-up only saves waiting.
type Worker struct {
	name     string
	interval time.Duration
	log      *slog.Logger
	work     func(context.Context) error
	wake     chan struct{}
	finally  func()
}

// NewWorker makes a worker. If work fails, the error is logged, and work is tried
// again after the interval.
func NewWorker(name string, interval time.Duration, log *slog.Logger, work func(context.Context) error) *Worker {
	return &Worker{name: name, interval: interval, log: log, work: work, wake: make(chan struct{}, 1)}
}

// Finally makes Run call f at its end, for work whose rounds leave something running.
func (w *Worker) Finally(f func()) *Worker {
	w.finally = f
	return w
}

// Wake starts the next round at once.
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default: // already woken
	}
}

const (
	// roundTimeout bounds one round of work, so that a connection whose peer
	// vanished does not stop the work for good. The next round does what is left.
	roundTimeout = 15 * time.Second

	// afterFailure is how long wake-ups have no effect after a round that failed:
	// what it needs is probably still unavailable.
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
