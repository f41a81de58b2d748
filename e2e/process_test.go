package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"testing"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/inventory"
	"microdemo/services/orders"
	"microdemo/services/users"
)

// serviceEnv names the service that this test binary is, instead of running
// tests: building a binary of each would take long.
const serviceEnv = "MICRODEMO_E2E_SERVICE"

func TestMain(m *testing.M) {
	switch os.Getenv(serviceEnv) {
	case "users":
		kit.Main("users", users.New)
	case "orders":
		kit.Main("orders", orders.New)
	case "inventory":
		kit.Main("inventory", inventory.New)
	default:
		kittest.Main(m)
	}
}

// process is a service that runs as a process of its own.
type process struct {
	client kittest.Client
	cmd    *exec.Cmd
}

// ordersProcess starts orders as a process on s and waits until it is ready.
func (s *system) ordersProcess() process {
	s.t.Helper()
	return s.process("orders", s.orders.Settings,
		"USERS_URL="+s.orders.UsersURL, "INVENTORY_URL="+s.orders.InventoryURL,
		"RECONCILE_INTERVAL=100ms", "RECONCILE_GRACE=1s", "SHUTDOWN_DELAY=0s")
}

// process starts a service as a process and waits until it is ready.
func (s *system) process(service string, settings kit.Settings, env ...string) process {
	s.t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serviceEnv+"="+service)
	return s.run(cmd, settings, env...)
}

// run starts a service's command and waits until it is ready.
func (s *system) run(cmd *exec.Cmd, settings kit.Settings, env ...string) process {
	s.t.Helper()
	cmd.Env = append(cmd.Env,
		"ADDR=127.0.0.1:0", "ADMIN_ADDR=127.0.0.1:0",
		"DATABASE_URL="+string(settings.DatabaseURL), "REDIS_URL="+string(settings.RedisURL), "JWT_SECRET_KEY="+string(settings.JWTSecretKey),
	)
	cmd.Env = append(cmd.Env, env...)
	logged, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = cmd.Process.Kill() // ended already, or ends now
		_ = cmd.Wait()
	})
	p := process{kittest.Client{Base: "http://" + addressIn(s.t, logged), Token: s.bob.Token}, cmd}
	kittest.Eventually(s.t, "the process is ready", func() bool {
		a, err := p.client.Try("GET", "/readyz", nil)
		return err == nil && a.Status == 200
	})
	return p
}

// addressIn waits until a service's log says where it listens. The log is read
// to its end, or the service would wait for that.
func addressIn(t testing.TB, log io.Reader) string {
	t.Helper()
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		var line struct{ Msg, Addr string }
		if err := json.Unmarshal(lines.Bytes(), &line); err == nil && line.Msg == "ready" {
			go func() { _, _ = io.Copy(io.Discard, log) }()
			return line.Addr
		}
		t.Log(lines.Text())
	}
	t.Fatal("the service has ended before it was ready")
	return ""
}
