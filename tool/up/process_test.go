package up_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"microdemo/kit/kittest"
	"microdemo/tool/up"
)

const upIn = "MICRODEMO_TEST_UP_IN"

// TestMain also runs the test binary as an up that can be killed.
func TestMain(m *testing.M) {
	if data := os.Getenv(upIn); data != "" {
		// The process ends with this: no need to stop listening.
		ctx, _ := signal.NotifyContext(context.Background(), os.Interrupt)
		if err := up.Run(ctx, up.Options{Addr: "127.0.0.1:0", Data: data, Seed: true, Out: os.Stdout}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	kittest.Main(m)
}

// child is an up in a process of its own.
type child struct {
	*exec.Cmd
	base   string
	output *strings.Builder
	ended  chan struct{} // closed when its output has ended
}

func startChild(t *testing.T, data string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), upIn+"="+data)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })

	c := &child{Cmd: cmd, output: &strings.Builder{}, ended: make(chan struct{})}
	ready := make(chan string, 1)
	go func() {
		defer close(c.ended)
		defer close(ready)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			c.output.WriteString(lines.Text() + "\n")
			if _, base, ok := strings.Cut(lines.Text(), "microdemo is ready at "); ok {
				ready <- base
			}
		}
	}()
	if c.base = <-ready; c.base == "" {
		t.Fatalf("up did not start: %s", c.output)
	}
	return c
}

// postgresOf is the process id of the PostgreSQL of a data folder, or 0.
func postgresOf(data string) int {
	raw, _ := os.ReadFile(filepath.Join(data, "pgdata", "postmaster.pid"))
	line, _, _ := strings.Cut(string(raw), "\n")
	pid, _ := strconv.Atoi(line)
	return pid
}

// gone reports whether a process has ended, even if its parent has not waited for it.
func gone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func TestUp_ComesBackAfterItWasKilled(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	first := startChild(t, data)
	bob := signIn(t, first.base, "bob@example.com")
	placed := bob.Do(t, "POST", "/orders/", map[string]any{"id": "ORD-002", "items": []any{map[string]any{"sku": "SKU-001", "quantity": 1}}})
	placed.Want(http.StatusCreated)
	postgres := postgresOf(data)
	if postgres == 0 {
		t.Fatal("no PostgreSQL runs")
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-first.ended
	_ = first.Wait()
	if runtime.GOOS == "linux" { // elsewhere the next up stops it
		kittest.Eventually(t, "PostgreSQL died with its parent", func() bool { return gone(postgres) })
	}

	second := startChild(t, data)
	signIn(t, second.base, "bob@example.com").Do(t, "GET", "/orders/ORD-002", nil).Want(http.StatusOK)
}

func TestUp_StopsWhenInterruptedAndLeavesNothing(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	up := startChild(t, data)
	postgres := postgresOf(data)
	if postgres == 0 {
		t.Fatal("no PostgreSQL runs")
	}
	if err := up.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-up.ended
	if err := up.Wait(); err != nil {
		t.Errorf("up ended with %v", err)
	}
	if runtime.GOOS == "linux" && !gone(postgres) {
		t.Errorf("PostgreSQL still runs")
	} else if runtime.GOOS != "linux" && syscall.Kill(postgres, 0) == nil {
		t.Errorf("PostgreSQL still runs")
	}
	for _, want := range []string{"PostgreSQL", "Redis (in process)", "users", "orders", "inventory", "demo data", "admin@test.com", data, "stopped"} {
		if !strings.Contains(up.output.String(), want) {
			t.Errorf("the output lacks %q:\n%s", want, up.output)
		}
	}
}
