package tool

import (
	"context"
	"fmt"
	"io"
	"time"

	"microdemo/kit"
)

// AuditGrace is how long what looks wrong between two databases is given to
// come right when nothing is known about the system: the grace of
// reconciliation, and AuditMargin.
const AuditGrace = 45 * time.Second

// AuditMargin is how long settling a reservation may take once the grace of
// reconciliation is over.
const AuditMargin = 15 * time.Second

// AuditOptions says what to audit.
type AuditOptions struct {
	UsersURL     kit.Secret
	OrdersURL    kit.Secret
	InventoryURL kit.Secret
	Grace        time.Duration // default AuditGrace
	Journal      io.Reader     // ids of orders that were acknowledged, one per line; nil for none
	Out          io.Writer     // what a person sees; nil for nothing

	wait func(ctx context.Context, grace time.Duration) error // for tests: instead of waiting
}

// Audit checks what must hold in the databases of a system, which may be
// running, and changes nothing. It prints a line for each thing that must hold
// and names the rows that break it. broken is how many of these things do not
// hold; err means that not everything could be looked at.
//
// Each database is looked at as it was at one moment. These moments are not the
// same, and a request may be between two databases, so what looks wrong between
// them is looked at again after the grace and counts if it still does.
func Audit(ctx context.Context, o AuditOptions) (broken int, err error) {
	if o.Grace <= 0 {
		o.Grace = AuditGrace
	}
	a := &auditor{options: o, progress: newProgress(o.Out)}
	defer a.close()
	if err := a.run(ctx); err != nil {
		return a.broken(), err
	}
	a.summary()
	return a.broken(), nil
}

// auditor is one audit under way.
type auditor struct {
	options  AuditOptions
	progress *progress
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

// looking shows that a step is alive while it runs.
func (a *auditor) looking(at string, do func() error) error {
	return a.progress.step("looking at "+at, func(report func(string)) (string, error) {
		began := time.Now()
		stop := every(time.Second, func() {
			report(fmt.Sprintf("looking at %s … %.0f s", at, time.Since(began).Seconds()))
		})
		defer stop()
		return "", do()
	})
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
	what := quantity(int64(suspects), "reservations") + " may be under way"
	return a.progress.step(what, func(report func(string)) (string, error) {
		end := time.Now().Add(a.options.Grace)
		show := func() {
			report(fmt.Sprintf("%s; looking again in %.0f s", what, time.Until(end).Seconds()))
		}
		show()
		stop := every(time.Second, show)
		defer stop()
		timer := time.NewTimer(a.options.Grace)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-timer.C:
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
