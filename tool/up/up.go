// Package up runs the whole system in one process: PostgreSQL, Redis, the three
// services and the gateway.
package up

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"microdemo/services/users"
	"microdemo/tool/demo"
)

// stopTimeout is how long stopping may wait for running requests.
const stopTimeout = 10 * time.Second

// Run starts everything, serves until ctx ends, and stops everything.
func Run(ctx context.Context, o Options) error {
	system, err := Start(ctx, o)
	if err != nil {
		if ctx.Err() != nil { // being told to stop while starting is no failure
			return nil
		}
		return err
	}
	var seedErr error
	if o.Seed {
		seedErr = system.Seed(ctx)
	}
	if ctx.Err() == nil {
		system.welcome(o.Seed && seedErr == nil, seedErr)
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
		system.progress.Line("stopped; the data stays in %s", system.Data)
	}
	return err
}

func (s *System) welcome(seeded bool, seedErr error) {
	p := s.progress
	if seedErr != nil {
		p.Line("  demo data: %v", seedErr)
	}
	p.Line("microdemo is ready at %s", s.BaseURL)
	p.Line("")
	if seeded {
		p.Line("  admin      %s, password %s", demo.AdminEmail, demo.Password)
		if s.bob.But == "" {
			p.Line("  user       %s, password %s", demo.UserEmail, demo.Password)
		} else {
			p.Line("  user       %s%s", demo.UserEmail, s.bob.But)
		}
		if !s.options.Demo {
			p.Line("  more       bin/microdemo seed --demo --base %s: a shop with %d days of orders", s.BaseURL, demo.Days)
		}
	} else {
		p.Line("  demo data  start with --seed to have users, an item and an order")
	}
	p.Line("  data       %s", s.Data)
	p.Line("  log        %s", filepath.Join(s.Data, logName))
	p.Line("  stop       Ctrl-C")
}

// Seed makes the first admin and the demo data.
func (s *System) Seed(ctx context.Context) error {
	return s.progress.Step("demo data", func(report func(string)) (string, error) {
		if _, err := users.CreateAdmin(ctx, s.UsersDatabaseURL, "Admin", demo.AdminEmail, demo.Password); err != nil {
			return "", fmt.Errorf("make the admin: %w", err)
		}
		var err error
		s.bob, err = demo.Seed(ctx, demo.Options{
			Base:          s.BaseURL,
			Demo:          s.options.Demo,
			AdminEmail:    demo.AdminEmail,
			AdminPassword: demo.Password,
			Report:        report,
		})
		return "demo data", err
	})
}
