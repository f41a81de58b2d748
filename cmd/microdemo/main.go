// Command microdemo runs a whole system on one machine, and seeds, loads, tries and
// audits any.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"microdemo/kit"
)

// commands are the commands, each in a file of its own.
type commands struct {
	Up    upCommand    `cmd:"" help:"Run everything on this machine: PostgreSQL, Redis, the three services and the gateway. Ctrl-C stops it; the data is kept."`
	Seed  seedCommand  `cmd:"" help:"Create demo data through the API: a user, an item and an order; with --demo a whole shop. What already exists is left as it is."`
	Load  loadCommand  `cmd:"" help:"Put a system under load and report rates, latencies and failures. Creates users, items and orders."`
	Smoke smokeCommand `cmd:"" help:"Try the API of a running system step by step, after seed. Leaves one cancelled order."`
	Audit auditCommand `cmd:"" help:"Check in the databases that no stock was lost or sold twice, that every order has its stock, and that every event was delivered or queued. Changes nothing."`

	Version kong.VersionFlag `help:"Print the version."`
}

// stopping is closed at the second signal: nothing should wait any longer.
type stopping <-chan struct{}

func main() {
	var c commands
	parser := kong.Parse(&c,
		kong.Name("microdemo"),
		kong.Description("Order management in three services: run it on this machine, fill it, test it."),
		kong.ShortUsageOnError(),
		kong.Vars{"version": kit.Version()},
	)
	ctx, now := signals()
	parser.BindTo(ctx, (*context.Context)(nil))
	if err := parser.Run(stopping(now)); err != nil {
		fmt.Fprintf(os.Stderr, "microdemo: %v\n", err)
		code := 1
		var own kong.ExitCoder
		if errors.As(err, &own) {
			code = own.ExitCode()
		}
		os.Exit(code)
	}
}

// signals returns a context that ends at the first signal to stop, and a channel that
// is closed at the second.
func signals() (context.Context, <-chan struct{}) {
	received := make(chan os.Signal, 2)
	signal.Notify(received, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // nohup
		signal.Notify(received, syscall.SIGHUP)
	}
	ctx, cancel := context.WithCancel(context.Background())
	now := make(chan struct{})
	go func() {
		<-received
		first := time.Now()
		cancel()
		for range received {
			// Wrappers such as timeout(1) send the same signal twice.
			if time.Since(first) > time.Second {
				close(now)
				return
			}
		}
	}()
	return ctx, now
}
