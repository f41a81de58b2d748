package up

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"microdemo/kit"
	"microdemo/services/inventory"
	"microdemo/services/orders"
	"microdemo/services/users"
	"microdemo/tool/terminal"
)

// startServices starts the three services.
func (s *System) startServices(ctx context.Context, log io.Writer) error {
	s.onStop(func(ctx context.Context) error {
		var all errgroup.Group
		for _, service := range s.services {
			all.Go(func() error { return service.halt(ctx) })
		}
		return all.Wait()
	})
	if err := s.addServices(log); err != nil {
		return err
	}
	return s.progress.Step("starting users, orders, inventory", func(func(string)) (string, error) {
		began := time.Now()
		var all errgroup.Group
		for name, service := range s.services {
			all.Go(func() error {
				if err := service.start(ctx, s.failed); err != nil {
					return fmt.Errorf("start %s: %w", name, err)
				}
				s.progress.Done(name, began)
				return nil
			})
		}
		if err := all.Wait(); err != nil {
			return "", err
		}
		loading, cancel := context.WithTimeout(ctx, loadTimeout)
		defer cancel()
		for _, service := range s.services {
			service.loaded(loading)
		}
		return "", nil
	})
}

// loadTimeout is how long starting waits until the services can check callers.
const loadTimeout = 10 * time.Second

// addServices prepares the three services, with the settings that their binaries
// read from the environment.
func (s *System) addServices(log io.Writer) error {
	settings := map[string][]string{}
	for name, database := range s.Databases.All() {
		public, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return fmt.Errorf("find a port for %s: %w", name, err)
		}
		cache, err := redisDatabase(s.redisURL, len(s.services))
		if err != nil {
			return err
		}
		s.services[name] = &inProcess{name: name, url: localURL(public), public: public}
		// All requests come through the gateway, many from one address. The
		// environment may override these two.
		settings[name] = append([]string{"TRUSTED_PROXIES=127.0.0.1,::1", "SIGN_IN_ADDRESS_LIMIT=3000/5m"}, s.options.Environ...)
		settings[name] = append(settings[name],
			"DATABASE_URL="+string(*database),
			"REDIS_URL="+string(cache),
			"JWT_SECRET_KEY="+string(s.JWTSecretKey),
			"USERS_URL="+s.services["users"].url.String(),
		)
	}
	settings["orders"] = append(settings["orders"], "INVENTORY_URL="+s.services["inventory"].url.String())

	s.services["users"].build = builder("users", settings["users"], log, users.New)
	s.services["inventory"].build = builder("inventory", settings["inventory"], log, inventory.New)
	s.services["orders"].build = builder("orders", settings["orders"], log,
		func(ctx context.Context, c orders.Config, env kit.Env) (*kit.Service, error) {
			s.grace = c.ReconcileGrace
			return orders.New(ctx, c, env)
		})
	return nil
}

func builder[C kit.Configured](name string, environ []string, log io.Writer,
	build func(context.Context, C, kit.Env) (*kit.Service, error),
) func(context.Context) (*kit.Service, error) {
	return func(ctx context.Context) (*kit.Service, error) {
		config, err := kit.Load[C](environ)
		if err != nil {
			return nil, errors.New(strings.ReplaceAll(err.Error(), "\n", "; "))
		}
		handler := slog.NewJSONHandler(log, &slog.HandlerOptions{Level: config.Common().LogLevel})
		return build(ctx, config, kit.NewEnv(slog.New(handler).With("service", name)))
	}
}

// inProcess is one service, built by the constructor of its binary and served on
// a loopback port of its own.
type inProcess struct {
	name   string
	url    *url.URL
	public net.Listener // opened before the service is built, so that the others know its address
	build  func(context.Context) (*kit.Service, error)

	loaded func(context.Context) bool  // waits until the service can check callers
	stop   func(context.Context) error // nil until it serves
}

// start builds the service and serves it. failed receives an error when it stops
// by itself.
func (p *inProcess) start(ctx context.Context, failed chan<- error) error {
	admin, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	service, err := p.build(ctx)
	if err != nil {
		_ = admin.Close()
		if errors.Is(err, kit.ErrDatabaseAway) {
			return fmt.Errorf("its database does not answer, or not to this user: %w", terminal.Cause(err))
		}
		return err
	}
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan error, 1)
	go func() {
		err := service.Serve(life, p.public, admin, 0, nil)
		if life.Err() == nil {
			failed <- fmt.Errorf("%s stopped: %w", p.name, err)
		}
		done <- err
	}()
	p.loaded = service.Loaded
	p.stop = func(ctx context.Context) error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-ctx.Done():
			return fmt.Errorf("stop %s: requests are still running", p.name)
		}
	}
	return nil
}

// halt stops the service if it runs, and closes its port.
func (p *inProcess) halt(ctx context.Context) error {
	if p.stop == nil {
		return p.public.Close()
	}
	return p.stop(ctx)
}
