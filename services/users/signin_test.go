package users_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

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

func TestToken_DiesWithTheAccount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client, bob := b.person(t)
	b.root.Do(t, http.MethodPut, path(bob.ID), object{"is_active": false}).Want(http.StatusOK)
	for _, p := range []string{"/users/me", "/users/me/preferences", path(bob.ID)} {
		client.Do(t, http.MethodGet, p, nil).WantProblem(http.StatusUnauthorized, "")
	}
	// What was taken away does not come back by itself.
	b.root.Do(t, http.MethodPut, path(bob.ID), object{"is_active": true}).Want(http.StatusOK)
	client.Do(t, http.MethodGet, "/users/me", nil).WantProblem(http.StatusUnauthorized, "")
	client = b.login(t, bob.Email, password)
	client.Do(t, http.MethodGet, "/users/me", nil).Want(http.StatusOK)

	b.root.Do(t, http.MethodDelete, path(bob.ID), nil).Want(http.StatusNoContent)
	answer := client.Do(t, http.MethodGet, "/users/me", nil)
	answer.WantProblem(http.StatusUnauthorized, "")
	if answer.Header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("no WWW-Authenticate: %v", answer.Header)
	}
}

func TestToken_OfADemotedAdminOpensNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client, admin := b.admin(t)
	client.Do(t, http.MethodGet, "/users/", nil).Want(http.StatusOK)
	b.root.Do(t, http.MethodPut, path(admin.ID), object{"role": "user"}).Want(http.StatusOK)

	client.Do(t, http.MethodGet, "/users/", nil).WantProblem(http.StatusUnauthorized, "")
	client.Do(t, http.MethodPut, path(admin.ID), object{"role": "admin"}).WantProblem(http.StatusUnauthorized, "")
	client.Do(t, http.MethodPost, path(b.rootID)+"/reset_password", nil).WantProblem(http.StatusUnauthorized, "")

	client = b.login(t, admin.Email, password)
	client.Do(t, http.MethodGet, "/users/", nil).WantProblem(http.StatusForbidden, "")
	client.Do(t, http.MethodPost, "/users/", object{"name": "X", "email": "x@example.com"}).WantProblem(http.StatusForbidden, "")
	client.Do(t, http.MethodGet, path(b.rootID), nil).WantProblem(http.StatusForbidden, "")
	client.Do(t, http.MethodDelete, path(b.rootID), nil).WantProblem(http.StatusForbidden, "")
	if me := b.me(t, client); me.Role != "user" {
		t.Errorf("me = %+v", me)
	}
}

func TestToken_SaysARoleThatIsLookedUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client, bob := b.person(t)
	claimed, err := kit.NewTokens(kittest.Secret, time.Now).Issue(bob.ID, bob.Email, kit.RoleAdmin, sessionOf(t, client))
	if err != nil {
		t.Fatal(err)
	}
	b.base.As(claimed).Do(t, http.MethodGet, "/users/", nil).WantProblem(http.StatusForbidden, "")
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
