// Package up runs the whole system in one process: PostgreSQL, Redis, the three
// services and the gateway.
package up

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"microdemo/services/users"
	"microdemo/tool/demo"
)

// stopTimeout is how long stopping waits for running requests.
const stopTimeout = 10 * time.Second

// Run starts everything, serves until ctx ends, and stops everything.
func Run(ctx context.Context, o Options) error {
	system, err := Start(ctx, o)
	if err != nil {
		if ctx.Err() != nil { // interrupted while starting
			return nil
		}
		return err
	}
	var bob demo.User
	var seedErr error
	if o.Seed {
		bob, seedErr = system.Seed(ctx)
	}
	if ctx.Err() == nil {
		system.welcome(bob, seedErr)
	}
	select {
	case <-ctx.Done():
	case err = <-system.Failed():
	}

	system.progress.Line("\nstopping (Ctrl-C again: at once)")
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	go func() {
		select {
		case <-o.StopNow:
			cancel()
		case <-stopping.Done():
		}
	}()
	stopErr := system.Stop(stopping)
	if stopErr != nil && stopping.Err() != nil {
		stopErr = errors.New("stopped before all requests had ended")
	}
	if err = errors.Join(err, stopErr); err == nil {
		system.progress.Line("stopped; the data is kept in %s", system.Data)
	}
	return err
}

func (s *System) welcome(bob demo.User, seedErr error) {
	p := s.progress
	if seedErr != nil {
		p.Line("  demo data: %v", seedErr)
	}
	p.Line("microdemo is ready at %s\n", s.BaseURL)
	switch {
	case !s.options.Seed || seedErr != nil:
		p.Line("  demo data  start with --seed for two users, an item and an order")
	default:
		p.Line("  admin      %s, password %s", demo.AdminEmail, demo.Password)
		if bob.But == "" {
			p.Line("  user       %s, password %s", demo.UserEmail, demo.Password)
		} else {
			p.Line("  user       %s%s", demo.UserEmail, bob.But)
		}
		if !s.options.Demo {
			p.Line("  more       bin/microdemo seed --demo --base %s: a shop with %d days of orders", s.BaseURL, demo.Days)
		}
	}
	p.Line("  data       %s", s.Data)
	p.Line("  log        %s", filepath.Join(s.Data, logName))
	p.Line("  stop       Ctrl-C")
}

// Seed creates the first admin and the demo data.
func (s *System) Seed(ctx context.Context) (bob demo.User, err error) {
	err = s.progress.Step("demo data", func(report func(string)) (string, error) {
		if _, err := users.CreateAdmin(ctx, s.Databases.Users, "Admin", demo.AdminEmail, demo.Password); err != nil {
			return "", fmt.Errorf("create the admin: %w", err)
		}
		bob, err = demo.Seed(ctx, demo.Options{
			Base:          s.BaseURL,
			Demo:          s.options.Demo,
			AdminEmail:    demo.AdminEmail,
			AdminPassword: demo.Password,
			Report:        func(line string) { report("demo data: " + strings.Join(strings.Fields(line), " ")) },
		})
		return "demo data", err
	})
	return bob, err
}
