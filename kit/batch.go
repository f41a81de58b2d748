package kit

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
)

// maxQueue is how many items may wait for a round; more are refused at once.
const maxQueue = 4096

// Batcher does the work of many callers in natural batches: one round at a time
// takes what was queued during the last one. When idle, it starts a call at once;
// there is no timer.
type Batcher[T, R any] struct {
	max int
	do  func(items []T) ([]R, error)

	mu      sync.Mutex
	queue   []*batchCall[T, R]
	running bool
}

type batchResult[R any] struct {
	value R
	err   error
}

type batchCall[T, R any] struct {
	item    T
	started bool
	done    chan batchResult[R]
}

// NewBatcher makes a batcher whose rounds take at most limit items. do returns
// one result per item, in order, or fails as a whole; then it is called again as
// InHalves does. It has its own context and must end by itself.
func NewBatcher[T, R any](limit int, do func(items []T) ([]R, error)) *Batcher[T, R] {
	return &Batcher[T, R]{max: limit, do: do}
}

// Do queues item and waits for its result. If ctx ends first, started reports
// whether a round has taken the item: if not, none will, and nothing happened;
// if so, the outcome is unknown.
func (b *Batcher[T, R]) Do(ctx context.Context, item T) (value R, started bool, err error) {
	if err := ctx.Err(); err != nil {
		return value, false, err
	}
	call := &batchCall[T, R]{item: item, done: make(chan batchResult[R], 1)}
	b.mu.Lock()
	if len(b.queue) >= maxQueue {
		b.mu.Unlock()
		return value, false, busy.With()
	}
	b.queue = append(b.queue, call)
	if !b.running {
		b.running = true
		go b.run()
	}
	b.mu.Unlock()

	select {
	case r := <-call.done:
		return r.value, true, r.err
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case r := <-call.done: // both happened at once; the outcome is known
		return r.value, true, r.err
	default:
	}
	if !call.started {
		for i, c := range b.queue {
			if c == call {
				b.queue = append(b.queue[:i:i], b.queue[i+1:]...)
				break
			}
		}
	}
	return value, call.started, ctx.Err()
}

func (b *Batcher[T, R]) run() {
	for {
		round := b.take()
		if len(round) == 0 {
			return
		}
		InHalves(round, b.answer, func(failed []*batchCall[T, R], err error) {
			for _, call := range failed {
				call.done <- batchResult[R]{err: err}
			}
		})
	}
}

// answer does one batch and gives each caller its result. A panic fails the
// batch, as it fails a request, and not the process.
func (b *Batcher[T, R]) answer(calls []*batchCall[T, R]) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a batch: %v\n%s", p, debug.Stack())
		}
	}()
	items := make([]T, len(calls))
	for i, call := range calls {
		items[i] = call.item
	}
	results, err := b.do(items)
	if err != nil {
		return err
	}
	if len(results) != len(items) {
		return fmt.Errorf("%d results for a batch of %d", len(results), len(items))
	}
	for i, call := range calls {
		call.done <- batchResult[R]{value: results[i]}
	}
	return nil
}

// InHalves calls do with all items. If that fails, it calls do with either half,
// and so on, so that one item cannot fail the others; failed is given the items
// that remain, with their error. It does not split when something needed is
// unavailable: then every part would fail, each after its own time-out.
func InHalves[T any](items []T, do func([]T) error, failed func([]T, error)) {
	err := do(items)
	switch {
	case err == nil:
	case len(items) == 1 || IsUnavailable(err) && !errors.Is(err, errFailed):
		failed(items, err)
	default:
		half := len(items) / 2
		InHalves(items[:half], do, failed)
		InHalves(items[half:], do, failed)
	}
}

// take starts a round, or ends the run when nothing is queued.
func (b *Batcher[T, R]) take() []*batchCall[T, R] {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := min(len(b.queue), b.max)
	round := b.queue[:n:n]
	b.queue = b.queue[n:]
	for _, call := range round {
		call.started = true
	}
	b.running = n > 0
	return round
}
