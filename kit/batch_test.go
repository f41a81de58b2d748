package kit_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"microdemo/kit"
)

// rounds is the work of a Batcher whose rounds wait for the test.
type rounds struct {
	mu    sync.Mutex
	seen  [][]int
	allow chan struct{}
}

func (r *rounds) do(items []int) ([]int, error) {
	r.mu.Lock()
	r.seen = append(r.seen, slices.Clone(items))
	r.mu.Unlock()
	<-r.allow
	results := make([]int, len(items))
	for i, item := range items {
		switch {
		case item == broken:
			panic("broken")
		case item == unanswered:
			return nil, &kit.Error{Kind: kit.Unavailable, Message: "Try again."}
		case item < 0:
			return nil, errors.New("negative")
		}
		results[i] = item * 10
	}
	return results, nil
}

// Items that fail their batch in other ways than negative ones.
const (
	broken     = -1000
	unanswered = -1001
)

func TestBatcher_TakesWhatWasQueuedDuringTheLastRound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		work := &rounds{allow: make(chan struct{})}
		b := kit.NewBatcher(3, work.do)
		call := func(item int) {
			go func() {
				value, started, err := b.Do(t.Context(), item)
				if err != nil || !started || value != item*10 {
					t.Errorf("%d became %d (%v, %v)", item, value, started, err)
				}
			}()
			synctest.Wait()
		}
		for _, item := range []int{1, 2, 3, 4, 5} {
			call(item)
		}
		for range 3 {
			work.allow <- struct{}{}
			synctest.Wait()
		}
		call(6) // idle again: at once, alone
		work.allow <- struct{}{}
		synctest.Wait()
		want := [][]int{{1}, {2, 3, 4}, {5}, {6}}
		if !slices.EqualFunc(work.seen, want, slices.Equal) {
			t.Errorf("the rounds were %v, want %v", work.seen, want)
		}
	})
}

func TestBatcher_TriesAFailedBatchInHalves(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		items  []int // of one round
		fail   []int
		rounds [][]int
	}{
		"one fails":                {[]int{2, -3, 4, 5}, []int{-3}, [][]int{{2, -3, 4, 5}, {2, -3}, {2}, {-3}, {4, 5}}},
		"one panics":               {[]int{2, broken}, []int{broken}, [][]int{{2, broken}, {2}, {broken}}},
		"all fail":                 {[]int{-2, -3}, []int{-2, -3}, [][]int{{-2, -3}, {-2}, {-3}}},
		"nothing to reach":         {[]int{2, unanswered, 4}, []int{2, unanswered, 4}, [][]int{{2, unanswered, 4}}},
		"a part cannot be reached": {[]int{-2, 3, unanswered, 4}, []int{-2, unanswered, 4}, [][]int{{-2, 3, unanswered, 4}, {-2, 3}, {-2}, {3}, {unanswered, 4}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				work := &rounds{allow: make(chan struct{})}
				b := kit.NewBatcher(len(c.items), work.do)
				for _, item := range append([]int{1}, c.items...) { // 1 has a round of its own
					go func() {
						value, started, err := b.Do(t.Context(), item)
						if slices.Contains(c.fail, item) != (err != nil) || !started || err == nil && value != item*10 {
							t.Errorf("%d became %d (%v, %v)", item, value, started, err)
						}
					}()
					synctest.Wait()
				}
				close(work.allow)
				synctest.Wait()
				if want := append([][]int{{1}}, c.rounds...); !slices.EqualFunc(work.seen, want, slices.Equal) {
					t.Errorf("the rounds were %v, want %v", work.seen, want)
				}
			})
		})
	}
}

func TestBatcher_DropsAnItemWhoseCallerLeftBeforeItsRound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		work := &rounds{allow: make(chan struct{})}
		b := kit.NewBatcher(3, work.do)
		type left struct {
			started bool
			err     error
		}
		call := func(ctx context.Context, item int) chan left {
			done := make(chan left, 1)
			go func() {
				_, started, err := b.Do(ctx, item)
				done <- left{started, err}
			}()
			synctest.Wait()
			return done
		}
		running, cancelRunning := context.WithCancel(t.Context())
		waiting, cancelWaiting := context.WithCancel(t.Context())
		one := call(running, 1)
		two, three, four := call(t.Context(), 2), call(waiting, 3), call(t.Context(), 4)
		cancelRunning()
		if got := <-one; !got.started || !errors.Is(got.err, context.Canceled) {
			t.Errorf("a caller that leaves a running round gets %+v", got)
		}
		cancelWaiting()
		if got := <-three; got.started || !errors.Is(got.err, context.Canceled) {
			t.Errorf("a caller that leaves the queue gets %+v", got)
		}
		if _, started, err := b.Do(waiting, 5); started || !errors.Is(err, context.Canceled) {
			t.Errorf("a caller whose context has ended gets %v, %v", started, err)
		}
		close(work.allow)
		for _, done := range []chan left{two, four} {
			if got := <-done; !got.started || got.err != nil {
				t.Errorf("a caller that stays gets %+v", got)
			}
		}
		if want := [][]int{{1}, {2, 4}}; !slices.EqualFunc(work.seen, want, slices.Equal) {
			t.Errorf("the rounds were %v, want %v", work.seen, want)
		}
	})
}

func TestBatcher_RefusesWhenTheQueueIsFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		work := &rounds{allow: make(chan struct{})}
		b := kit.NewBatcher(128, work.do)
		const queue = 4096
		for i := range 1 + queue { // the first is in its round
			go func() { _, _, _ = b.Do(t.Context(), i) }()
			if i == 0 {
				synctest.Wait()
			}
		}
		synctest.Wait()
		_, started, err := b.Do(t.Context(), -1)
		if started || !kit.IsKind(err, kit.Unavailable) {
			t.Errorf("one too many gets %v, %v", started, err)
		}
		close(work.allow)
		synctest.Wait()
		if value, _, err := b.Do(t.Context(), 7); value != 70 || err != nil {
			t.Errorf("afterwards: %d, %v", value, err)
		}
	})
}

// TestBatcher_AnswersEachCallerItsOwn lets callers that give up race with rounds:
// an item that is reported as not started must never be done.
func TestBatcher_AnswersEachCallerItsOwn(t *testing.T) {
	t.Parallel()
	const callers, calls = 32, 200
	var done [callers * calls]atomic.Bool
	var most atomic.Int64
	b := kit.NewBatcher(16, func(items []int) ([]int, error) {
		most.Store(max(most.Load(), int64(len(items))))
		results := make([]int, len(items))
		for i, item := range items {
			if done[item].Swap(true) {
				t.Errorf("%d was done twice", item)
			}
			results[i] = -item
		}
		return results, nil
	})
	var wg sync.WaitGroup
	for caller := range callers {
		wg.Go(func() {
			for n := range calls {
				item := caller*calls + n
				ctx, cancel := context.WithCancel(t.Context())
				if n%3 == 0 {
					timer := time.AfterFunc(time.Duration(rand.IntN(50))*time.Microsecond, cancel)
					defer timer.Stop()
				}
				value, started, err := b.Do(ctx, item)
				cancel()
				switch {
				case err == nil && (value != -item || !started || !done[item].Load()):
					t.Errorf("%d became %d, started %v", item, value, started)
				case err != nil && !errors.Is(err, context.Canceled):
					t.Errorf("%d: %v", item, err)
				case !started && done[item].Load():
					t.Errorf("%d was done though it was reported as not started", item)
				}
			}
		})
	}
	wg.Wait()
	if n := most.Load(); n > 16 {
		t.Errorf("a round of %d", n)
	}
}
