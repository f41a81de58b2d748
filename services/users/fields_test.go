package users_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
)

func TestBadBodies_AreRefusedWithASentence(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client, bob := b.person(t)
	const good = `"name": "N", "email": "n@example.com", "password": "password123"`
	long := strings.Repeat("é", 201)
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		location           string
	}{
		"unknown field":             {"POST", "/users/register", `{` + good + `, "role": "admin"}`, 422, "body.role"},
		"unknown case of a field":   {"POST", "/users/register", `{"Name": "N", "email": "n@example.com", "password": "password123"}`, 422, "body.Name"},
		"missing field":             {"POST", "/users/register", `{"name": "N", "email": "n@example.com"}`, 422, ""},
		"name of a wrong type":      {"POST", "/users/register", `{"name": 1, "email": "n@example.com", "password": "password123"}`, 422, "body.name"},
		"name null":                 {"POST", "/users/register", `{"name": null, "email": "n@example.com", "password": "password123"}`, 422, "body.name"},
		"name with NUL":             {"POST", "/users/register", `{"name": "a\u0000b", "email": "n@example.com", "password": "password123"}`, 422, "body.name"},
		"name with a line break":    {"POST", "/users/register", `{"name": "a\nb", "email": "n@example.com", "password": "password123"}`, 422, "body.name"},
		"name empty":                {"POST", "/users/register", `{"name": "", "email": "n@example.com", "password": "password123"}`, 422, "body.name"},
		"name of blanks":            {"POST", "/users/register", `{"name": " \u00a0 ", "email": "n@example.com", "password": "password123"}`, 422, "body.name"},
		"name too long":             {"POST", "/users/register", `{"name": "` + long + `", "email": "n@example.com", "password": "password123"}`, 422, "body.name"},
		"password too short":        {"POST", "/users/register", `{"name": "N", "email": "n@example.com", "password": "1234567"}`, 422, "body.password"},
		"password too long":         {"POST", "/users/register", `{"name": "N", "email": "n@example.com", "password": "` + long + `"}`, 422, "body.password"},
		"email without a domain":    {"POST", "/users/register", `{"name": "N", "email": "n@", "password": "password123"}`, 422, "body.email"},
		"email with a name":         {"POST", "/users/register", `{"name": "N", "email": "N <n@example.com>", "password": "password123"}`, 422, "body.email"},
		"email with a blank":        {"POST", "/users/register", `{"name": "N", "email": "n @example.com", "password": "password123"}`, 422, "body.email"},
		"email with NUL":            {"POST", "/users/register", `{"name": "N", "email": "n\u0000@example.com", "password": "password123"}`, 422, "body.email"},
		"email too long":            {"POST", "/users/register", `{"name": "N", "email": "` + strings.Repeat("n", 250) + `@a.de", "password": "password123"}`, 422, "body.email"},
		"login with NUL":            {"POST", "/users/login", `{"email": "n\u0000@example.com", "password": "password123"}`, 422, "body.email"},
		"malformed":                 {"POST", "/users/register", `{"name": `, 400, ""},
		"two objects":               {"POST", "/users/register", `{` + good + `}{}`, 400, ""},
		"an array":                  {"POST", "/users/register", `[]`, 422, ""},
		"null":                      {"POST", "/users/register", `null`, 422, ""},
		"empty":                     {"POST", "/users/register", ``, 400, ""},
		"10 MB":                     {"POST", "/users/register", `{"name": "` + strings.Repeat("x", 10<<20) + `"}`, 413, ""},
		"created with role service": {"POST", "/users/", `{"name": "N", "email": "n@example.com", "role": "service"}`, 422, "body.role"},
		"created with empty role":   {"POST", "/users/", `{"name": "N", "email": "n@example.com", "role": ""}`, 422, "body.role"},
		"created with an id":        {"POST", "/users/", `{"name": "N", "email": "n@example.com", "id": 5}`, 422, "body.id"},
		"created with no password":  {"POST", "/users/", `{"name": "N", "email": "n@example.com", "password": ""}`, 422, "body.password"},
		"changed to role service":   {"PUT", path(bob.ID), `{"role": "service"}`, 422, "body.role"},
		"changed with temp":         {"PUT", path(bob.ID), `{"temp_password": "x"}`, 422, "body.temp_password"},
		"changed password":          {"PUT", path(bob.ID), `{"password": "password456"}`, 422, "body.password"},
		"is_active a text":          {"PUT", path(bob.ID), `{"is_active": "no"}`, 422, "body.is_active"},
	} {
		t.Run(name, func(t *testing.T) {
			p := b.root.Do(t, c.method, c.path, c.body).WantProblem(c.status, c.location)
			if strings.Contains(p.Detail, "password123") {
				t.Errorf("the password is repeated: %s", p.Detail)
			}
		})
	}
	client.Do(t, http.MethodPost, "/users/register", `{`+good+`}`, "Content-Type", "text/plain").WantProblem(http.StatusUnsupportedMediaType, "")
	var all []user
	b.root.Do(t, http.MethodGet, "/users/", nil).Want(http.StatusOK).Into(&all)
	if len(all) != 2 || b.me(t, client).Name != bob.Name {
		t.Errorf("a refused request had an effect: %+v", all)
	}
}

func TestBadAddresses_AreRefusedWithASentence(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []struct {
		method, path string
		status       int
		location     string
	}{
		{"GET", "/users/?limit=-1", 422, "query.limit"},
		{"GET", "/users/?limit=0", 422, "query.limit"},
		{"GET", "/users/?limit=1000000000", 422, "query.limit"},
		{"GET", "/users/?limit=x", 422, "query.limit"},
		{"GET", "/users/?skip=-1", 422, "query.skip"},
		{"GET", "/users/?skip=10001", 422, "query.skip"},
		{"GET", "/users/?cursor=nonsense", 422, "query.cursor"},
		{"GET", "/users/?cursor=" + base64.RawURLEncoding.EncodeToString([]byte(`{"id":"1"}`)), 422, "query.cursor"},
		{"GET", "/users/?cursor=" + base64.RawURLEncoding.EncodeToString([]byte(`{"id":99999999999999999999}`)), 422, "query.cursor"},
		{"GET", "/users/?role=service", 422, "query.role"},
		{"GET", "/users/?is_active=maybe", 422, "query.is_active"},
		{"GET", "/users/?ids=", 422, "query.ids"},
		{"GET", "/users/?ids=&ids=1", 422, "query.ids"},
		{"GET", "/users/?ids=1&ids=2", 422, "query.ids"},
		{"GET", "/users/?ids=1,", 422, "query.ids"},
		{"GET", "/users/?ids=bob", 422, "query.ids"},
		{"GET", "/users/?ids=1,1.5", 422, "query.ids"},
		{"GET", "/users/?ids=1,9223372036854775808", 422, "query.ids"},
		{"GET", "/users/?ids=1,0", 422, "query.ids[1]"},
		{"GET", "/users/?ids=-1", 422, "query.ids[0]"},
		{"GET", "/users/?ids=1" + strings.Repeat(",1", 100), 422, "query.ids"},
		{"GET", "/users/?ids=1&skip=10001", 422, "query.skip"},
		{"GET", "/users/?q=" + strings.Repeat("x", 255), 422, "query.q"},
		{"GET", "/users/?q=%00", 422, "query.q"},
		{"GET", "/users/?q=%ff", 422, "query.q"},
		{"GET", "/users/0", 422, "path.id"},
		{"GET", "/users/-1", 422, "path.id"},
		{"GET", "/users/1.5", 422, "path.id"},
		{"GET", "/users/bob", 422, "path.id"},
		{"GET", "/users/99999999999999999999", 422, "path.id"},
		{"GET", "/users/%00", 422, "path"},
		{"GET", "/users/..%2f1", 404, ""},
		{"GET", "/users/../users/1", 404, ""},
		{"GET", "/users//1", 404, ""},
		{"GET", "/users/1/nothing", 404, ""},
		{"GET", "/elsewhere", 404, ""},
		{"PATCH", "/users/1", 405, ""},
		{"PUT", "/users/", 405, ""},
		{"GET", "/users/login", 422, "path.id"}, // an id stands there, for GET
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			problem := b.root.Do(t, c.method, c.path, nil).WantProblem(c.status, c.location)
			if c.path == "/users/?skip=10001" && !strings.Contains(problem.Detail, "cursor") {
				t.Errorf("does not name cursor: %s", problem.Detail)
			}
		})
	}
	redirect := b.root.Do(t, http.MethodGet, "/users", nil).Want(http.StatusPermanentRedirect)
	if to := redirect.Header.Get("Location"); to != "/users/" {
		t.Errorf("redirects to %q", to)
	}
}
