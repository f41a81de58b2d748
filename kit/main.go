package kit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/sethvargo/go-retry"
)

// Configured is the configuration of a service: it embeds Settings.
type Configured interface{ Common() Settings }

// Common implements Configured.
func (s Settings) Common() Settings { return s }

// Main is the main function of a service binary: it reads the environment,
// builds the service and serves until SIGTERM or SIGINT; if any of that fails, it
// exits with 1. An interrupt, or a second signal, skips the shutdown delay.
func Main[C Configured](name string, build func(context.Context, C, Env) (*Service, error)) {
	config, err := Load[C](os.Environ())
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s cannot start:\n  %s\n", name, strings.ReplaceAll(err.Error(), "\n", "\n  "))
		os.Exit(1)
	}
	log := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: config.Common().LogLevel})).With("service", name)
	if err := run(config, NewEnv(log), build); err != nil {
		log.Error("stopped", "error", err)
		os.Exit(1)
	}
}

func run[C Configured](config C, env Env, build func(context.Context, C, Env) (*Service, error)) error {
	ctx, stopNow, release := untilSignalled()
	defer release()
	settings := config.Common()
	service, err := buildPatiently(ctx, config, env, build)
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

// untilSignalled returns a context that the first signal ends, and a channel that
// an interrupt or the second signal closes.
func untilSignalled() (ctx context.Context, stopNow <-chan struct{}, release func()) {
	signals, now := make(chan os.Signal, 2), make(chan struct{})
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		if <-signals == syscall.SIGTERM {
			stop()
			<-signals
		}
		close(now)
		stop()
	}()
	return ctx, now, stop
}

// buildPatiently calls build until the database answers or a minute has passed: in
// a cluster a service may start before its database.
func buildPatiently[C any](ctx context.Context, config C, env Env, build func(context.Context, C, Env) (*Service, error)) (*Service, error) {
	patience := retry.WithMaxDuration(time.Minute, retry.NewConstant(time.Second))
	return retry.DoValue(ctx, patience, func(ctx context.Context) (*Service, error) {
		service, err := build(ctx, config, env)
		if errors.Is(err, ErrDatabaseAway) {
			env.Log.Info("waiting for the database", "error", err)
			return nil, retry.RetryableError(err)
		}
		return service, err
	})
}
