package main

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/users"
)

func TestMain(m *testing.M) { kittest.Main(m) }

func TestAdminCreate(t *testing.T) {
	t.Parallel()
	settings := kittest.Settings(t)
	create := func(email, stdin string) (status int, out, problem string) {
		return call(t, string(settings.DatabaseURL), stdin, "admin", "create", "--email", email, "--password-stdin", "--name", "Root")
	}
	if status, out, problem := create("root@example.com", "first-password\r\nsecond line\n"); status != 0 || out == "" {
		t.Fatalf("create: %d %q %q", status, out, problem)
	}
	status, out, problem := create("ROOT@example.com", "other-password\n")
	if status != 0 || !strings.Contains(out, "already exists") {
		t.Errorf("again: %d %q %q", status, out, problem)
	}

	config := kit.Defaults[users.Config]()
	config.Settings = settings
	service, err := users.New(t.Context(), config, kittest.Env(t))
	base, _ := kittest.Serve(t, service, err)
	client := kittest.Client{Base: base}
	login := func(password string) kittest.Answer {
		return client.Do(t, http.MethodPost, "/users/login", map[string]any{"email": "root@example.com", "password": password})
	}
	login("other-password").Want(http.StatusUnauthorized)
	var token struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		ExpiresIn   int    `json:"expires_in"`
		Refresh     string `json:"refresh_token"`
	}
	login("first-password").Want(http.StatusOK).Into(&token)
	root := client.As(token.AccessToken)
	for _, body := range []map[string]any{
		{"name": "U", "email": "user@example.com"},
		{"name": "A", "email": "gone@example.com", "role": "admin"},
	} {
		root.Do(t, http.MethodPost, "/users/", body).Want(http.StatusCreated)
	}
	root.Do(t, http.MethodPut, "/users/3", map[string]any{"is_active": false}).Want(http.StatusOK)
	for _, email := range []string{"user@example.com", "gone@example.com"} {
		wantRefusal(t, email, func() (int, string, string) { return create(email, "some-password\n") })
	}
}

func TestAdminCreate_RefusesBadInputInOneSentence(t *testing.T) {
	t.Parallel()
	url := string(kittest.Database(t))
	for name, c := range map[string]struct {
		url, stdin string
		args       []string
	}{
		"no database":          {"", "password123\n", []string{"admin", "create", "--email", "a@example.com", "--password-stdin"}},
		"bad database URL":     {"http://secret@x", "password123\n", []string{"admin", "create", "--email", "a@example.com", "--password-stdin"}},
		"unreachable database": {"postgres://a:secret@127.0.0.1:1/x", "password123\n", []string{"admin", "create", "--email", "a@example.com", "--password-stdin"}},
		"no e-mail":            {url, "password123\n", []string{"admin", "create", "--password-stdin"}},
		"bad e-mail":           {url, "password123\n", []string{"admin", "create", "--email", "a", "--password-stdin"}},
		"no --password":        {url, "password123\n", []string{"admin", "create", "--email", "a@example.com"}},
		"no password":          {url, "", []string{"admin", "create", "--email", "a@example.com", "--password-stdin"}},
		"short password":       {url, "secret\nand more\n", []string{"admin", "create", "--email", "a@example.com", "--password-stdin"}},
		"password as a flag":   {url, "", []string{"admin", "create", "--email", "a@example.com", "--password=secret123"}},
		"blank name":           {url, "password123\n", []string{"admin", "create", "--email", "a@example.com", "--password-stdin", "--name", " "}},
		"no such subcommand":   {url, "", []string{"admin", "destroy"}},
		"no such command":      {url, "", []string{"serve"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, "secret", func() (int, string, string) { return call(t, c.url, c.stdin, c.args...) })
		})
	}
	if status, out, _ := call(t, "", "", "--help"); status != 0 || !strings.Contains(out, "admin create") {
		t.Errorf("--help: %d %q", status, out)
	}
}

func call(t *testing.T, databaseURL, stdin string, args ...string) (status int, out, problem string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), kittest.Deadline)
	defer cancel()
	getenv := func(name string) string { return map[string]string{"DATABASE_URL": databaseURL}[name] }
	var stdout, stderr bytes.Buffer
	status = run(ctx, args, getenv, strings.NewReader(stdin), &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

func wantRefusal(t *testing.T, what string, do func() (int, string, string)) {
	t.Helper()
	status, out, problem := do()
	if status != 1 || out != "" || strings.Count(problem, "\n") != 1 || strings.Contains(problem, "secret") && what == "secret" {
		t.Errorf("%s: %d %q %q, want 1 and one line on stderr", what, status, out, problem)
	}
}
