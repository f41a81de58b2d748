package users_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/users"
)

func TestMain(m *testing.M) { kittest.Main(m) }

const (
	rootEmail = "root@example.com"
	password  = "password123"
)

// bench is a served users service with one admin.
type bench struct {
	base     kittest.Client // without a token
	root     kittest.Client
	rootID   int64
	settings kit.Settings
	config   users.Config
	env      kit.Env
	people   atomic.Int64
	start    time.Time
	later    atomic.Int64 // how much later it is than start
}

// pass lets time pass for the service. Its clock stands still otherwise.
func (b *bench) pass(d time.Duration) { b.later.Add(int64(d)) }

// replica serves the service once more.
func (b *bench) replica(t *testing.T, env kit.Env) kittest.Client {
	t.Helper()
	service, err := users.New(t.Context(), b.config, env)
	base, _ := kittest.Serve(t, service, err)
	return kittest.Client{Base: base}
}

func setup(t *testing.T) *bench {
	t.Helper()
	return setupWith(t, func(*users.Config) {})
}

// setupWith is setup with another configuration.
func setupWith(t *testing.T, change func(*users.Config)) *bench {
	t.Helper()
	b := &bench{settings: kittest.Settings(t), env: kittest.Env(t), start: time.Now()}
	b.env.Now = func() time.Time { return b.start.Add(time.Duration(b.later.Load())) }
	b.config = kit.Defaults[users.Config]()
	b.config.Settings = b.settings
	b.config.SignInLimit, b.config.SignInAccountLimit, b.config.SignInAddressLimit = "off", "off", "off"
	change(&b.config)
	b.settings = b.config.Settings
	b.base = b.replica(t, b.env)
	if created, err := users.CreateAdmin(t.Context(), b.settings.DatabaseURL, "Root", rootEmail, password); err != nil || !created {
		t.Fatalf("CreateAdmin = %v, %v", created, err)
	}
	b.root = b.login(t, rootEmail, password)
	b.rootID = b.me(t, b.root).ID
	return b
}

// user is a user as a client reads it.
type user struct {
	ID           int64          `json:"id"`
	Name         string         `json:"name"`
	Email        string         `json:"email"`
	Role         string         `json:"role"`
	IsActive     bool           `json:"is_active"`
	Preferences  map[string]any `json:"preferences"`
	CreatedAt    string         `json:"created_at"`
	TempPassword string         `json:"temp_password,omitempty"`
}

type token struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
}

type object map[string]any

func (b *bench) login(t *testing.T, email, password string) kittest.Client {
	t.Helper()
	var got token
	b.base.Do(t, http.MethodPost, "/users/login", object{"email": email, "password": password}).Want(http.StatusOK).Into(&got)
	return b.base.As(got.AccessToken)
}

// person registers someone new.
func (b *bench) person(t *testing.T) (kittest.Client, user) {
	t.Helper()
	n := b.people.Add(1)
	var got token
	b.base.Do(t, http.MethodPost, "/users/register",
		object{"name": fmt.Sprintf("Person %d", n), "email": fmt.Sprintf("person%d@example.com", n), "password": password}).
		Want(http.StatusCreated).Into(&got)
	client := b.base.As(got.AccessToken)
	return client, b.me(t, client)
}

// admin makes another admin.
func (b *bench) admin(t *testing.T) (kittest.Client, user) {
	t.Helper()
	email := fmt.Sprintf("admin%d@example.com", b.people.Add(1))
	var made user
	b.root.Do(t, http.MethodPost, "/users/", object{"name": "Admin", "email": email, "password": password, "role": "admin"}).
		Want(http.StatusCreated).Into(&made)
	return b.login(t, email, password), made
}

func (b *bench) me(t *testing.T, client kittest.Client) (u user) {
	t.Helper()
	client.Do(t, http.MethodGet, "/users/me", nil).Want(http.StatusOK).Into(&u)
	return u
}

func (b *bench) service(t *testing.T) kittest.Client {
	return b.base.As(kittest.Token(t, 0, kit.RoleService))
}

func path(id int64) string { return fmt.Sprintf("/users/%d", id) }

// inParallel runs do n times at once and counts the statuses it gives.
func inParallel(t *testing.T, n int, do func(i int) (kittest.Answer, error)) map[int]int {
	t.Helper()
	type outcome struct {
		status int
		err    error
	}
	begin, outcomes := make(chan struct{}), make(chan outcome, n)
	for i := range n {
		go func() {
			<-begin
			answer, err := do(i)
			outcomes <- outcome{answer.Status, err}
		}()
	}
	close(begin)
	statuses := map[int]int{}
	for range n {
		got := <-outcomes
		if got.err != nil {
			t.Error(got.err)
		}
		statuses[got.status]++
	}
	return statuses
}

// parseTime fails the test unless s is a time in UTC as RFC 3339 has it.
func parseTime(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || s[len(s)-1] != 'Z' {
		t.Fatalf("not a time in UTC: %q (%v)", s, err)
	}
	return at
}
