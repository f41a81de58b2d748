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

	"microdemo/kit"
	"microdemo/tool"
	"microdemo/tool/gateway"
	"microdemo/tool/terminal"
)

// System is a whole microdemo, running in this process.
type System struct {
	BaseURL      string // of the gateway
	Data         string // the data folder
	Databases    tool.Databases
	JWTSecretKey kit.Secret

	options  Options
	redisURL kit.Secret
	services map[string]*inProcess
	grace    time.Duration // of the orders service
	failed   chan error
	progress *terminal.Progress
	closers  []func(context.Context) error // in the order of starting
}

// Start starts everything and returns when it serves. ctx bounds the start only;
// the caller must call Stop. Errors are one sentence for the user of the command.
func Start(ctx context.Context, o Options) (*System, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &System{
		Databases: o.Databases,
		options:   o,
		redisURL:  o.RedisURL,
		services:  map[string]*inProcess{},
		failed:    make(chan error, 4), // one for each service and the gateway
		progress:  terminal.New(o.Out),
	}
	if err := s.start(ctx); err != nil {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		return nil, errors.Join(err, s.Stop(stopping))
	}
	return s, nil
}

func (s *System) start(ctx context.Context) error {
	// First what fails most often, before anything slow.
	public, err := listen(s.options.Addr)
	if err != nil {
		return err
	}
	s.onStop(func(context.Context) error {
		_ = public.Close() // already closed if the gateway was started
		return nil
	})
	s.BaseURL = localURL(public).String()

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

	s.onStop(func(context.Context) error { return data.removeState() })
	return data.writeState(State{
		PID: os.Getpid(), BaseURL: s.BaseURL, Databases: s.Databases, RedisURL: s.redisURL, ReconcileGrace: s.grace,
	})
}

func (s *System) startGateway(public net.Listener, logTo io.Writer) {
	log := slog.New(slog.NewJSONHandler(logTo, nil)).With("service", "gateway")
	server := gateway.NewServer(gateway.New(gateway.Config{
		Console:   gateway.Console(),
		Users:     s.services["users"].url,
		Orders:    s.services["orders"].url,
		Inventory: s.services["inventory"].url,
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
		if err := server.Shutdown(gentle); err != nil { // an event stream, which never ends
			_ = server.Close()
		}
		<-done
		return nil
	})
}

func (s *System) onStop(f func(context.Context) error) { s.closers = append(s.closers, f) }

// Stop stops everything, last started first, and leaves no process. When ctx ends
// it no longer waits for running requests.
func (s *System) Stop(ctx context.Context) error {
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i](ctx))
	}
	s.closers = nil
	return errors.Join(errs...)
}

// Failed receives an error when a part stops by itself.
func (s *System) Failed() <-chan error { return s.failed }
