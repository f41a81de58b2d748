// Package tool is what the microdemo command does: it runs the whole system on
// one machine, fills it with demo data, and looks after it.
package tool

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"microdemo/services/users"
)

// stopTimeout is how long stopping may wait for running requests.
const stopTimeout = 10 * time.Second

// Up starts everything, serves until ctx ends, and stops everything.
func Up(ctx context.Context, o UpOptions) error {
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

	system.progress.line("\nstopping (Ctrl-C again: at once)")
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
		system.progress.line("stopped; the data stays in %s", system.Data)
	}
	return err
}

func (s *System) welcome(seeded bool, seedErr error) {
	p := s.progress
	if seedErr != nil {
		p.line("  demo data: %v", seedErr)
	}
	p.line("microdemo is ready at %s", s.BaseURL)
	p.line("")
	if seeded {
		p.line("  admin      %s, password %s", demoAdminEmail, demoPassword)
		if s.bob.but == "" {
			p.line("  user       %s, password %s", demoUserEmail, demoPassword)
		} else {
			p.line("  user       %s%s", demoUserEmail, s.bob.but)
		}
		if !s.options.Demo {
			p.line("  more       bin/microdemo seed --demo --base %s: a shop with %d days of orders", s.BaseURL, demoDays)
		}
	} else {
		p.line("  demo data  start with --seed to have users, an item and an order")
	}
	p.line("  data       %s", s.Data)
	p.line("  log        %s", filepath.Join(s.Data, logName))
	p.line("  stop       Ctrl-C")
}

// Seed makes the first admin and the demo data.
func (s *System) Seed(ctx context.Context) error {
	return s.progress.step("demo data", func(report func(string)) (string, error) {
		if _, err := users.CreateAdmin(ctx, s.UsersDatabaseURL, "Admin", demoAdminEmail, demoPassword); err != nil {
			return "", fmt.Errorf("make the admin: %w", err)
		}
		var err error
		s.bob, err = seed(ctx, SeedOptions{
			Base:          s.BaseURL,
			Demo:          s.options.Demo,
			AdminEmail:    demoAdminEmail,
			AdminPassword: demoPassword,
			Report:        report,
		})
		return "demo data", err
	})
}
