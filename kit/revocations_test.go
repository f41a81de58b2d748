package kit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

// guarded is an API with a list of revoked sessions, which a keeper answers.
type guarded struct {
	*kit.Revocations
	client kittest.Client
	tokens *kit.Tokens

	mu      sync.Mutex
	clock   time.Time
	revoked []string
	away    bool
	hangs   bool
}

func newGuarded(t *testing.T) *guarded {
	t.Helper()
	g := &guarded{clock: time.Now()}
	keeper := httptest.NewServer(http.HandlerFunc(g.keep))
	t.Cleanup(keeper.Close)
	env := kittest.Env(t)
	env.Now = g.now
	settings := kit.Defaults[kit.Settings]()
	settings.JWTSecretKey, settings.RevocationsInterval = kittest.Secret, 5*time.Millisecond
	g.tokens = settings.Tokens(g.now)
	g.Revocations = kit.NewRevocations(kit.NewClient("keeper", keeper.URL, "test", g.tokens), "/keeper/revoked", settings, env)
	api := kit.NewAPI("guarded", "For tests.", nil, nil, g.tokens, env)
	api.RefuseRevoked(g.Revocations)
	for _, method := range []string{http.MethodGet, http.MethodPut} {
		kit.Register(api, kit.UsersAndServices, huma.Operation{OperationID: method, Method: method, Path: "/guarded/"},
			func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
	}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	g.client = kittest.Client{Base: server.URL}
	return g
}

func (g *guarded) now() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.clock
}

func (g *guarded) pass(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.clock = g.clock.Add(d)
}

// change changes the keeper under its lock.
func (g *guarded) change(change func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change()
}

func (g *guarded) keep(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.away {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if g.hangs {
		g.hangs = false
		g.mu.Unlock()
		<-r.Context().Done()
		g.mu.Lock()
		return
	}
	after, _ := strconv.Atoi(r.URL.Query().Get("after"))
	page := kit.RevocationPage{Last: int64(len(g.revoked)), Revoked: []kit.Revocation{}}
	for i := after; i < len(g.revoked) && len(page.Revoked) < kit.RevocationsPerPage; i++ {
		page.Revoked = append(page.Revoked, kit.Revocation{Number: int64(i + 1), Session: g.revoked[i]})
	}
	_ = json.NewEncoder(w).Encode(page)
}

// run polls until the test ends, and waits for the first list.
func (g *guarded) run(t *testing.T) {
	t.Helper()
	var running sync.WaitGroup
	ctx, stop := context.WithCancel(context.Background())
	running.Go(func() { g.Run(ctx) })
	t.Cleanup(running.Wait)
	t.Cleanup(stop)
	g.eventually(t, "someone", http.MethodGet, http.StatusNoContent)
}

// ask makes a request in a session.
func (g *guarded) ask(t *testing.T, session, method string) kittest.Answer {
	t.Helper()
	token, err := g.tokens.Issue(7, "a@example.com", kit.RoleUser, session)
	if err != nil {
		t.Fatal(err)
	}
	return g.client.As(token).Do(t, method, "/guarded/", nil)
}

func (g *guarded) eventually(t *testing.T, session, method string, status int) {
	t.Helper()
	kittest.Eventually(t, fmt.Sprintf("%s %s is %d", session, method, status), func() bool {
		return g.ask(t, session, method).Status == status
	})
}

func TestRevocations_LoadTheWholeListFirst(t *testing.T) {
	t.Parallel()
	g := newGuarded(t)
	for i := range 2*kit.RevocationsPerPage + 500 {
		g.revoked = append(g.revoked, fmt.Sprintf("old-%d", i))
	}
	for _, method := range []string{http.MethodGet, http.MethodPut} {
		answer := g.ask(t, "someone", method)
		answer.WantProblem(http.StatusServiceUnavailable, "")
		if answer.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	g.run(t)
	for _, i := range []int{0, kit.RevocationsPerPage - 1, kit.RevocationsPerPage, 2*kit.RevocationsPerPage + 499} {
		g.ask(t, g.revoked[i], http.MethodGet).WantProblem(http.StatusUnauthorized, "")
	}
}

func TestRevocations_RefuseNewlyRevokedSessionsOnly(t *testing.T) {
	t.Parallel()
	g := newGuarded(t)
	g.run(t)
	g.ask(t, "mine", http.MethodPut).Want(http.StatusNoContent)
	g.change(func() { g.hangs = true }) // one attempt gets no answer
	g.change(func() { g.revoked = append(g.revoked, "other", "mine") })
	g.eventually(t, "mine", http.MethodGet, http.StatusUnauthorized)
	g.ask(t, "mine", http.MethodPut).WantProblem(http.StatusUnauthorized, "")
	g.ask(t, "yours", http.MethodPut).Want(http.StatusNoContent)
	service, err := g.tokens.IssueForService("orders")
	if err != nil {
		t.Fatal(err)
	}
	g.client.As(service).Do(t, http.MethodPut, "/guarded/", nil).Want(http.StatusNoContent)
}

func TestRevocations_RefuseChangesWhileOutdated(t *testing.T) {
	t.Parallel()
	g := newGuarded(t)
	g.revoked = []string{"gone"}
	g.run(t)
	g.change(func() { g.away = true })
	g.ask(t, "mine", http.MethodPut).Want(http.StatusNoContent) // the list is still current
	// A poll that had started may still succeed.
	kittest.Eventually(t, "the keeper is away", func() bool {
		g.pass(time.Second)
		return g.ask(t, "mine", http.MethodPut).Status == http.StatusServiceUnavailable
	})
	g.pass(5 * time.Second)
	g.ask(t, "mine", http.MethodPut).WantProblem(http.StatusServiceUnavailable, "")
	g.ask(t, "mine", http.MethodGet).Want(http.StatusNoContent)
	g.ask(t, "gone", http.MethodGet).WantProblem(http.StatusUnauthorized, "")
	service, err := g.tokens.IssueForService("orders")
	if err != nil {
		t.Fatal(err)
	}
	g.client.As(service).Do(t, http.MethodPut, "/guarded/", nil).Want(http.StatusNoContent)

	g.change(func() { g.away, g.revoked = false, append(g.revoked, "meanwhile") })
	g.eventually(t, "mine", http.MethodPut, http.StatusNoContent)
	g.ask(t, "meanwhile", http.MethodGet).WantProblem(http.StatusUnauthorized, "")
}

func TestRevocations_FollowARestoredDatabase(t *testing.T) {
	t.Parallel()
	g := newGuarded(t)
	g.revoked = []string{"a", "b", "c", "d"}
	g.run(t)
	g.change(func() { g.revoked = []string{"a", "e"} }) // the number 2 is assigned again
	g.eventually(t, "e", http.MethodGet, http.StatusUnauthorized)
	g.ask(t, "d", http.MethodGet).WantProblem(http.StatusUnauthorized, "")
}

func TestRevocations_AreDroppedAfterTheirTokensExpire(t *testing.T) {
	t.Parallel()
	g := newGuarded(t)
	g.revoked = []string{"a", "b"}
	g.run(t)
	g.pass(kit.AccessTokenLife)
	g.eventually(t, "b", http.MethodPut, http.StatusUnauthorized)
	g.pass(kit.RevocationLife - kit.AccessTokenLife + time.Second)
	kittest.Eventually(t, "nothing is kept", func() bool { return g.Known() == 0 })
}

func TestRevocationsContext_EndsWithTheAccess(t *testing.T) {
	t.Parallel()
	g := newGuarded(t)
	g.run(t)
	ended := func(name string, ctx context.Context) {
		t.Helper()
		select {
		case <-ctx.Done():
		case <-time.After(kittest.Deadline):
			t.Fatalf("%s: never ends", name)
		}
		if !errors.Is(context.Cause(ctx), kit.ErrAccessEnded) {
			t.Errorf("%s: ends because of %v", name, context.Cause(ctx))
		}
	}
	var stops []func()
	open := func(session string, life time.Duration) context.Context {
		caller := kit.Caller{UserID: 7, Role: kit.RoleUser, Session: session, Expires: g.now().Add(life)}
		ctx, stop := g.Context(t.Context(), caller)
		stops = append(stops, stop)
		return ctx
	}
	mine, alsoMine, yours := open("mine", time.Hour), open("mine", time.Hour), open("yours", time.Hour)
	ended("expired", open("brief", 10*time.Millisecond))
	var none *kit.Revocations
	alone, stop := none.Context(t.Context(), kit.Caller{Expires: time.Now().Add(10 * time.Millisecond)})
	stops = append(stops, stop)
	ended("expired, alone", alone)

	g.change(func() { g.revoked = append(g.revoked, "mine") })
	ended("revoked", mine)
	ended("revoked too", alsoMine)
	ended("revoked before", open("mine", time.Hour))
	if yours.Err() != nil {
		t.Errorf("another session's ended: %v", context.Cause(yours))
	}
	for _, stop := range stops {
		stop()
	}
	if errors.Is(context.Cause(yours), kit.ErrAccessEnded) || yours.Err() == nil || g.Watched() != 0 {
		t.Errorf("after stop: %v, %d still watched", context.Cause(yours), g.Watched())
	}
}
