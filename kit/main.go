package kit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Configured is the configuration of a service: it holds Settings.
type Configured interface{ Common() Settings }

// Common makes every configuration that embeds Settings Configured.
func (s Settings) Common() Settings { return s }

// Main is the main function of a service binary: it reads the environment,
// builds the service, serves until SIGTERM or SIGINT, and exits with 1 if any
// of that fails. An interrupt, or a second signal, skips the shutdown delay.
func Main[C Configured](name string, build func(context.Context, C, Env) (*Service, error)) {
	config, err := Load[C](os.Environ())
	if err != nil {
		PrintProblems(name, err)
		os.Exit(1)
	}
	settings := config.Common()
	log := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: settings.LogLevel})).With("service", name)
	if err := run(config, NewEnv(log), build); err != nil {
		log.Error("stopped", "error", err)
		os.Exit(1)
	}
}

func run[C Configured](config C, env Env, build func(context.Context, C, Env) (*Service, error)) error {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	stopNow := make(chan struct{})
	go func() {
		if <-signals == syscall.SIGTERM {
			stop()
			<-signals
		}
		close(stopNow)
		stop()
	}()

	settings := config.Common()
	service, err := Build(ctx, config, env, build)
	if err != nil {
		return err
	}
	public, err := net.Listen("tcp", settings.Addr)
	if err != nil {
		service.Close()
		return fmt.Errorf("listen on ADDR: %w", err)
	}
	admin, err := net.Listen("tcp", settings.AdminAddr)
	if err != nil {
		service.Close()
		return fmt.Errorf("listen on ADMIN_ADDR: %w", err)
	}
	env.Log.Info("ready", "version", Version(), "addr", public.Addr().String(), "admin_addr", admin.Addr().String())
	return service.Serve(ctx, public, admin, settings.ShutdownDelay, stopNow)
}

// Build calls build until the database answers or a minute has passed: in a
// cluster a service may start before its database.
func Build[C any](ctx context.Context, config C, env Env, build func(context.Context, C, Env) (*Service, error)) (*Service, error) {
	deadline := env.Now().Add(time.Minute)
	for {
		service, err := build(ctx, config, env)
		if err == nil {
			return service, nil
		}
		if !errors.Is(err, ErrDatabaseAway) || env.Now().After(deadline) {
			return nil, err
		}
		env.Log.Info("waiting for the database", "error", err)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}
