package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"microdemo/kit"
	"microdemo/tool/audit"
	"microdemo/tool/up"
)

// Exit codes of audit, besides 0.
const (
	exitBroken     = 1
	exitCannotLook = 2
)

type auditCommand struct {
	Data string `placeholder:"DIR" help:"The data folder of a running up (default: that of up)."`

	UsersDatabaseURL     string `name:"users-database-url" env:"USERS_DATABASE_URL" placeholder:"URL" help:"The PostgreSQL database of users. The databases not given are those of the running up."`
	OrdersDatabaseURL    string `name:"orders-database-url" env:"ORDERS_DATABASE_URL" placeholder:"URL" help:"Likewise for orders."`
	InventoryDatabaseURL string `name:"inventory-database-url" env:"INVENTORY_DATABASE_URL" placeholder:"URL" help:"Likewise for inventory."`

	Grace   time.Duration `placeholder:"DURATION" help:"How long what seems wrong between orders and inventory, such as an order that is just being placed, may take to come right (default: what the running up needs, else 45s). Nothing is waited for if nothing seems wrong."`
	Journal string        `placeholder:"FILE" help:"Ids of orders that were acknowledged, one per line: each must exist, once. - reads them from the standard input."`
}

// Help explains the exit code.
func (c *auditCommand) Help() string {
	return "Reads only, also while the system runs. Exits 0 if everything that must hold does, 1 if something does not, 2 if not everything could be looked at."
}

// Run runs the command.
func (c *auditCommand) Run(ctx context.Context) error {
	options, err := c.options()
	if err != nil {
		return exit{err, exitCannotLook}
	}
	if c.Journal != "" {
		journal, err := open(c.Journal)
		if err != nil {
			return exit{err, exitCannotLook}
		}
		defer journal.Close()
		options.Journal = journal
	}
	broken, err := audit.Run(ctx, options)
	switch {
	case ctx.Err() != nil:
		return exit{errors.New("stopped before everything was looked at"), exitCannotLook}
	case err != nil:
		return exit{err, exitCannotLook}
	case broken > 0:
		return exit{errors.New("the audit found what must not be"), exitBroken}
	}
	return nil
}

// options fills in, from the state of a running up, what was not given.
func (c *auditCommand) options() (audit.Options, error) {
	if c.Grace < 0 {
		return audit.Options{}, errors.New("--grace is negative")
	}
	o := audit.Options{
		UsersURL:     kit.Secret(c.UsersDatabaseURL),
		OrdersURL:    kit.Secret(c.OrdersDatabaseURL),
		InventoryURL: kit.Secret(c.InventoryDatabaseURL),
		Grace:        c.Grace,
		Out:          os.Stdout,
	}
	if c.Data == "" && o.UsersURL != "" && o.OrdersURL != "" && o.InventoryURL != "" {
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
		return o, fmt.Errorf("%w; start one with microdemo up, or name all three databases with --users-database-url, --orders-database-url and --inventory-database-url", err)
	}
	for _, url := range []struct {
		given *kit.Secret
		of    string
	}{{&o.UsersURL, state.UsersDatabaseURL}, {&o.OrdersURL, state.OrdersDatabaseURL}, {&o.InventoryURL, state.InventoryDatabaseURL}} {
		if *url.given == "" {
			*url.given = kit.Secret(url.of)
		}
	}
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
