// Command microdemo runs and looks after the whole system on one machine.
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

// commands are the commands of the tool, each in a file of its own.
type commands struct {
	Up    upCommand    `cmd:"" help:"Start everything on this machine: PostgreSQL, Redis, the three services and the gateway. Stops on Ctrl-C; the data stays."`
	Seed  seedCommand  `cmd:"" help:"Make the demo data through the API: a user, an item and an order; with --demo a shop. What is there already stays as it is."`
	Load  loadCommand  `cmd:"" help:"Let many users read and write for a while, and count. For tests: it makes users, items and orders."`
	Smoke smokeCommand `cmd:"" help:"Try the API of a running system, step by step, after seed. Leaves one cancelled order behind."`
	Audit auditCommand `cmd:"" help:"Check that no stock was lost or sold twice, that every order has its stock, and all else that must hold. Changes nothing."`

	Version kong.VersionFlag `help:"Print the version."`
}

// stopping is closed at the second signal: whoever waits should give up.
type stopping <-chan struct{}

func main() {
	var c commands
	parser := kong.Parse(&c,
		kong.Name("microdemo"),
		kong.Description("Order management in three services, on this machine."),
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

// signals gives a context that ends at the first signal to stop, and a channel
// that is closed at the second.
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
