package kit_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"microdemo/kit"
)

func TestWorker_CancelsARoundThatHangsAndTriesAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		rounds := 0
		w := kit.NewWorker("test", time.Second, slog.New(slog.DiscardHandler), func(ctx context.Context) error {
			if rounds++; rounds == 2 {
				stop()
			}
			<-ctx.Done() // as a read from a connection whose peer vanished
			return ctx.Err()
		})
		w.Run(ctx)
		if rounds != 2 {
			t.Errorf("%d rounds", rounds)
		}
	})
}

func TestWorker_WakesAtOnceButNotWhileItFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		began := time.Now()
		var at []time.Duration
		var w *kit.Worker
		w = kit.NewWorker("test", time.Minute, slog.New(slog.DiscardHandler), func(context.Context) error {
			at = append(at, time.Since(began))
			w.Wake()
			if len(at) == 3 {
				stop()
			}
			if len(at) == 2 {
				return errors.New("away")
			}
			return nil
		})
		w.Wake()
		w.Run(ctx)
		want := []time.Duration{0, 0, time.Second}
		for i := range want {
			if at[i] != want[i] {
				t.Errorf("rounds at %v, want %v", at, want)
				break
			}
		}
	})
}

func TestWorker_FinishesWhatItsRoundsStarted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		finished := false
		w := kit.NewWorker("test", time.Second, slog.New(slog.DiscardHandler), func(context.Context) error {
			if finished {
				t.Error("a round ran after the end")
			}
			stop()
			return nil
		}).Finally(func() { finished = true })
		w.Run(ctx)
		if !finished {
			t.Error("it has not finished")
		}
	})
}
