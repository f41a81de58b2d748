package users_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"microdemo/kit/kittest"
)

func TestChangePassword_NeedsTheCurrentOne(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client, bob := b.person(t)
	change := func(current, next string) kittest.Answer {
		return client.Do(t, http.MethodPut, "/users/me/password", object{"current_password": current, "new_password": next})
	}
	change("wrong-password", "new-password").WantProblem(http.StatusUnprocessableEntity, "body.current_password")
	change(password, "short").WantProblem(http.StatusUnprocessableEntity, "body.new_password")
	change(password, "new-password").Want(http.StatusNoContent)

	b.base.Do(t, http.MethodPost, "/users/login", object{"email": bob.Email, "password": password}).WantProblem(http.StatusUnauthorized, "")
	b.login(t, bob.Email, "new-password")
}

func TestChangePassword_HappensOnceWhenAskedManyTimesAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client, _ := b.person(t)
	statuses := inParallel(t, 8, func(int) (kittest.Answer, error) {
		return client.Try(http.MethodPut, "/users/me/password", object{"current_password": password, "new_password": "new-password"})
	})
	if statuses[http.StatusNoContent] != 1 || statuses[http.StatusUnprocessableEntity] != 7 {
		t.Errorf("statuses = %v, want one 204 and 7 times 422", statuses)
	}
}

func TestPreferences_AreKeptAsSent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client, bob := b.person(t)
	if got := string(client.Do(t, http.MethodGet, "/users/me/preferences", nil).Want(http.StatusOK).Raw); strings.TrimSpace(got) != "{}" {
		t.Errorf("preferences of a new user = %s", got)
	}
	const sent = `{"a":{"b":[1,null,true,"<ü>🦊"]},"id":9007199254740993,"n":1e-9999}`
	set := client.Do(t, http.MethodPut, "/users/me/preferences", `{"preferences": `+sent+`}`).Want(http.StatusOK)
	got := client.Do(t, http.MethodGet, "/users/me/preferences", nil).Want(http.StatusOK)
	for _, raw := range [][]byte{set.Raw, got.Raw} {
		if diff := cmp.Diff(sent, strings.TrimSpace(string(raw))); diff != "" {
			t.Errorf("preferences (-sent +answered):\n%s", diff)
		}
	}
	seen := b.root.Do(t, http.MethodGet, path(bob.ID), nil).Want(http.StatusOK)
	if !strings.Contains(string(seen.Raw), sent) {
		t.Errorf("user = %s", seen.Raw)
	}
}

func TestPreferences_RefusesWhatCannotBeKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client, _ := b.person(t)
	client.Do(t, http.MethodPut, "/users/me/preferences", object{"preferences": object{"kept": true}}).Want(http.StatusOK)
	fits := strings.Repeat("x", 16<<10-len(`{"a":""}`))
	for name, body := range map[string]string{
		"not an object":     `{"preferences": [1]}`,
		"a text":            `{"preferences": "{}"}`,
		"null":              `{"preferences": null}`,
		"NUL in a text":     `{"preferences": {"a": ["x\u0000y"]}}`,
		"NUL in a key":      `{"preferences": {"a": {"\u0000": 1}}}`,
		"too long":          `{"preferences": {"a": "` + fits + `x"}}`,
		"too deep":          `{"preferences": {"a": ` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}}`,
		"a number too far":  `{"preferences": {"a": 1e999}}`,
		"unknown field":     `{"preferences": {}, "other": 1}`,
		"nothing":           `{}`,
		"an array for body": `[]`,
	} {
		t.Run(name, func(t *testing.T) {
			answer := client.Do(t, http.MethodPut, "/users/me/preferences", body)
			if name == "a number too far" && answer.Status == http.StatusBadRequest {
				return
			}
			answer.WantProblem(http.StatusUnprocessableEntity, "")
		})
	}
	if got := strings.TrimSpace(string(client.Do(t, http.MethodGet, "/users/me/preferences", nil).Raw)); got != `{"kept":true}` {
		t.Errorf("preferences = %s", got)
	}
	client.Do(t, http.MethodPut, "/users/me/preferences", `{"preferences": {"a": "`+fits+`"}}`).Want(http.StatusOK)
	client.Do(t, http.MethodPut, "/users/me/preferences", `{"preferences": {"a": "\ud800"}}`).Want(http.StatusOK)
}
