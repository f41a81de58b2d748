package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"microdemo/tool"
	"microdemo/tool/audit"
	"microdemo/tool/up"
)

// Exit codes of audit, besides 0.
const (
	exitBroken     = 1
	exitIncomplete = 2
)

type auditCommand struct {
	Data string `placeholder:"DIR" help:"The data folder of a running up (default: that of up)."`

	tool.Databases `set:"missing=By default, the databases of the running up."`

	Grace   time.Duration `placeholder:"DURATION" help:"How long to wait for reservations in progress before checking them again (default: what the running up needs, or 45s). Waits only if some are."`
	Journal string        `placeholder:"FILE" help:"Ids of acknowledged orders, one per line: each must exist exactly once. Use - for standard input."`
}

// Help explains the exit code.
func (c *auditCommand) Help() string {
	return "Only reads, and may run while the system does. Exits with 0 if all checks pass, 1 if a check fails, 2 if not all could be made."
}

// Run runs the command.
func (c *auditCommand) Run(ctx context.Context) error {
	options, err := c.options()
	if err != nil {
		return exit{err, exitIncomplete}
	}
	if c.Journal != "" {
		journal, err := open(c.Journal)
		if err != nil {
			return exit{err, exitIncomplete}
		}
		defer journal.Close()
		options.Journal = journal
	}
	broken, err := audit.Run(ctx, options)
	switch {
	case ctx.Err() != nil:
		return exit{errors.New("interrupted before all checks were made"), exitIncomplete}
	case err != nil:
		return exit{err, exitIncomplete}
	case broken > 0:
		return exit{errors.New("the audit failed"), exitBroken}
	}
	return nil
}

// options takes what was not given from the state of a running up.
func (c *auditCommand) options() (audit.Options, error) {
	o := audit.Options{Databases: c.Databases, Grace: c.Grace, Out: os.Stdout}
	if c.Grace < 0 {
		return o, errors.New("--grace is negative")
	}
	if c.Data == "" && c.Complete() {
		return o, nil
	}
	data := c.Data
	if data == "" {
		var err error
		if data, err = up.DefaultData(); err != nil {
			return o, err
		}
	}
	state, err := up.ReadState(data)
	if err != nil {
		return o, fmt.Errorf("%w; start it with microdemo up, or give all three databases with --users-database-url, --orders-database-url and --inventory-database-url", err)
	}
	o.Databases = c.Or(state.Databases)
	if o.Grace == 0 && state.ReconcileGrace > 0 {
		o.Grace = state.ReconcileGrace + audit.Margin
	}
	return o, nil
}

func open(journal string) (io.ReadCloser, error) {
	if journal == "-" {
		return os.Stdin, nil
	}
	f, err := os.Open(journal)
	if err != nil {
		return nil, fmt.Errorf("the journal: %w", err)
	}
	return f, nil
}

// exit is an error with an exit code of its own.
type exit struct {
	error
	code int
}

// ExitCode implements kong.ExitCoder.
func (e exit) ExitCode() int { return e.code }

func (e exit) Unwrap() error { return e.error }
