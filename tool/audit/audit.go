// Package audit checks that the databases of a system hold what they must: no stock
// lost or sold twice, every order with its stock, every event delivered.
package audit

import (
	"context"
	"fmt"
	"io"
	"time"

	"microdemo/tool"
	"microdemo/tool/terminal"
)

// Grace is the default of Options.Grace: the grace of reconciliation, and Margin.
const Grace = 45 * time.Second

// Margin is how long settling a reservation may take after the grace of
// reconciliation.
const Margin = 15 * time.Second

// Options says what to audit.
type Options struct {
	Databases tool.Databases
	Grace     time.Duration // how long after the first look suspects get a second one
	Journal   io.Reader     // ids of acknowledged orders, one per line; nil for none
	Out       io.Writer     // for the report; nil for none

	wait func(ctx context.Context, grace time.Duration) error // for tests: instead of waiting
}

// Run checks what must hold in the databases of a system, which may be running,
// and changes nothing. It prints a line for each check and names the rows that
// break it. broken is the number of checks that failed; err means that not all of
// them could be made.
//
// Each database is read as it was at one moment. The moments differ, and a request
// may be between two databases, so what looks wrong between them is looked at again
// after the grace and counts if it is still wrong.
func Run(ctx context.Context, o Options) (broken int, err error) {
	if o.Grace <= 0 {
		o.Grace = Grace
	}
	a := &auditor{options: o, progress: terminal.New(o.Out), in: map[string]*snapshot{}}
	defer a.close()
	if err := a.run(ctx); err != nil {
		return a.broken(), err
	}
	a.summary()
	return a.broken(), nil
}

// auditor is an audit in progress.
type auditor struct {
	options  Options
	progress *terminal.Progress
	in       map[string]*snapshot // by service
	findings []*finding
}

func (a *auditor) run(ctx context.Context) (err error) {
	for service, url := range a.options.Databases.All() {
		if a.in[service], err = openSnapshot(ctx, service, *url); err != nil {
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
	for service := range a.options.Databases.All() {
		for _, c := range checks[service] {
			if err := a.check(ctx, a.in[service], c); err != nil {
				return err
			}
		}
	}
	return a.checkOwnership(ctx)
}

func (a *auditor) takeSnapshots(ctx context.Context) error {
	for _, s := range a.in {
		if err := s.take(ctx); err != nil {
			return err
		}
	}
	return nil
}

// looking runs do and shows meanwhile what it looks at.
func (a *auditor) looking(at string, do func() error) error {
	return a.progress.Step("looking at "+at, func(func(string)) (string, error) { return "", do() })
}

// checkOwnership checks what must hold between orders and inventory. It looks at
// suspects again after the grace.
func (a *auditor) checkOwnership(ctx context.Context) error {
	own := newOwnership()
	look := func() error {
		return a.looking("orders and their stock", func() error { return own.look(ctx, a.in["orders"], a.in["inventory"]) })
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
	for _, s := range a.in {
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
	for _, s := range a.in {
		if s != nil {
			s.close()
		}
	}
}
