package events_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

// idle are many streams that are open.
type idle struct {
	conns   []net.Conn
	reading sync.WaitGroup
	beats   chan int // numbers of streams that had a heartbeat
	errs    chan error
}

// openIdle opens n streams of as many users. The tokens are made beforehand.
func openIdle(tb testing.TB, address string, n int) *idle {
	tb.Helper()
	i := &idle{beats: make(chan int, 16*n), errs: make(chan error, n), conns: make([]net.Conn, n)}
	tb.Cleanup(func() {
		for _, conn := range i.conns {
			if conn != nil {
				_ = conn.Close()
			}
		}
		i.reading.Wait()
	})
	tokens := kit.NewTokens(kittest.Secret, time.Now)
	places := make(chan struct{}, 32)
	var opening sync.WaitGroup
	failed := make(chan error, n)
	for number := range n {
		places <- struct{}{}
		opening.Go(func() {
			defer func() { <-places }()
			if err := i.open(tokens, address, number); err != nil {
				failed <- err
			}
		})
	}
	opening.Wait()
	select {
	case err := <-failed:
		tb.Fatalf("%d of %d streams cannot be opened: %v", len(failed)+1, n, err)
	default:
	}
	return i
}

func (i *idle) open(tokens *kit.Tokens, address string, number int) error {
	token, err := tokens.Issue(int64(number+1), "a@example.com", kit.RoleUser, fmt.Sprint("S-", number))
	if err != nil {
		return err
	}
	conn, err := net.DialTimeout("tcp", address, kittest.Deadline)
	if err != nil {
		return err
	}
	i.conns[number] = conn
	if _, err := fmt.Fprintf(conn, "GET /orders/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", token); err != nil {
		return err
	}
	lines := bufio.NewReaderSize(conn, 512)
	status, err := lines.ReadString('\n')
	if err != nil || !strings.HasPrefix(status, "HTTP/1.1 200 ") {
		return fmt.Errorf("answered %q (%w)", status, err)
	}
	i.reading.Go(func() {
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				i.errs <- err
				return
			}
			if strings.HasPrefix(line, ": ") {
				i.beats <- number
			}
		}
	})
	return nil
}

// wantBeats waits until every stream has had another heartbeat.
func (i *idle) wantBeats(tb testing.TB) {
	tb.Helper()
	deadline := time.After(2 * kittest.Deadline)
	seen := map[int]bool{}
	for len(seen) < len(i.conns) {
		select {
		case number := <-i.beats:
			seen[number] = true
		case err := <-i.errs:
			tb.Fatalf("a stream has ended: %v", err)
		case <-deadline:
			tb.Fatalf("only %d of %d streams had a heartbeat", len(seen), len(i.conns))
		}
	}
}

// wantEnds waits until every stream has ended, none of them cut.
func (i *idle) wantEnds(tb testing.TB) {
	tb.Helper()
	i.reading.Wait()
	for range i.conns {
		if err := <-i.errs; !errors.Is(err, io.EOF) {
			tb.Fatalf("a stream was cut: %v", err)
		}
	}
}

func TestStreams_ManyEndCleanlyWithTheService(t *testing.T) {
	t.Parallel()
	w := start(t, 1, func(w *world) { w.settings.Heartbeat = 200 * time.Millisecond })
	const n = 500
	all := openIdle(t, strings.TrimPrefix(w.replicas[0].Base, "http://"), n)
	all.wantBeats(t)
	if open := w.open(0); open != n {
		t.Errorf("%d streams are open, want %d", open, n)
	}
	w.stops[0]() // returns when nothing of the service is left
	all.wantEnds(t)
	if ended := w.ended(0, "stopped"); ended != n || w.open(0) != 0 {
		t.Errorf("%d streams ended with the service, want %d; %d are open", ended, n, w.open(0))
	}
}

// TestStreams_LeaveNothingBehind is not parallel: it looks at all goroutines.
func TestStreams_LeaveNothingBehind(t *testing.T) {
	w := start(t, 1, func(w *world) { w.settings.Heartbeat = 160 * time.Millisecond })
	running := func() int {
		var text strings.Builder
		if err := pprof.Lookup("goroutine").WriteTo(&text, 2); err != nil {
			t.Fatal(err)
		}
		return strings.Count(text.String(), "orders/events.(*Hub).begin.func") + strings.Count(text.String(), "orders/events.(*Hub).queue.func")
	}
	const n = 50
	for range 3 {
		all := openIdle(t, strings.TrimPrefix(w.replicas[0].Base, "http://"), n)
		all.wantBeats(t)
		if got := running(); got < n {
			t.Fatalf("%d goroutines are seen for %d streams; they are called something else", got, n)
		}
		for _, conn := range all.conns {
			_ = conn.Close()
		}
		kittest.Eventually(t, "nothing is left", func() bool { return running() == 0 && w.open(0) == 0 })
	}
}

// BenchmarkEventStreams measures what 10,000 idle event streams cost the orders
// service: its own binary, in a process of its own, all heartbeats included.
//
//	go test -run '^$' -bench EventStreams -benchtime 1x ./services/orders/events
func BenchmarkEventStreams(b *testing.B) {
	const n = 10_000
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil || files.Cur < n+100 {
		b.Skipf("so many connections need more open files: ulimit -n is %d (%v)", files.Cur, err)
	}
	for b.Loop() {
		b.StopTimer()
		service := startBinary(b)
		before := service.memory(b)
		b.StartTimer()
		all := openIdle(b, service.address, n)
		b.StopTimer()
		all.wantBeats(b)
		all.wantBeats(b)
		after := service.memory(b)
		began := time.Now()
		service.stop(b)
		all.wantEnds(b)
		b.ReportMetric(float64(before)/1e6, "MB-before")
		b.ReportMetric(float64(after)/1e6, "MB-open")
		b.ReportMetric(float64(after-before)/n, "bytes/stream")
		b.ReportMetric(time.Since(began).Seconds(), "s-to-stop")
		b.StartTimer()
	}
}

// binary is the orders service in a process of its own.
type binary struct {
	address string
	cmd     *exec.Cmd
	ended   chan error
}

func startBinary(b *testing.B) *binary {
	b.Helper()
	path := filepath.Join(b.TempDir(), "orders")
	if out, err := exec.Command("go", "build", "-o", path, "microdemo/cmd/orders").CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	others := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // all that they are asked
		if r.URL.Path == "/users/revocations" {
			_, _ = io.WriteString(w, `{"last":0,"revoked":[]}`)
		} else {
			_, _ = io.WriteString(w, `[]`)
		}
	}))
	b.Cleanup(others.Close)
	l := kittest.Listen(b)
	s := &binary{address: l.Addr().String(), ended: make(chan error, 1)}
	s.cmd = exec.Command(path)
	s.cmd.Env = []string{
		"ADDR=" + s.address, "ADMIN_ADDR=127.0.0.1:0", "DATABASE_URL=" + string(kittest.Database(b)), "REDIS_URL=" + string(kittest.Redis(b)),
		"JWT_SECRET_KEY=" + string(kittest.Secret), "USERS_URL=" + others.URL, "INVENTORY_URL=" + others.URL, "SHUTDOWN_DELAY=0s", "LOG_LEVEL=WARN",
	}
	s.cmd.Stderr = os.Stderr
	_ = l.Close() // another process could take the port now, and then the start fails
	if err := s.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	go func() { s.ended <- s.cmd.Wait() }()
	b.Cleanup(func() { _ = s.cmd.Process.Kill() }) // it has ended, unless something failed
	service := kittest.Client{Base: "http://" + s.address}
	kittest.Eventually(b, "the service is ready", func() bool {
		a, err := service.Try(http.MethodGet, "/orders/readyz", nil)
		return err == nil && a.Status == http.StatusOK
	})
	return s
}

// memory is how much memory the process holds, in bytes (proc(5), VmRSS).
func (s *binary) memory(b *testing.B) int64 {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		b.Skipf("where there is no /proc, the memory of a process cannot be seen: %v", err)
	}
	_, rest, _ := strings.Cut(string(raw), "VmRSS:")
	kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return kb * 1024
}

// stop ends it as Kubernetes would, and waits until it has ended well.
func (s *binary) stop(b *testing.B) {
	b.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.Context(), kittest.Deadline)
	defer cancel()
	select {
	case err := <-s.ended:
		if err != nil {
			b.Fatalf("the service ended with %v", err)
		}
	case <-ctx.Done():
		b.Fatal("the service does not end")
	}
}
