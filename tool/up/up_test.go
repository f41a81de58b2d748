package up_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/tool"
	"microdemo/tool/up"
)

// options are those of a system with a PostgreSQL of its own.
func options(t *testing.T) up.Options {
	t.Helper()
	return up.Options{Addr: "127.0.0.1:0", Data: t.TempDir(), NoSync: true}
}

// withDatabases are options with the databases of the tests' server: starting one
// more PostgreSQL takes seconds.
func withDatabases(t *testing.T) up.Options {
	t.Helper()
	o := options(t)
	o.Databases = tool.Databases{Users: kittest.Database(t), Orders: kittest.Database(t), Inventory: kittest.Database(t)}
	return o
}

func startSystem(t *testing.T) *up.System {
	t.Helper()
	return startWith(t, withDatabases(t))
}

func startWith(t *testing.T, o up.Options) *up.System {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), kittest.Deadline)
	defer cancel()
	system, err := up.Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, system) })
	return system
}

func stop(t *testing.T, system *up.System) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), kittest.Deadline)
	defer cancel()
	if err := system.Stop(ctx); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// signIn is a client that is signed in as one of the demo users.
func signIn(t *testing.T, base, email string) kittest.Client {
	t.Helper()
	var answer struct {
		Token   string `json:"access_token"`
		Type    string `json:"token_type"`
		Expires int    `json:"expires_in"`
		Refresh string `json:"refresh_token"`
	}
	client := kittest.Client{Base: base}
	client.Do(t, "POST", "/users/login", map[string]string{"email": email, "password": "password123"}).Want(http.StatusOK).Into(&answer)
	return client.As(answer.Token)
}

func TestStart_EverythingIsHealthyThroughTheGateway(t *testing.T) {
	t.Parallel()
	system := startWith(t, options(t))
	client := kittest.Client{Base: system.BaseURL}
	for _, address := range []string{"/healthz", "/users/healthz", "/orders/healthz", "/inventory/healthz", "/users/readyz", "/orders/readyz", "/inventory/readyz", "/users/docs", "/orders/openapi.json", "/"} {
		client.Do(t, "GET", address, nil).Want(http.StatusOK)
	}
	client.Do(t, "GET", "/inventory/reservations?unconfirmed_for=1s", nil).WantProblem(http.StatusNotFound, "")
	client.Do(t, "GET", "/metrics", nil).WantProblem(http.StatusNotFound, "")

	state, err := up.ReadState(system.Data)
	if err != nil {
		t.Fatal(err)
	}
	want := up.State{
		PID: os.Getpid(), BaseURL: system.BaseURL, Databases: system.Databases, RedisURL: state.RedisURL, ReconcileGrace: 30 * time.Second,
	}
	if !strings.HasPrefix(string(state.RedisURL), "redis://") {
		t.Error("the state lacks the URL of Redis")
	}
	if diff := cmp.Diff(want, state); diff != "" {
		t.Errorf("the state for other commands (-want +got):\n%s", diff)
	}
	wantPrivate(t, filepath.Join(system.Data, "up.json"))
}

func wantPrivate(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("%s has the mode %v", path, mode)
	}
}

func TestStart_KeepsDataAndKey(t *testing.T) {
	t.Parallel()
	o := options(t)
	first := startWith(t, o)
	if _, err := first.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	bob := signIn(t, first.BaseURL, "bob@example.com")
	wantPrivate(t, filepath.Join(first.Data, "jwt-secret"))
	if len(first.JWTSecretKey) < 32 {
		t.Errorf("the key has %d bytes", len(first.JWTSecretKey))
	}
	stop(t, first)
	if _, err := up.ReadState(first.Data); err == nil {
		t.Error("the state is still there after the stop")
	}

	second := startWith(t, o)
	kittest.Client{Base: second.BaseURL, Token: bob.Token}.Do(t, "GET", "/orders/ORD-001", nil).Want(http.StatusOK)
	stop(t, second)

	note := filepath.Join(o.Data, "note.txt")
	if err := os.WriteFile(note, []byte("not of microdemo"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Fresh = true
	third := startWith(t, o)
	if _, err := os.Stat(note); err != nil {
		t.Errorf("--fresh deleted a file that up did not write: %v", err)
	}
	if third.JWTSecretKey == second.JWTSecretKey {
		t.Error("--fresh kept the key: tokens of deleted users would be valid for new ones")
	}
	kittest.Client{Base: third.BaseURL}.Do(t, "POST", "/users/login", map[string]string{"email": "bob@example.com", "password": "password123"}).
		WantProblem(http.StatusUnauthorized, "")
}

func TestStart_UsesTheKeyItIsGiven(t *testing.T) {
	t.Parallel()
	o := withDatabases(t)
	o.JWTSecretKey = kittest.Secret
	system := startWith(t, o)
	if _, err := os.Stat(filepath.Join(o.Data, "jwt-secret")); err == nil {
		t.Error("a key was generated")
	}
	kittest.Client{Base: system.BaseURL, Token: kittest.Token(t, 1, kit.RoleAdmin)}.Do(t, "GET", "/inventory/", nil).Want(http.StatusOK)
}

func TestStart_UsesDatabasesItIsGiven(t *testing.T) {
	t.Parallel()
	o := withDatabases(t)
	o.RedisURL = kittest.Redis(t)
	system := startWith(t, o)
	if postgresOf(system.Data) != 0 {
		t.Error("a PostgreSQL was started")
	}
	if _, err := system.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	signIn(t, system.BaseURL, "bob@example.com").Do(t, "GET", "/orders/ORD-001", nil).Want(http.StatusOK)
}

func TestStart_ReportsInOneSentenceWhatIsWrong(t *testing.T) {
	t.Parallel()
	busy := kittest.Listen(t)
	t.Cleanup(func() { _ = busy.Close() })
	foreign, file := t.TempDir(), filepath.Join(t.TempDir(), "file")
	for _, path := range []string{filepath.Join(foreign, "thesis.tex"), file} {
		if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		change func(*up.Options)
		want   string
	}{
		"a port in use":                 {func(o *up.Options) { o.Addr = busy.Addr().String() }, `^127\.0\.0\.1:\d+ is in use; choose another with --addr$`},
		"not an address":                {func(o *up.Options) { o.Addr = "8080" }, `^--addr 8080 is not an address such as 127\.0\.0\.1:8080$`},
		"a port too large":              {func(o *up.Options) { o.Addr = "127.0.0.1:99999" }, `^--addr 127.0.0.1:99999 is not an address such as`},
		"an address of another machine": {func(o *up.Options) { o.Addr = "192.0.2.1:0" }, `^192\.0\.2\.1:0 is not an address of this machine; choose`},
		"a short key":                   {func(o *up.Options) { o.JWTSecretKey = "short" }, `^JWT_SECRET_KEY is shorter than 32 bytes$`},
		"not a Redis URL":               {func(o *up.Options) { o.RedisURL = "http://:hunter2@x" }, `^--redis-url is not a Redis URL such as redis://localhost:6379$`},
		"not a database URL":            {func(o *up.Options) { o.Databases.Orders = "postgres://u:hunter2@h:port/x" }, `^--orders-database-url is not a PostgreSQL URL such as \S+$`},
		"one database for two": {
			func(o *up.Options) {
				o.Databases.Users, o.Databases.Orders = "postgres://u:hunter2@h/x", "postgres://u:hunter2@h/x"
			},
			`^users and orders need a database each, but their URLs are the same$`,
		},
		"an unreachable database": {
			func(o *up.Options) {
				url := kit.Secret("postgres://u:hunter2@127.0.0.1:1/")
				o.Databases = tool.Databases{Users: url + "u", Orders: url + "o", Inventory: url + "i"}
			},
			`^start \w+: its database does not answer, .*connection refused$`,
		},
		"a folder with other files":     {func(o *up.Options) { o.Data = foreign }, `holds files that do not belong to microdemo; choose another with --data$`},
		"with other files, and --fresh": {func(o *up.Options) { o.Data, o.Fresh = foreign, true }, `holds files that do not belong to microdemo; choose another with --data$`},
		"a folder that is a file":       {func(o *up.Options) { o.Data = file }, `cannot be used: not a directory; choose another with --data$`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			test.change(&o)
			_, err := up.Start(t.Context(), o)
			if err == nil {
				t.Fatal("started")
			}
			if got := err.Error(); !regexp.MustCompile(test.want).MatchString(got) || strings.Contains(got, "\n") || strings.Contains(got, "hunter2") {
				t.Errorf("returned %q, want %s", got, test.want)
			}
		})
	}
	t.Cleanup(func() {
		if _, err := os.Stat(filepath.Join(foreign, "thesis.tex")); err != nil {
			t.Error("the other file is gone")
		}
	})
}

func TestStart_RefusesAFolderInUse(t *testing.T) {
	t.Parallel()
	o := withDatabases(t)
	first := startWith(t, o)
	for _, fresh := range []bool{false, true} {
		o.Fresh = fresh
		_, err := up.Start(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), "is in use by the microdemo at "+first.BaseURL) {
			t.Errorf("returned %v", err)
		}
	}
	kittest.Client{Base: first.BaseURL}.Do(t, "GET", "/users/readyz", nil).Want(http.StatusOK)
}

func TestSystem_RecoversWhenPostgresIsKilled(t *testing.T) {
	t.Parallel()
	o := options(t)
	system := startWith(t, o)
	if _, err := system.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	bob := signIn(t, system.BaseURL, "bob@example.com")
	old := postgresOf(system.Data)
	if err := syscall.Kill(old, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	kittest.Eventually(t, "another PostgreSQL runs", func() bool {
		pid := postgresOf(system.Data)
		return pid != 0 && pid != old
	})
	kittest.Eventually(t, "orders can be read and placed", func() bool {
		read := bob.Do(t, "GET", "/orders/ORD-001", nil)
		placed := bob.Do(t, "POST", "/orders/", map[string]any{"items": []any{map[string]any{"sku": "SKU-001", "quantity": 1}}})
		return read.Status == http.StatusOK && placed.Status == http.StatusCreated
	})
}

func TestDefaultData_FollowsTheXDGSpecification(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", "relative")
	t.Setenv("HOME", "/home/someone")
	dir, err := up.DefaultData()
	if err != nil || !strings.HasPrefix(dir, "/home/someone/") || !strings.HasSuffix(dir, "/microdemo") {
		t.Errorf("%q, %v", dir, err)
	}
	t.Setenv("XDG_DATA_HOME", "/data")
	if dir, err := up.DefaultData(); dir != "/data/microdemo" || err != nil {
		t.Errorf("%q, %v", dir, err)
	}
}
