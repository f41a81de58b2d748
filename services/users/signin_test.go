package users_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

func TestRegister_SignsInANewUser(t *testing.T) {
	t.Parallel()
	b := setup(t)
	before := time.Now()
	var got token
	b.base.Do(t, http.MethodPost, "/users/register", object{"name": "Bob 🦊", "email": "Bob@Example.com", "password": password}).
		Want(http.StatusCreated).Into(&got)
	if got.TokenType != "bearer" || got.ExpiresIn != 1800 {
		t.Errorf("token = %+v", got)
	}
	caller, err := kit.NewTokens(kittest.Secret, time.Now).Verify(got.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	me := b.me(t, b.base.As(got.AccessToken))
	if me.Name != "Bob 🦊" || me.Email != "Bob@Example.com" || me.Role != "user" || !me.IsActive || me.Preferences == nil {
		t.Errorf("me = %+v", me)
	}
	if caller.UserID != me.ID || caller.Email != me.Email || caller.Role != kit.RoleUser {
		t.Errorf("token of %+v for %+v", caller, me)
	}
	if at := parseTime(t, me.CreatedAt); at.Before(before.Add(-time.Minute)) || at.After(time.Now().Add(time.Minute)) {
		t.Errorf("created at %v", at)
	}
}

func TestRegister_RefusesAnEmailThatIsTakenInAnyCase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, bob := b.person(t)
	for _, email := range []string{bob.Email, strings.ToUpper(bob.Email)} {
		b.base.Do(t, http.MethodPost, "/users/register", object{"name": "Other", "email": email, "password": password}).
			WantProblem(http.StatusConflict, "")
	}
}

func TestRegister_MakesOneAccountWhenManyAskAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	statuses := inParallel(t, 20, func(i int) (kittest.Answer, error) {
		email := "twin@example.com"
		if i%2 == 0 {
			email = "TWIN@example.com"
		}
		return b.base.Try(http.MethodPost, "/users/register", object{"name": "Twin", "email": email, "password": password})
	})
	if statuses[http.StatusCreated] != 1 || statuses[http.StatusConflict] != 19 {
		t.Errorf("statuses = %v, want one 201 and 19 times 409", statuses)
	}
}

func TestLogin_TakesTheEmailInAnyCase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, bob := b.person(t)
	if got := b.me(t, b.login(t, strings.ToUpper(bob.Email), password)); got.ID != bob.ID {
		t.Errorf("signed in as %d, want %d", got.ID, bob.ID)
	}
}

func TestLogin_AnswersUnknownEmailAndWrongPasswordAlike(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var details []string
	for _, body := range []object{
		{"email": rootEmail, "password": "wrong-password"},
		{"email": rootEmail, "password": ""},
		{"email": "nobody@example.com", "password": password},
	} {
		answer := b.base.Do(t, http.MethodPost, "/users/login", body)
		details = append(details, answer.WantProblem(http.StatusUnauthorized, "").Detail)
		if answer.Header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("no WWW-Authenticate: %v", answer.Header)
		}
	}
	if details[0] != details[1] || details[0] != details[2] {
		t.Errorf("answers differ: %q", details)
	}
}

func TestLogin_TellsOfDeactivationOnlyWhoKnowsThePassword(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, bob := b.person(t)
	b.root.Do(t, http.MethodPut, path(bob.ID), object{"is_active": false}).Want(http.StatusOK)
	b.base.Do(t, http.MethodPost, "/users/login", object{"email": bob.Email, "password": password}).WantProblem(http.StatusForbidden, "")
	b.base.Do(t, http.MethodPost, "/users/login", object{"email": bob.Email, "password": "wrong-password"}).WantProblem(http.StatusUnauthorized, "")
}

// sessionOf is the session that a client's token was made for.
func sessionOf(t *testing.T, client kittest.Client) string {
	t.Helper()
	caller, err := kit.NewTokens(kittest.Secret, time.Now).Verify(client.Token)
	if err != nil {
		t.Fatal(err)
	}
	return caller.Session
}

// TestLogin_OfAClientThatLeft leaves while the service waits for its database.
func TestLogin_OfAClientThatLeft(t *testing.T) {
	t.Parallel()
	b := setup(t)
	log, env := &kittest.Log{}, kittest.Env(t)
	env.Log = slog.New(slog.NewTextHandler(log, nil))
	base := b.replica(t, env).Base
	db, err := pgx.Connect(t.Context(), string(b.settings.DatabaseURL))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(context.Background()) }()
	id := ""
	for n := 0; len(log.With(" status=499 ")) == 0; n++ { // a wait that ends before it is seen is a 503
		if n == 20 {
			t.Fatalf("not counted as 499: %s", log.With(""))
		}
		id = fmt.Sprintf("leaving-%d", n)
		leaveWhileWaiting(t, db, func(ctx context.Context) {
			body := fmt.Sprintf(`{"email":%q,"password":%q}`, rootEmail, password)
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/users/login", strings.NewReader(body))
			if err != nil {
				t.Error(err)
				return
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("X-Request-ID", id)
			if res, err := http.DefaultClient.Do(req); err == nil {
				_ = res.Body.Close()
			}
		})
		kittest.Eventually(t, "the request was logged", func() bool { return len(log.With("msg=request ")) > n })
	}
	for _, line := range log.With("request_id=" + id) {
		if strings.Contains(line, "level=WARN") || strings.Contains(line, "level=ERROR") {
			t.Error(line)
		}
	}
}

// leaveWhileWaiting ends the context of a request once it waits for a lock that db
// holds on users.
func leaveWhileWaiting(t *testing.T, db *pgx.Conn, request func(context.Context)) {
	t.Helper()
	tx, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	if _, err := tx.Exec(t.Context(), `LOCK TABLE users`); err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	ended := make(chan struct{})
	go func() {
		request(ctx)
		close(ended)
	}()
	kittest.Eventually(t, "the request waits, or has ended", func() bool {
		select {
		case <-ended:
			return true
		default:
		}
		var waits bool
		if err := tx.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'users'::regclass AND NOT granted)`).Scan(&waits); err != nil {
			t.Fatal(err)
		}
		return waits
	})
	leave()
	<-ended
}
