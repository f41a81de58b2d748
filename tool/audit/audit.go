// Package audit checks that the databases of a system hold what they must: no stock
// lost or sold twice, every order with its stock, every event delivered.
package audit

import (
	"context"
	"fmt"
	"io"
	"time"

	"microdemo/kit"
	"microdemo/tool/terminal"
)

// Grace is how long what looks wrong between two databases is given to
// come right when nothing is known about the system: the grace of
// reconciliation, and Margin.
const Grace = 45 * time.Second

// Margin is how long settling a reservation may take once the grace of
// reconciliation is over.
const Margin = 15 * time.Second

// Options says what to audit.
type Options struct {
	UsersURL     kit.Secret
	OrdersURL    kit.Secret
	InventoryURL kit.Secret
	Grace        time.Duration // default Grace
	Journal      io.Reader     // ids of orders that were acknowledged, one per line; nil for none
	Out          io.Writer     // what a person sees; nil for nothing

	wait func(ctx context.Context, grace time.Duration) error // for tests: instead of waiting
}

// Run checks what must hold in the databases of a system, which may be
// running, and changes nothing. It prints a line for each thing that must hold
// and names the rows that break it. broken is how many of these things do not
// hold; err means that not everything could be looked at.
//
// Each database is looked at as it was at one moment. These moments are not the
// same, and a request may be between two databases, so what looks wrong between
// them is looked at again after the grace and counts if it still does.
func Run(ctx context.Context, o Options) (broken int, err error) {
	if o.Grace <= 0 {
		o.Grace = Grace
	}
	a := &auditor{options: o, progress: terminal.New(o.Out)}
	defer a.close()
	if err := a.run(ctx); err != nil {
		return a.broken(), err
	}
	a.summary()
	return a.broken(), nil
}

// auditor is one audit under way.
type auditor struct {
	options  Options
	progress *terminal.Progress
	users    *snapshot
	orders   *snapshot
	stock    *snapshot // of inventory
	findings []*finding
}

func (a *auditor) run(ctx context.Context) error {
	for _, db := range []struct {
		to   **snapshot
		name string
		url  kit.Secret
	}{{&a.users, "users", a.options.UsersURL}, {&a.orders, "orders", a.options.OrdersURL}, {&a.stock, "inventory", a.options.InventoryURL}} {
		var err error
		if *db.to, err = openSnapshot(ctx, db.name, db.url); err != nil {
			return err
		}
	}
	if a.options.Journal != nil {
		if err := a.checkJournal(ctx); err != nil {
			return err
		}
	}
	if err := a.takeSnapshots(ctx); err != nil {
		return err
	}
	for _, local := range []struct {
		in     *snapshot
		checks []check
	}{{a.users, userChecks}, {a.stock, stockChecks}, {a.orders, orderChecks()}} {
		for _, c := range local.checks {
			if err := a.check(ctx, local.in, c); err != nil {
				return err
			}
		}
	}
	return a.checkOwnership(ctx)
}

func (a *auditor) databases() []*snapshot { return []*snapshot{a.users, a.orders, a.stock} }

func (a *auditor) takeSnapshots(ctx context.Context) error {
	for _, s := range a.databases() {
		if err := s.take(ctx); err != nil {
			return err
		}
	}
	return nil
}

// looking shows what is being checked while it is.
func (a *auditor) looking(at string, do func() error) error {
	return a.progress.Step("looking at "+at, func(func(string)) (string, error) { return "", do() })
}

// checkOwnership checks what must hold between orders and inventory, and looks
// again at what seems wrong once it has had the time to come right.
func (a *auditor) checkOwnership(ctx context.Context) error {
	own := newOwnership()
	look := func() error {
		return a.looking("orders and their stock", func() error { return own.look(ctx, a.orders, a.stock) })
	}
	if err := look(); err != nil {
		return err
	}
	if n := own.suspects(); n > 0 {
		if err := a.waitFor(ctx, n); err != nil {
			return err
		}
		if err := a.takeSnapshots(ctx); err != nil {
			return err
		}
		own.again()
		if err := look(); err != nil {
			return err
		}
	}
	for _, f := range own.findings() {
		a.report(f)
	}
	return nil
}

func (a *auditor) waitFor(ctx context.Context, suspects int) error {
	for _, s := range a.databases() {
		if err := s.drop(ctx); err != nil {
			return err
		}
	}
	if a.options.wait != nil {
		return a.options.wait(ctx, a.options.Grace)
	}
	what := fmt.Sprintf("%s may be under way; looking again in %.0f s", quantity(int64(suspects), "reservations"), a.options.Grace.Seconds())
	return a.progress.Step(what, func(func(string)) (string, error) {
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(a.options.Grace):
			return "", nil
		}
	})
}

func (a *auditor) close() {
	for _, s := range a.databases() {
		if s != nil {
			s.close()
		}
	}
}
