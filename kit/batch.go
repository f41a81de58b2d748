package kit

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
)

// maxQueue is how many items may wait for a round; more are refused at once.
const maxQueue = 4096

// Batcher does many callers' work in natural batches: one round at a time takes
// what has queued since the last one. Idle, a call goes through at once; there
// is no timer.
type Batcher[T, R any] struct {
	max int
	do  func(items []T) []Result[R]

	mu      sync.Mutex
	queue   []*batchCall[T, R]
	running bool
}

// Result is the outcome of one item of a batch.
type Result[R any] struct {
	Value R
	Err   error
}

type batchCall[T, R any] struct {
	item    T
	started bool
	done    chan Result[R]
}

// NewBatcher makes a batcher whose rounds take at most limit items. do answers
// one result per item, in order; it has its own context and must end by itself.
func NewBatcher[T, R any](limit int, do func(items []T) []Result[R]) *Batcher[T, R] {
	return &Batcher[T, R]{max: limit, do: do}
}

// Do queues item and waits for its result. If ctx ends first, started tells
// whether a round has taken the item: if not, it never will, and nothing
// happened; if so, the outcome is unknown to the caller.
func (b *Batcher[T, R]) Do(ctx context.Context, item T) (value R, started bool, err error) {
	if err := ctx.Err(); err != nil {
		return value, false, err
	}
	call := &batchCall[T, R]{item: item, done: make(chan Result[R], 1)}
	b.mu.Lock()
	if len(b.queue) >= maxQueue {
		b.mu.Unlock()
		return value, false, Busy.With()
	}
	b.queue = append(b.queue, call)
	if !b.running {
		b.running = true
		go b.run()
	}
	b.mu.Unlock()

	select {
	case r := <-call.done:
		return r.Value, true, r.Err
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case r := <-call.done: // both happened at once; the outcome is known
		return r.Value, true, r.Err
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
		items := make([]T, len(round))
		for i, call := range round {
			items[i] = call.item
		}
		results := b.safely(items)
		for i, call := range round {
			call.done <- results[i]
		}
	}
}

// safely does one round. A panic fails the round, as it fails a request, and
// not the process.
func (b *Batcher[T, R]) safely(items []T) (results []Result[R]) {
	defer func() {
		if p := recover(); p != nil {
			results = make([]Result[R], len(items))
			for i := range results {
				results[i].Err = fmt.Errorf("panic in a batch: %v\n%s", p, debug.Stack())
			}
		}
	}()
	results = b.do(items)
	if len(results) != len(items) {
		panic(fmt.Sprintf("%d results for %d items", len(results), len(items)))
	}
	return results
}

// take begins a round, or ends the run when nothing is queued.
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
