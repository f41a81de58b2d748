package csvfile

import (
	"context"
	"fmt"
	"sync"
	"time"

	"microdemo/kit"
)

const (
	// A transfer may last as long as it moves: it is cut when nothing moved for
	// stallTimeout, and after transferTimeout in any case.
	stallTimeout    = 30 * time.Second
	transferTimeout = time.Hour

	// Each transfer holds a connection to the database. More people export.
	maxImports = 2
	maxExports = 4
)

// transfers bounds how many imports, or exports, of a service run at once in a
// process: one of each caller, and most of them in all.
type transfers struct {
	most          int
	running, full kit.ProblemType

	mu   sync.Mutex
	busy map[string]bool
}

func newImports() *transfers {
	return &transfers{most: maxImports, running: importRunning, full: tooManyImports, busy: map[string]bool{}}
}

func newExports() *transfers {
	return &transfers{most: maxExports, running: exportRunning, full: tooManyExports, busy: map[string]bool{}}
}

// begin gives a request the time of a transfer; see kit.ExtendRequest.
func (t *transfers) begin(ctx context.Context) (_ context.Context, end func(), err error) {
	caller := kit.CallerFrom(ctx)
	who := fmt.Sprint(caller.UserID, caller.Service)
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.busy[who]:
		return nil, nil, t.running.With().RetryIn(5 * time.Second)
	case len(t.busy) >= t.most:
		return nil, nil, t.full.With().RetryIn(5 * time.Second)
	}
	t.busy[who] = true
	ctx, cancel := kit.ExtendRequest(ctx, transferTimeout)
	return ctx, func() {
		cancel()
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.busy, who)
	}, nil
}
