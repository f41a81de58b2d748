package e2e

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"microdemo/kit/kittest"
)

// gatewayConf holds the configuration that the ConfigMap is made of.
const gatewayConf = "../k8s/base/gateway"

// throughNGINX tells whether the journeys go through the cluster's gateway, a
// real nginx, instead of the one in Go.
func throughNGINX() bool { return os.Getenv("MICRODEMO_E2E_GATEWAY") == "nginx" }

func onlyThroughGo(t testing.TB) {
	t.Helper()
	if throughNGINX() {
		t.Skip("it is the same through either gateway")
	}
}

// onlyThroughNGINX skips a test that needs NGINX, or that the race detector would
// only slow down.
func onlyThroughNGINX(t testing.TB) {
	t.Helper()
	if !throughNGINX() {
		t.Skip("runs with MICRODEMO_E2E_GATEWAY=nginx")
	}
}

// needNGINX gives the path of nginx. Where there is none the test is skipped,
// but with CI=true it fails.
func needNGINX(t testing.TB) string {
	t.Helper()
	bin, err := exec.LookPath("nginx")
	if err != nil {
		bin, err = exec.LookPath("/usr/sbin/nginx") // where Debian has it, in no user's PATH
	}
	switch {
	case err != nil && os.Getenv("CI") == "true":
		t.Fatal("nginx is not installed")
	case err != nil:
		t.Skip("nginx is not installed; without it, nothing is known about the gateway of the cluster")
	}
	return bin
}

// backends are where the services are, as host:port.
type backends struct{ users, orders, inventory, web string }

// edit replaces old, which must be there, with new in the configuration.
type edit struct{ file, old, new string }

// nginxEdits are all that differs from the cluster: addresses, the folder for
// temporary files, and how often one client may sign in, for a test signs in
// many at once.
func nginxEdits(listen, dir string, to backends) []edit {
	return []edit{
		{"nginx.conf", "listen 8080 ", "listen " + listen + " "},
		{"nginx.conf", "/tmp/", dir + "/"},
		{"upstreams.conf", "server users:8000 ", "server " + to.users + " "},
		{"upstreams.conf", "server orders:8000 ", "server " + to.orders + " "},
		{"upstreams.conf", "server inventory:8000 ", "server " + to.inventory + " "},
		{"upstreams.conf", "server web:80 ", "server " + to.web + " "},
		{"settings.conf", "rate=10r/s", "rate=10000r/s"},
		{"settings.conf", "burst=50 ", "burst=10000 "},
	}
}

// startNGINX serves the cluster's gateway on a loopback port until the test
// ends, and gives its base URL.
func startNGINX(t testing.TB, to backends, edits ...edit) string {
	t.Helper()
	bin := needNGINX(t)
	dir := t.TempDir()
	l := kittest.Listen(t)
	defer l.Close()
	addr := l.Addr().String()

	conf := readConf(t)
	for _, e := range append(nginxEdits(addr, dir, to), edits...) {
		if !strings.Contains(conf[e.file], e.old) {
			t.Fatalf("%s does not have %q", e.file, e.old)
		}
		conf[e.file] = strings.ReplaceAll(conf[e.file], e.old, e.new)
	}
	for name, text := range conf {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	// nginx takes over the open port, so that nobody else can have it first.
	socket, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	directives := "daemon off;"
	if os.Getuid() == 0 {
		directives += " user root root;" // another one may not enter the test's folder
	}
	var log bytes.Buffer
	cmd := exec.Command(bin, "-p", dir, "-c", filepath.Join(dir, "nginx.conf"), "-g", directives)
	cmd.Env = append(os.Environ(), "NGINX=3;")
	cmd.ExtraFiles = []*os.File{socket}
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.SetNonblock(int(socket.Fd()), true); err != nil { // nginx expects that of what it takes over
		t.Error(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		if err := <-ended; err != nil || t.Failed() {
			t.Logf("nginx: %v\n%s", err, log.String())
		}
	})
	gateway := kittest.Client{Base: "http://" + addr}
	_ = l.Close()
	_ = socket.Close()
	kittest.Eventually(t, "nginx answers", func() bool {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("nginx has ended: %v", err)
		default:
		}
		_, err := gateway.Try("GET", "/healthz", nil)
		return err == nil
	})
	return gateway.Base
}

// readConf reads the configuration of the cluster's gateway, by file.
func readConf(t testing.TB) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(gatewayConf, "*.conf"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no configuration in %s: %v", gatewayConf, err)
	}
	conf := map[string]string{}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		conf[filepath.Base(path)] = string(raw)
	}
	return conf
}

// serveWeb serves what stands for the web application.
func serveWeb(t testing.TB) (hostport string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintln(w, "<!doctype html><title>microdemo</title>")
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// hostport is where a base URL leads.
func hostport(base string) string { return strings.TrimPrefix(base, "http://") }
