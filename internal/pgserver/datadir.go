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
)

// majorOf returns the PostgreSQL major a data folder was made by, and 0 when
// there is no data yet.
func majorOf(dataDir string) (int, error) {
	text, err := os.ReadFile(filepath.Join(dataDir, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		entries, err := os.ReadDir(dataDir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, fmt.Errorf("data folder: %w", err)
		}
		if len(entries) > 0 {
			return 0, fmt.Errorf("%s holds files but is not a PostgreSQL data folder: move it away", dataDir)
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

// initialize makes an empty cluster beside dataDir and renames it into place,
// so that a killed initdb leaves no half one.
func initialize(ctx context.Context, o Options, i install, id identity, dataDir string) error {
	done := o.during(fmt.Sprintf("preparing the data folder of PostgreSQL %d", i.major))
	defer done()
	fresh := dataDir + ".new"
	// With C.UTF-8 the case of every alphabet is folded, as in a cluster; where
	// the system does not have it, only that of ASCII is.
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
	// No passwords (trust): only who may enter the socket's folder can connect.
	cmd := exec.CommandContext(ctx, i.initdb(), "--pgdata="+fresh, "--no-sync",
		"--encoding=UTF8", "--locale=C", "--lc-ctype="+ctype, "--auth=trust", "--username="+superuser)
	cmd.Env = environment()
	if err := id.apply(cmd); err != nil {
		return err
	}
	_, err := output(cmd)
	return err
}

// environment is ours without what would change PostgreSQL's behaviour, and
// with messages in the language that lastProblem reads.
func environment() []string {
	env := []string{"LC_ALL=C"}
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "PG") && !strings.HasPrefix(entry, "LC_") && !strings.HasPrefix(entry, "LANG") {
			env = append(env, entry)
		}
	}
	return env
}

// stopOld ends a postmaster that outlived a killed parent. The caller holds the
// folder's lock, so no other microdemo is using it.
func stopOld(ctx context.Context, o Options, dataDir string) error {
	file := filepath.Join(dataDir, "postmaster.pid")
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("look for an old PostgreSQL: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || pid <= 1 {
		return nil // PostgreSQL says best what is wrong with its file
	}

	if !runsOn(pid, dataDir) {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return nil // PostgreSQL removes the file, after looking for orphaned backends
		}
		// The pid belongs to another program by now, and PostgreSQL would
		// refuse to start because of it.
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove a stale postmaster.pid: %w", err)
		}
		return nil
	}

	o.Log.Warn("stopping a PostgreSQL that an earlier run left", "pid", pid, "dir", dataDir)
	done := o.during("stopping the PostgreSQL of an earlier run")
	defer done()
	ended := make(chan struct{})
	watch, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	go func() {
		poll(watch, func() bool { return !runsOn(pid, dataDir) })
		close(ended)
	}()
	return shutdown(ctx, func(s os.Signal) error { return syscall.Kill(pid, s.(syscall.Signal)) }, ended)
}

// poll asks until the answer is yes; false when ctx ended before.
func poll(ctx context.Context, yes func() bool) bool {
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for !yes() {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}
