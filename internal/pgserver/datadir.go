package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/sethvargo/go-retry"
)

// majorOf returns the major version of the PostgreSQL that made a data folder, or 0 if
// there is no data yet.
func majorOf(dataDir string) (int, error) {
	text, err := os.ReadFile(filepath.Join(dataDir, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		entries, err := os.ReadDir(dataDir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, fmt.Errorf("data folder: %w", err)
		}
		if len(entries) > 0 {
			return 0, fmt.Errorf("%s has files but is not a PostgreSQL data folder: move it away", dataDir)
		}
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("data folder: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("data folder: cannot read a version in %s", filepath.Join(dataDir, "PG_VERSION"))
	}
	return major, nil
}

// initialize creates a cluster beside dataDir and renames it, so that a killed initdb
// leaves no incomplete one.
func initialize(ctx context.Context, o Options, i install, id identity, dataDir string) error {
	o.Step(fmt.Sprintf("preparing the data folder of PostgreSQL %d", i.major))
	fresh := dataDir + ".new"
	// With C.UTF-8, lower() works for all alphabets, as on Kubernetes; with C, which
	// every system has, for ASCII only.
	err := initdb(ctx, i, id, fresh, "C.UTF-8")
	if err != nil && ctx.Err() == nil {
		err = initdb(ctx, i, id, fresh, "C")
	}
	if err != nil {
		return fmt.Errorf("prepare the data folder: %w", id.explain(err))
	}
	if err := os.Rename(fresh, dataDir); err != nil {
		return fmt.Errorf("prepare the data folder: %w", err)
	}
	return nil
}

func initdb(ctx context.Context, i install, id identity, fresh, ctype string) error {
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("unfinished data folder: %w", err)
	}
	// No passwords (trust): only users who may enter the socket's folder can connect.
	cmd := exec.CommandContext(ctx, i.initdb(), "--pgdata="+fresh, "--no-sync",
		"--encoding=UTF8", "--locale=C", "--lc-ctype="+ctype, "--auth=trust", "--username="+superuser)
	cmd.Env = environment()
	if err := id.apply(cmd); err != nil {
		return err
	}
	_, err := output(cmd)
	return err
}

// environment is that of this process, without variables that change the behaviour of
// PostgreSQL, and with messages in English for lastProblem.
func environment() []string {
	env := []string{"LC_ALL=C"}
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "PG") && !strings.HasPrefix(entry, "LC_") && !strings.HasPrefix(entry, "LANG") {
			env = append(env, entry)
		}
	}
	return env
}

// stopOld stops a postmaster that outlived a killed parent. The caller holds the
// folder's lock, so no other microdemo uses it.
func stopOld(ctx context.Context, o Options, dataDir string) error {
	file := filepath.Join(dataDir, "postmaster.pid")
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("find an old PostgreSQL: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || pid <= 1 {
		return nil // PostgreSQL itself reports what is wrong with its file
	}

	if !runsOn(pid, dataDir) {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return nil // PostgreSQL removes the file, after looking for orphaned backends
		}
		// The pid belongs to another program now, and PostgreSQL would refuse to
		// start because of it.
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove a stale postmaster.pid: %w", err)
		}
		return nil
	}

	o.Log.Warn("stopping the PostgreSQL of an earlier run", "pid", pid, "dir", dataDir)
	o.Step("stopping the PostgreSQL of an earlier run")
	ended := make(chan struct{})
	watch, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	go func() {
		poll(watch, func() bool { return !runsOn(pid, dataDir) })
		close(ended)
	}()
	return shutdown(ctx, func(s os.Signal) error { return syscall.Kill(pid, s.(syscall.Signal)) }, ended)
}

// poll waits until yes returns true, and returns false if ctx ends before.
func poll(ctx context.Context, yes func() bool) bool {
	return retry.Do(ctx, retry.NewConstant(25*time.Millisecond), func(context.Context) error {
		if yes() {
			return nil
		}
		return retry.RetryableError(errors.New("not yet"))
	}) == nil
}
