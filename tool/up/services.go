package up

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"microdemo/kit"
	"microdemo/services/inventory"
	"microdemo/services/orders"
	"microdemo/services/users"
	"microdemo/tool/terminal"
)

// inProcess is one service, run by the same constructor as its binary does,
// on a loopback port of its own.
type inProcess struct {
	name  string
	url   string
	build func(context.Context) (*kit.Service, error)

	mu     sync.Mutex
	public net.Listener // opened before the service is built, so that the others know where it will be
	stop   func(context.Context) error
	loaded func(context.Context) bool // waits until it can check callers
}

// loadTimeout is how long starting a service waits for the others it needs.
const loadTimeout = 10 * time.Second

// serviceNames is also the order of their databases in Redis.
func serviceNames() []string { return []string{"users", "orders", "inventory"} }

// addServices prepares the three services. They are told where they are by the
// same settings as their binaries.
func (s *System) addServices(log io.Writer) error {
	settings := map[string][]string{}
	for i, name := range serviceNames() {
		public, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return fmt.Errorf("find a port for %s: %w", name, err)
		}
		s.services[name] = &inProcess{name: name, url: localURL(public), public: public}
		cache, err := redisDatabase(s.redisURL, i)
		if err != nil {
			return err
		}
		// Everybody comes through the gateway, and many from this machine. What
		// the environment says comes later and wins.
		settings[name] = append([]string{"TRUSTED_PROXIES=127.0.0.1,::1", "SIGN_IN_ADDRESS_LIMIT=3000/5m"}, s.options.Environ...)
		settings[name] = append(settings[name],
			"DATABASE_URL="+string(*s.database(name)),
			"REDIS_URL="+string(cache),
			"JWT_SECRET_KEY="+string(s.JWTSecretKey),
			"USERS_URL="+s.services["users"].url,
		)
	}
	settings["orders"] = append(settings["orders"], "INVENTORY_URL="+s.services["inventory"].url)

	s.services["users"].build = builder("users", settings["users"], log, nil, users.New)
	s.services["inventory"].build = builder("inventory", settings["inventory"], log, nil, inventory.New)
	s.services["orders"].build = builder("orders", settings["orders"], log, func(c *orders.Config) {
		if s.options.ReconcileInterval > 0 {
			c.ReconcileInterval = s.options.ReconcileInterval
		}
		if s.options.ReconcileGrace > 0 {
			c.ReconcileGrace = s.options.ReconcileGrace
		}
		s.ReconcileGrace = c.ReconcileGrace
	}, orders.New)
	return nil
}

func builder[C kit.Configured](name string, environ []string, log io.Writer, adjust func(*C),
	build func(context.Context, C, kit.Env) (*kit.Service, error),
) func(context.Context) (*kit.Service, error) {
	return func(ctx context.Context) (*kit.Service, error) {
		config, err := kit.Load[C](environ)
		if err != nil {
			return nil, errors.New(strings.ReplaceAll(err.Error(), "\n", "; "))
		}
		if adjust != nil {
			adjust(&config)
		}
		handler := slog.NewJSONHandler(log, &slog.HandlerOptions{Level: config.Common().LogLevel})
		return build(ctx, config, kit.NewEnv(slog.New(handler).With("service", name)))
	}
}

// start builds the service and serves it. ended is told when it stops without
// having been asked to.
func (p *inProcess) start(ctx context.Context, ended chan<- error) (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop != nil {
		return fmt.Errorf("%s runs already", p.name)
	}
	if p.public == nil {
		if p.public, err = net.Listen("tcp", strings.TrimPrefix(p.url, "http://")); err != nil {
			return fmt.Errorf("start %s: %w", p.name, err)
		}
	}
	admin, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	service, err := p.build(ctx)
	if errors.Is(err, kit.ErrDatabaseAway) {
		err = fmt.Errorf("its database does not answer, or not to this user: %w", terminal.Cause(err))
	}
	if err != nil {
		_ = admin.Close()
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	public := p.public
	p.public = nil // Serve closes it
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan error, 1)
	go func() {
		err := service.Serve(life, public, admin, 0, nil)
		if life.Err() == nil {
			ended <- fmt.Errorf("%s stopped: %w", p.name, err)
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

// settle waits until the service, which was started, can check callers, or until
// others it needs have not come for loadTimeout.
func (p *inProcess) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	p.loaded(ctx)
}

// halt stops the service if it runs, and gives its port back.
func (p *inProcess) halt(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.public != nil {
		_ = p.public.Close()
		p.public = nil
	}
	if p.stop == nil {
		return nil
	}
	err := p.stop(ctx)
	p.stop = nil
	return err
}
