package up

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"microdemo/internal/pgserver"
	"microdemo/kit"
	"microdemo/tool/demo"
	"microdemo/tool/gateway"
	"microdemo/tool/terminal"
)

// System is everything that microdemo is, running in this process.
type System struct {
	BaseURL        string // of the gateway
	Data           string // the data folder
	UsersURL       string
	OrdersURL      string
	InventoryURL   string
	JWTSecretKey   kit.Secret
	ReconcileGrace time.Duration

	UsersDatabaseURL     kit.Secret
	OrdersDatabaseURL    kit.Secret
	InventoryDatabaseURL kit.Secret

	options  Options
	redisURL kit.Secret
	postgres *pgserver.Server // nil if every database was given
	services map[string]*inProcess
	failed   chan error
	progress *terminal.Progress
	bob      demo.User                     // as Seed has left him
	closers  []func(context.Context) error // in the order of starting
}

// Start starts everything and returns when it serves. ctx bounds the start only;
// Stop must be called. Errors are one sentence for the person who typed the
// command.
func Start(ctx context.Context, o Options) (*System, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &System{
		options:              o,
		UsersDatabaseURL:     o.UsersDatabaseURL,
		OrdersDatabaseURL:    o.OrdersDatabaseURL,
		InventoryDatabaseURL: o.InventoryDatabaseURL,
		services:             map[string]*inProcess{},
		failed:               make(chan error, 4), // never blocks whoever fails
		progress:             terminal.New(o.Out),
	}
	if err := s.start(ctx); err != nil {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		return nil, errors.Join(err, s.Stop(stopping))
	}
	return s, nil
}

func (s *System) start(ctx context.Context) error {
	// What most often is wrong is looked at first, before anything slow.
	public, err := listen(s.options.Addr)
	if err != nil {
		return err
	}
	s.onStop(func(context.Context) error {
		_ = public.Close() // the gateway's server has closed it, if it came to that
		return nil
	})
	s.BaseURL = localURL(public)

	data, err := openData(s.options.Data)
	if err != nil {
		return err
	}
	s.onStop(func(context.Context) error { return data.close() })
	s.Data = data.path
	if s.options.Fresh {
		if err := data.clear(ctx); err != nil {
			return err
		}
	}
	log, err := openLog(data.file(logName))
	if err != nil {
		return err
	}
	s.onStop(func(context.Context) error { return log.Close() })
	if s.JWTSecretKey = s.options.JWTSecretKey; s.JWTSecretKey == "" {
		if s.JWTSecretKey, err = data.secret(); err != nil {
			return err
		}
	}

	if err := s.startPostgres(ctx, log); err != nil {
		return err
	}
	if err := s.startRedis(); err != nil {
		return err
	}
	if err := s.startServices(ctx, log); err != nil {
		return err
	}
	s.startGateway(public, log)
	return s.announce(data)
}

func (s *System) startRedis() error {
	if s.redisURL = s.options.RedisURL; s.redisURL != "" {
		return nil
	}
	return s.progress.Step("Redis", func(func(string)) (string, error) {
		url, stop, err := startRedis()
		if err != nil {
			return "", err
		}
		s.redisURL = url
		s.onStop(func(context.Context) error { stop(); return nil })
		return "Redis (in process)", nil
	})
}

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
	s.UsersURL, s.OrdersURL, s.InventoryURL = s.services["users"].url, s.services["orders"].url, s.services["inventory"].url
	return s.progress.Step("starting users, orders, inventory", func(func(string)) (string, error) {
		began := time.Now()
		var all errgroup.Group
		for _, name := range serviceNames() {
			all.Go(func() error {
				if err := s.services[name].start(ctx, s.failed); err != nil {
					return err
				}
				s.progress.Done(name, began)
				return nil
			})
		}
		err := all.Wait()
		for _, name := range serviceNames() {
			if err == nil {
				s.services[name].settle(ctx)
			}
		}
		return "", err
	})
}

func (s *System) startGateway(public net.Listener, logTo io.Writer) {
	log := slog.New(slog.NewJSONHandler(logTo, nil)).With("service", "gateway")
	server := gateway.NewServer(gateway.New(gateway.Config{
		Console:   gateway.Console(),
		Users:     mustParse(s.UsersURL),
		Orders:    mustParse(s.OrdersURL),
		Inventory: mustParse(s.InventoryURL),
		Log:       log,
	}), log)
	life, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(public); life.Err() == nil {
			s.failed <- fmt.Errorf("the gateway stopped: %w", err)
		}
	}()
	s.onStop(func(ctx context.Context) error {
		cancel()
		gentle, cancelGentle := context.WithTimeout(ctx, 2*time.Second)
		defer cancelGentle()
		if err := server.Shutdown(gentle); err != nil { // such as an event stream, which has no end
			_ = server.Close()
		}
		<-done
		return nil
	})
}

// announce tells other commands where everything is.
func (s *System) announce(data *dataDir) error {
	s.onStop(func(context.Context) error { return data.removeState() })
	return data.writeState(State{
		PID:                  os.Getpid(),
		BaseURL:              s.BaseURL,
		UsersDatabaseURL:     string(s.UsersDatabaseURL),
		OrdersDatabaseURL:    string(s.OrdersDatabaseURL),
		InventoryDatabaseURL: string(s.InventoryDatabaseURL),
		RedisURL:             string(s.redisURL),
		ReconcileGrace:       s.ReconcileGrace,
	})
}

func (s *System) onStop(f func(context.Context) error) { s.closers = append(s.closers, f) }

// Stop stops everything, last started first, and leaves no process. When ctx
// ends it does not wait for running requests any more.
func (s *System) Stop(ctx context.Context) error {
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i](ctx))
	}
	s.closers = nil
	return errors.Join(errs...)
}

// StopService stops one service and leaves the others running.
func (s *System) StopService(ctx context.Context, name string) error {
	return s.services[name].halt(ctx)
}

// StartService starts a service that was stopped, at its old address.
func (s *System) StartService(ctx context.Context, name string) error {
	service := s.services[name]
	if err := service.start(ctx, s.failed); err != nil {
		return err
	}
	service.settle(ctx)
	return nil
}

// Failed tells when a part stops without having been asked to.
func (s *System) Failed() <-chan error { return s.failed }

// database is where the URL of a service's database stands.
func (s *System) database(service string) *kit.Secret {
	return map[string]*kit.Secret{
		"users":     &s.UsersDatabaseURL,
		"orders":    &s.OrdersDatabaseURL,
		"inventory": &s.InventoryDatabaseURL,
	}[service]
}
