package users_test

import (
	"net/http"
	"strings"
	"testing"

	"microdemo/kit/kittest"
)

func TestCreateUser_AnswersAMadePasswordOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var made user
	b.root.Do(t, http.MethodPost, "/users/", object{"name": "Ann", "email": "ann@example.com"}).Want(http.StatusCreated).Into(&made)
	if made.Role != "user" || !made.IsActive || len(made.TempPassword) < 8 {
		t.Errorf("made %+v", made)
	}
	var read user
	b.root.Do(t, http.MethodGet, path(made.ID), nil).Want(http.StatusOK).Into(&read)
	if read.TempPassword != "" || read.Email != made.Email || read.CreatedAt != made.CreatedAt {
		t.Errorf("read %+v, made %+v", read, made)
	}
	b.login(t, "ann@example.com", made.TempPassword)

	var named user
	b.root.Do(t, http.MethodPost, "/users/", object{"name": "Cid", "email": "cid@example.com", "password": password, "role": "admin"}).
		Want(http.StatusCreated).Into(&named)
	if named.TempPassword != "" || named.Role != "admin" {
		t.Errorf("made %+v", named)
	}
	b.root.Do(t, http.MethodPost, "/users/", object{"name": "Ann", "email": "ANN@example.com"}).WantProblem(http.StatusConflict, "")
}

func TestGetUser_IsOpenToSelfAdminsAndServices(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client, bob := b.person(t)
	for _, c := range []kittest.Client{client, b.root, b.service(t)} {
		var got user
		c.Do(t, http.MethodGet, path(bob.ID), nil).Want(http.StatusOK).Into(&got)
		if got.ID != bob.ID || got.Email != bob.Email {
			t.Errorf("got %+v, want %+v", got, bob)
		}
	}
	// Whether another user exists is nobody's business.
	exists := client.Do(t, http.MethodGet, path(b.rootID), nil).WantProblem(http.StatusForbidden, "")
	missing := client.Do(t, http.MethodGet, path(999999), nil).WantProblem(http.StatusForbidden, "")
	if exists.Detail != missing.Detail {
		t.Errorf("answers differ: %q, %q", exists.Detail, missing.Detail)
	}
	b.root.Do(t, http.MethodGet, path(999999), nil).WantProblem(http.StatusNotFound, "")
	b.service(t).Do(t, http.MethodGet, path(999999), nil).WantProblem(http.StatusNotFound, "")
}

func TestUpdateUser_TakesBackWhatWasRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client, bob := b.person(t)
	client.Do(t, http.MethodPut, "/users/me/preferences", object{"preferences": object{"theme": "dark"}}).Want(http.StatusOK)
	for _, c := range []kittest.Client{client, b.root} {
		var read object
		c.Do(t, http.MethodGet, path(bob.ID), nil).Want(http.StatusOK).Into(&read)
		read["name"] = "Robert"
		var changed user
		c.Do(t, http.MethodPut, path(bob.ID), read).Want(http.StatusOK).Into(&changed)
		if changed.Name != "Robert" || changed.Email != bob.Email || changed.Preferences["theme"] != "dark" || changed.CreatedAt != bob.CreatedAt {
			t.Errorf("changed to %+v", changed)
		}
	}
	var same user
	client.Do(t, http.MethodPut, path(bob.ID), object{"id": 77, "created_at": nil, "preferences": object{}}).Want(http.StatusOK).Into(&same)
	if same.ID != bob.ID || same.Preferences["theme"] != "dark" {
		t.Errorf("read-only fields changed: %+v", same)
	}
}

func TestUpdateUser_LeavesRoleAndActivityToAdmins(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client, bob := b.person(t)
	_, other := b.person(t)
	client.Do(t, http.MethodPut, path(bob.ID), object{"role": "admin"}).WantProblem(http.StatusForbidden, "")
	client.Do(t, http.MethodPut, path(bob.ID), object{"is_active": false, "name": "X"}).WantProblem(http.StatusForbidden, "")
	client.Do(t, http.MethodPut, path(bob.ID), object{"is_active": true, "role": "user", "email": "new@example.com"}).Want(http.StatusOK)
	client.Do(t, http.MethodPut, path(other.ID), object{"name": "X"}).WantProblem(http.StatusForbidden, "")
	client.Do(t, http.MethodPut, path(999999), object{"name": "X"}).WantProblem(http.StatusForbidden, "")
	if me := b.me(t, client); me.Name != bob.Name || me.Email != "new@example.com" {
		t.Errorf("me = %+v", me)
	}
	b.root.Do(t, http.MethodPut, path(bob.ID), object{"role": "admin"}).Want(http.StatusOK)
	b.login(t, "new@example.com", password).Do(t, http.MethodGet, "/users/", nil).Want(http.StatusOK)
	b.root.Do(t, http.MethodPut, path(bob.ID), object{"email": strings.ToUpper(other.Email)}).WantProblem(http.StatusConflict, "")
	b.root.Do(t, http.MethodPut, path(bob.ID), object{"email": "NEW@example.com"}).Want(http.StatusOK)
	b.root.Do(t, http.MethodPut, path(999999), object{"name": "X"}).WantProblem(http.StatusNotFound, "")
	b.root.Do(t, http.MethodPut, path(999999), object{"role": "user"}).WantProblem(http.StatusNotFound, "")
}

func TestLastAdmin_StaysAnActiveAdmin(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, other := b.admin(t)
	b.root.Do(t, http.MethodPut, path(other.ID), object{"is_active": false}).Want(http.StatusOK)

	b.root.Do(t, http.MethodPut, path(b.rootID), object{"role": "user"}).WantProblem(http.StatusConflict, "")
	b.root.Do(t, http.MethodPut, path(b.rootID), object{"is_active": false}).WantProblem(http.StatusConflict, "")
	b.root.Do(t, http.MethodDelete, path(b.rootID), nil).WantProblem(http.StatusConflict, "")
	b.root.Do(t, http.MethodPut, path(b.rootID), object{"name": "Still Root", "role": "admin", "is_active": true}).Want(http.StatusOK)

	b.root.Do(t, http.MethodPut, path(other.ID), object{"is_active": true}).Want(http.StatusOK)
	b.root.Do(t, http.MethodDelete, path(b.rootID), nil).Want(http.StatusNoContent)
}

func TestLastAdmin_StaysWhenAdminsRemoveEachOtherAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for round := range 5 {
		clients, ids := []kittest.Client{b.root}, []int64{b.rootID}
		for range 3 {
			client, admin := b.admin(t)
			clients, ids = append(clients, client), append(ids, admin.ID)
		}
		inParallel(t, len(clients), func(i int) (kittest.Answer, error) {
			victim := path(ids[(i+1)%len(ids)])
			switch (i + round) % 3 {
			case 0:
				return clients[i].Try(http.MethodDelete, victim, nil)
			case 1:
				return clients[i].Try(http.MethodPut, victim, object{"role": "user"})
			default:
				return clients[i].Try(http.MethodPut, victim, object{"is_active": false})
			}
		})
		var left []user
		for i, client := range clients {
			answer := client.Do(t, http.MethodGet, "/users/?role=admin&is_active=true", nil)
			if answer.Status == http.StatusOK {
				answer.Into(&left)
				b.root, b.rootID = clients[i], ids[i]
			}
		}
		if len(left) == 0 {
			t.Fatalf("round %d: no admin is left", round)
		}
		for _, admin := range left {
			if admin.ID != b.rootID {
				b.root.Do(t, http.MethodDelete, path(admin.ID), nil).Want(http.StatusNoContent)
			}
		}
	}
}

func TestDeleteUser_IsForAdmins(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client, bob := b.person(t)
	client.Do(t, http.MethodDelete, path(bob.ID), nil).WantProblem(http.StatusForbidden, "")
	b.root.Do(t, http.MethodDelete, path(bob.ID), nil).Want(http.StatusNoContent)
	b.root.Do(t, http.MethodDelete, path(bob.ID), nil).WantProblem(http.StatusNotFound, "")
	b.root.Do(t, http.MethodGet, path(bob.ID), nil).WantProblem(http.StatusNotFound, "")
	b.base.Do(t, http.MethodPost, "/users/login", object{"email": bob.Email, "password": password}).WantProblem(http.StatusUnauthorized, "")
}

func TestResetPassword_GivesANewOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client, bob := b.person(t)
	client.Do(t, http.MethodPost, path(bob.ID)+"/reset_password", nil).WantProblem(http.StatusForbidden, "")
	var reset struct {
		TempPassword string `json:"temp_password"`
	}
	b.root.Do(t, http.MethodPost, path(bob.ID)+"/reset_password", nil).Want(http.StatusOK).Into(&reset)
	b.login(t, bob.Email, reset.TempPassword)
	b.base.Do(t, http.MethodPost, "/users/login", object{"email": bob.Email, "password": password}).WantProblem(http.StatusUnauthorized, "")
	b.root.Do(t, http.MethodPost, path(999999)+"/reset_password", nil).WantProblem(http.StatusNotFound, "")
}
