package pgserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// process is a started program.
type process struct {
	*os.Process
	done chan struct{} // closed when it has ended
	err  error         // of its end; read after done
}

// start starts a program that dies with this process, even if this process is killed
// (Linux only). The kernel watches the thread that forked, so the thread is kept as
// long as the program runs.
func start(cmd *exec.Cmd, onParentDeath syscall.Signal) (*process, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	signalOnParentDeath(cmd.SysProcAttr, onParentDeath)

	p := &process{done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		p.Process = cmd.Process
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// output runs a short program and returns its output. The error of a failed one
// includes its last error message.
func output(cmd *exec.Cmd) (string, error) {
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	cmd.WaitDelay = 2 * time.Second // a grandchild may hold the pipes open
	p, err := start(cmd, syscall.SIGKILL)
	if err != nil {
		return "", err
	}
	<-p.done
	if p.err != nil {
		if why := lastProblem(messages.String()); why != "" {
			return "", fmt.Errorf("%s (%w)", why, p.err)
		}
		return "", p.err
	}
	return out.String(), nil
}

// shutdownModes are those of the postmaster, mildest first, and how long each may take.
// An immediate shutdown kills the backends after 5 seconds.
func shutdownModes() []shutdownMode {
	return []shutdownMode{
		{"fast", syscall.SIGINT, 15 * time.Second},
		{"immediate", syscall.SIGQUIT, 7 * time.Second},
		{"kill", syscall.SIGKILL, 5 * time.Second},
	}
}

type shutdownMode struct {
	name     string
	signal   syscall.Signal
	patience time.Duration
}

// shutdown stops a postmaster, more forcefully each time. When ctx ends it goes on to
// the next mode at once, and returns only after the process has ended.
func shutdown(ctx context.Context, signal func(os.Signal) error, gone <-chan struct{}) error {
	hurry := ctx.Done()
	for _, mode := range shutdownModes() {
		if err := signal(mode.signal); err != nil && !errors.Is(err, os.ErrProcessDone) && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("%s shutdown of PostgreSQL: %w", mode.name, err)
		}
		timeout := time.NewTimer(mode.patience)
		select {
		case <-gone:
			timeout.Stop()
			return nil
		case <-hurry:
			hurry = nil
		case <-timeout.C:
		}
		timeout.Stop()
	}
	return errors.New("PostgreSQL does not end, even when killed")
}
