package pgserver

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// parentVar names a folder. With it, the test binary is a program that starts a server
// on the folder, prints its pid and waits to be killed.
const parentVar = "PGSERVER_TEST_PARENT"

func TestMain(m *testing.M) {
	dir := os.Getenv(parentVar)
	if dir == "" {
		os.Exit(m.Run())
	}
	s, err := Start(context.Background(), Options{Dir: dir, NoSync: true})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(s.current().Pid)
	select {}
}

func TestStart_KeepsDataOverAStop(t *testing.T) {
	t.Parallel()
	o := options(t)
	s := startServer(t, o)
	for range 2 { // the second finds it
		if err := s.CreateDatabase(t.Context(), `my "shop"`); err != nil {
			t.Fatal(err)
		}
	}
	conn := connect(t, s, "postgres")
	run(t, conn, "CREATE TABLE kept (n int)")
	run(t, conn, "INSERT INTO kept VALUES (7)")
	pid := s.current().Pid

	stopServer(t, s)
	if runsOn(pid, s.dataDir) {
		t.Errorf("postmaster %d still runs after Stop", pid)
	}
	if _, err := os.Lstat(s.sockets); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("socket folder %s is still there after Stop", s.sockets)
	}

	s = startServer(t, o)
	if got := queryInt(t, connect(t, s, "postgres"), "SELECT n FROM kept"); got != 7 {
		t.Errorf("n = %d after the restart, want 7", got)
	}
	connect(t, s, `my "shop"`)
}

func TestStart_IsPrivateAndDurable(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.NoSync = false
	o.MaxConnections = 23
	s := startServer(t, o)
	conn := connect(t, s, "postgres")
	for setting, want := range map[string]string{
		"listen_addresses": "",
		"max_connections":  "23",
		"fsync":            "on",
		"jit":              "off",
		"TimeZone":         "UTC",
		"server_encoding":  "UTF8",
	} {
		var got string
		if err := conn.QueryRow(t.Context(), "SELECT current_setting($1)", setting).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %q (%v), want %q", setting, got, err, want)
		}
	}
	for _, folder := range []string{o.Dir, s.sockets} {
		if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s is %v (%v), want 0700", folder, info.Mode(), err)
		}
	}
}

func TestServer_IsRestartedWhenKilled(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.NoSync = false
	s := startServer(t, o)
	conn := connect(t, s, "postgres")
	run(t, conn, "CREATE TABLE kept AS SELECT 7 AS n")
	for range 2 {
		pid := s.current().Pid
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a new postmaster that answers", func() bool {
			return s.current().Pid != pid && s.answers(t.Context())
		})
		if got := queryInt(t, connect(t, s, "postgres"), "SELECT n FROM kept"); got != 7 {
			t.Errorf("n = %d after the crash, want 7", got)
		}
	}
}

func TestServer_DiesWithItsParent(t *testing.T) {
	t.Parallel()
	o := options(t)
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentVar+"="+o.Dir)
	parent.Stderr = os.Stderr
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		_ = parent.Process.Kill()
		t.Fatalf("the parent printed %q", line)
	}
	dataDir := filepath.Join(realPath(t, o.Dir), "pgdata")
	if !runsOn(pid, dataDir) {
		t.Errorf("postmaster %d is not recognised", pid)
	}
	if _, err := Start(t.Context(), o); !errors.Is(err, ErrInUse) {
		t.Errorf("Start beside the parent: %v, want ErrInUse", err)
	}

	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	if runtime.GOOS == "linux" {
		eventually(t, "the postmaster to die", func() bool { return !runsOn(pid, dataDir) })
	}
	startServer(t, o)
}

func TestStart_StopsTheServerOfAnEarlierRun(t *testing.T) {
	t.Parallel()
	o := options(t)
	s := startServer(t, o)
	stopServer(t, s)
	left := launchAlone(t, s)

	startServer(t, o)
	select {
	case <-left.done:
	default:
		t.Errorf("old postmaster %d still runs", left.Pid)
	}
}

func TestStart_SparesAnotherProgramWithTheOldPid(t *testing.T) {
	t.Parallel()
	o := options(t)
	s := startServer(t, o)
	stopServer(t, s)
	stale := fmt.Sprintf("%d\n%s\n", os.Getpid(), s.dataDir)
	if err := makeSocketFolder(s.sockets, s.id); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{filepath.Join(s.dataDir, "postmaster.pid"), filepath.Join(s.sockets, socketName+".lock")} {
		if err := os.WriteFile(file, []byte(stale), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	startServer(t, o) // and this test is still alive
}

func TestStart_RefusesAFolderInUse(t *testing.T) {
	t.Parallel()
	o := options(t)
	s := startServer(t, o)
	if _, err := Start(t.Context(), o); !errors.Is(err, ErrInUse) {
		t.Errorf("second Start: %v, want ErrInUse", err)
	}
	if !s.answers(t.Context()) {
		t.Error("the second Start harmed the first server")
	}
}

func TestStart_LongPath(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Dir = filepath.Join(o.Dir, strings.Repeat("long, and longer", 10))
	s := startServer(t, o)
	if strings.HasPrefix(s.sockets, o.Dir) {
		t.Errorf("socket folder %s does not fit an address", s.sockets)
	}
	connect(t, s, "postgres")
}

func TestStart_ReportsWhyPostgresEnds(t *testing.T) {
	t.Parallel()
	o := options(t)
	stopServer(t, startServer(t, o))
	o.MaxConnections = -1
	_, err := Start(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "max_connections") || strings.Contains(err.Error(), "\n") {
		t.Errorf("Start = %v, want one line about max_connections", err)
	}
}

func TestStart_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Start(ctx, options(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("Start = %v, want context.Canceled", err)
	}
}

func TestServer_Concurrently(t *testing.T) {
	t.Parallel()
	s := startServer(t, options(t))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if err := s.CreateDatabase(t.Context(), "same"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for range 2 {
		group.Go(func() {
			if err := s.Stop(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

// launchAlone runs the postmaster of a stopped server as if it had outlived its
// parent.
func launchAlone(t *testing.T, s *Server) *process {
	t.Helper()
	if err := makeSocketFolder(s.sockets, s.id); err != nil {
		t.Fatal(err)
	}
	cmd, err := s.command()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = nil, nil
	p, err := start(cmd, syscall.SIGQUIT)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Kill() })
	eventually(t, "the lone postmaster", func() bool { return s.answers(t.Context()) })
	return p
}

func options(t *testing.T) Options {
	t.Helper()
	log := &logBuffer{}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(log.String())
		}
	})
	return Options{
		Dir:    t.TempDir(),
		NoSync: true,
		Log:    slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func startServer(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopServer(t, s) })
	return s
}

func stopServer(t *testing.T, s *Server) {
	t.Helper()
	if err := s.Stop(context.Background()); err != nil { // the test's context has ended in a cleanup
		t.Error(err)
	}
}

func connect(t *testing.T, s *Server, database string) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig(s.URL(database))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func run(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func queryInt(t *testing.T, conn *pgx.Conn, sql string) (n int) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func eventually(t *testing.T, what string, yes func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if !poll(ctx, yes) {
		t.Fatalf("timed out waiting for %s", what)
	}
}

func realPath(t *testing.T, path string) string {
	t.Helper()
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		t.Fatal(err)
	}
	return real
}
