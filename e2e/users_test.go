package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"microdemo/kit/kittest"
)

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

func userPath(id int64) string { return fmt.Sprintf("/users/%d", id) }

// cannotLogin fails the test unless these credentials are refused.
func (s *system) cannotLogin(email, password string) kittest.Answer {
	s.t.Helper()
	a := s.anyone.Do(s.t, "POST", "/users/login", m{"email": email, "password": password})
	a.WantProblem(401, "")
	return a
}

func TestRegister_SignsInAtOnceAndNeedsAFreeAddress(t *testing.T) {
	t.Parallel()
	s := start(t)
	var got token
	body := m{"name": "Ann", "email": "Ann@Example.com", "password": "password123"}
	s.anyone.Do(t, "POST", "/users/register", body).Want(201).Into(&got)
	if got.TokenType != "bearer" || got.ExpiresIn != 1800 {
		t.Errorf("token %+v", got)
	}
	var me user
	s.anyone.As(got.AccessToken).Do(t, "GET", "/users/me", nil).Want(200).Into(&me)
	want := user{ID: me.ID, Name: "Ann", Email: "Ann@Example.com", Role: "user", IsActive: true, Preferences: m{}, CreatedAt: me.CreatedAt}
	if diff := cmp.Diff(want, me); diff != "" {
		t.Errorf("registered (-want +got):\n%s", diff)
	}
	body["email"] = "ann@example.COM"
	s.anyone.Do(t, "POST", "/users/register", body).WantProblem(409, "")
	for location, change := range map[string]m{
		"body.password": {"password": "seven77"},
		"body.email":    {"email": "nobody"},
		"body.name":     {"name": " "},
		"body.role":     {"role": "admin"}, // not for oneself
	} {
		bad := m{"name": "Zoe", "email": "zoe@example.com", "password": "password123"}
		for field, value := range change {
			bad[field] = value
		}
		s.anyone.Do(t, "POST", "/users/register", bad).WantProblem(422, location)
	}
	s.login("ANN@example.com", "password123")
}

func TestLogin_DoesNotTellWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	s := start(t)
	known, unknown := s.cannotLogin("bob@example.com", "wrong password"), s.cannotLogin("nobody@example.com", "wrong password")
	detail := func(a kittest.Answer) string {
		var p kittest.Problem
		unmarshal(t, a, &p)
		return p.Detail
	}
	if detail(known) != detail(unknown) {
		t.Errorf("%q for a known address, %q for another", detail(known), detail(unknown))
	}
}

func TestMe_ChangesPasswordAndPreferences(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.bob.Do(t, "PUT", "/users/me/password", m{"current_password": "wrong password", "new_password": "another password"}).
		WantProblem(422, "body.current_password")
	s.bob.Do(t, "PUT", "/users/me/password", m{"current_password": "password123", "new_password": "another password"}).Want(204)
	s.cannotLogin("bob@example.com", "password123")
	s.login("bob@example.com", "another password")

	var none, put, got m
	s.bob.Do(t, "GET", "/users/me/preferences", nil).Want(200).Into(&none)
	wanted := m{"theme": "dark", "columns": []any{"id", "total"}, "nested": m{"unknown": nil}}
	s.bob.Do(t, "PUT", "/users/me/preferences", m{"preferences": wanted}).Want(200).Into(&put)
	s.bob.Do(t, "GET", "/users/me/preferences", nil).Want(200).Into(&got)
	var me user
	s.bob.Do(t, "GET", "/users/me", nil).Want(200).Into(&me)
	if len(none) != 0 || !cmp.Equal(put, wanted) || !cmp.Equal(got, wanted) || !cmp.Equal(me.Preferences, wanted) {
		t.Errorf("at first %v, put %v, got %v, of me %v", none, put, got, me.Preferences)
	}
	s.bob.Do(t, "PUT", "/users/me/preferences", m{"preferences": m{"x": strings.Repeat("x", 16<<10)}}).WantProblem(422, "body.preferences")
	s.bob.Do(t, "PUT", "/users/me/preferences", m{"preferences": []int{}}).WantProblem(422, "body.preferences")
}

func TestUsers_AreListedByFilterAndPage(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, zoeID := s.register("zoe@example.com")
	s.admin.Do(t, "PUT", userPath(zoeID), m{"name": "Zoë", "is_active": false}).Want(200)
	s.admin.Do(t, "POST", "/users/", m{"name": "Second", "email": "second@example.com", "role": "admin"}).Want(201)
	for query, want := range map[string][]string{
		"":                             {"admin@test.com", "bob@example.com", "zoe@example.com", "second@example.com"},
		"?q=BOB@":                      {"bob@example.com"},
		"?q=zo%C3%AB":                  {"zoe@example.com"},
		"?q=example":                   {}, // a prefix, not a part
		"?q=%25":                       {},
		"?role=admin":                  {"admin@test.com", "second@example.com"},
		"?is_active=false":             {"zoe@example.com"},
		"?is_active=true&role=user":    {"bob@example.com"},
		"?skip=1&limit=2":              {"bob@example.com", "zoe@example.com"},
		"?skip=4":                      {},
		"?role=admin&is_active=false":  {},
		"?q=s&role=admin&limit=1":      {"second@example.com"},
		"?is_active=true&skip=2&q=sec": {},
	} {
		var list []user
		s.admin.Do(t, "GET", "/users/"+query, nil).Want(200).Into(&list)
		got := []string{}
		for _, u := range list {
			got = append(got, u.Email)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	for query, location := range map[string]string{"role=root": "role", "is_active=maybe": "is_active", "limit=501": "limit", "skip=10001": "skip"} {
		s.admin.Do(t, "GET", "/users/?"+query, nil).WantProblem(422, "query."+location)
	}
	pages := follow[user](t, s.admin, "/users/?limit=3", nil)
	if len(pages) != 2 || len(pages[0]) != 3 || len(pages[1]) != 1 {
		t.Errorf("pages %v", pages)
	}
}

func TestCreateUser_MakesAPasswordThatIsShownOnce(t *testing.T) {
	t.Parallel()
	s := start(t)
	var made, named, read user
	s.admin.Do(t, "POST", "/users/", m{"name": "Made", "email": "made@example.com"}).Want(201).Into(&made)
	s.admin.Do(t, "POST", "/users/", m{"name": "Named", "email": "named@example.com", "password": "password123", "role": "admin"}).Want(201).Into(&named)
	s.admin.Do(t, "GET", userPath(made.ID), nil).Want(200).Into(&read)
	if made.TempPassword == "" || made.Role != "user" || read.TempPassword != "" || named.TempPassword != "" || named.Role != "admin" {
		t.Errorf("made %+v, named %+v, read %+v", made, named, read)
	}
	s.login("made@example.com", made.TempPassword)
	s.login("named@example.com", "password123").Do(t, "GET", "/users/", nil).Want(200)
	s.admin.Do(t, "POST", "/users/", m{"name": "Made", "email": "MADE@example.com"}).WantProblem(409, "")
}

func TestUpdateUser_SelfChangesNameAndAddressOnly(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.register("eve@example.com")
	var before, after user
	s.bob.Do(t, "GET", "/users/me", nil).Want(200).Into(&before)
	s.bob.Do(t, "PUT", userPath(s.bobID), before).Want(200).Into(&after) // what was read can be sent back
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("sending back what was read changed it:\n%s", diff)
	}
	s.bob.Do(t, "PUT", userPath(s.bobID), m{"name": "Robert", "email": "robert@example.com"}).Want(200).Into(&after)
	if after.Name != "Robert" || after.Email != "robert@example.com" {
		t.Errorf("changed to %+v", after)
	}
	s.login("robert@example.com", "password123")
	s.bob.Do(t, "PUT", userPath(s.bobID), m{"role": "admin"}).WantProblem(403, "")
	s.bob.Do(t, "PUT", userPath(s.bobID), m{"is_active": false}).WantProblem(403, "")
	s.bob.Do(t, "PUT", userPath(s.bobID), m{"email": "EVE@example.com"}).WantProblem(409, "")
	s.bob.Do(t, "PUT", userPath(s.bobID), m{"shoe_size": 44}).WantProblem(422, "body.shoe_size")
	s.admin.Do(t, "PUT", userPath(s.bobID), m{"role": "admin"}).Want(200)
	s.login("robert@example.com", "password123").Do(t, "GET", "/users/", nil).Want(200)
	s.admin.Do(t, "PUT", userPath(4711), m{"name": "N"}).WantProblem(404, "")
}

func TestDeleteUser_EndsTheAccountAndItsTokens(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.stock("TEA", 10, "10.00")
	s.bob.Do(t, "POST", "/orders/", m{"id": "KEPT", "items": []m{{"sku": "TEA", "quantity": 1}}}).Want(201)
	_, eveID := s.register("eve@example.com")
	s.admin.Do(t, "DELETE", userPath(s.bobID), nil).Want(204)
	s.admin.Do(t, "DELETE", userPath(s.bobID), nil).WantProblem(404, "")
	s.admin.Do(t, "GET", userPath(s.bobID), nil).WantProblem(404, "")
	s.bob.Do(t, "GET", "/users/me", nil).WantProblem(401, "")
	s.cannotLogin("bob@example.com", "password123")
	s.admin.Do(t, "GET", "/orders/KEPT", nil).Want(200)
	s.admin.Do(t, "GET", userPath(eveID), nil).Want(200)
	s.register("bob@example.com") // the address is free again
}

func TestResetPassword_ReplacesTheOldOne(t *testing.T) {
	t.Parallel()
	s := start(t)
	var reset struct {
		TempPassword string `json:"temp_password"`
	}
	s.admin.Do(t, "POST", userPath(s.bobID)+"/reset_password", nil).Want(200).Into(&reset)
	s.cannotLogin("bob@example.com", "password123")
	bob := s.login("bob@example.com", reset.TempPassword)
	bob.Do(t, "PUT", "/users/me/password", m{"current_password": reset.TempPassword, "new_password": "password456"}).Want(204)
	s.login("bob@example.com", "password456")
	s.admin.Do(t, "POST", userPath(4711)+"/reset_password", nil).WantProblem(404, "")
}

func TestLastAdmin_CanBeNeitherDeletedNorDemotedNorDeactivated(t *testing.T) {
	t.Parallel()
	s := start(t)
	var me user
	s.admin.Do(t, "GET", "/users/me", nil).Want(200).Into(&me)
	s.admin.Do(t, "DELETE", userPath(me.ID), nil).WantProblem(409, "")
	s.admin.Do(t, "PUT", userPath(me.ID), m{"role": "user"}).WantProblem(409, "")
	s.admin.Do(t, "PUT", userPath(me.ID), m{"is_active": false}).WantProblem(409, "")
	s.admin.Do(t, "POST", "/users/", m{"name": "Second", "email": "second@example.com", "password": "password123", "role": "admin"}).Want(201)
	s.admin.Do(t, "PUT", userPath(me.ID), m{"is_active": false}).Want(200)
	s.admin.Do(t, "GET", "/users/", nil).WantProblem(401, "")
	second := s.login("second@example.com", "password123")
	second.Do(t, "DELETE", userPath(me.ID), nil).Want(204) // one that is inactive does not count
}
