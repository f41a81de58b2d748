package users_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/users"
)

// Who may call an operation on the user that is called "user" below: one status
// per caller.
var access = map[string]struct {
	body                                                       any
	noToken, expired, user, other, admin, inactive, ofAService int
}{
	"POST /users/register":            {object{}, 422, 422, 422, 422, 422, 422, 422},
	"POST /users/login":               {object{}, 422, 422, 422, 422, 422, 422, 422},
	"GET /users/me":                   {nil, 401, 401, 200, 200, 200, 403, 403},
	"PUT /users/me/password":          {object{"current_password": "wrong-password", "new_password": password}, 401, 401, 422, 422, 422, 403, 403},
	"GET /users/me/preferences":       {nil, 401, 401, 200, 200, 200, 403, 403},
	"PUT /users/me/preferences":       {object{"preferences": object{}}, 401, 401, 200, 200, 200, 403, 403},
	"GET /users/":                     {nil, 401, 401, 403, 403, 200, 403, 403},
	"POST /users/":                    {object{"name": "N", "email": rootEmail}, 401, 401, 403, 403, 409, 403, 403},
	"GET /users/{id}":                 {nil, 401, 401, 200, 403, 200, 403, 200},
	"PUT /users/{id}":                 {object{"name": "N"}, 401, 401, 200, 403, 200, 403, 403},
	"DELETE /users/{id}":              {nil, 401, 401, 403, 403, 204, 403, 403},
	"POST /users/{id}/reset_password": {nil, 401, 401, 403, 403, 200, 403, 403},
}

func TestAccess_OfEveryOperation(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name := range operations(document(t)) {
		if _, ok := access[name]; !ok {
			t.Errorf("%s has no row in the table of access", name)
		}
	}
	hourAgo := kit.NewTokens(kittest.Secret, func() time.Time { return time.Now().Add(-time.Hour) })
	expired, err := hourAgo.Issue(b.rootID, rootEmail, kit.RoleAdmin)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := b.person(t)
	inactive, inactiveUser := b.admin(t)
	b.root.Do(t, http.MethodPut, path(inactiveUser.ID), object{"is_active": false}).Want(http.StatusOK)
	for name, row := range access {
		var method, address string
		if _, err := fmt.Sscan(name, &method, &address); err != nil {
			t.Fatal(err)
		}
		client, person := b.person(t)
		if slices.Contains([]string{"/users/{id}", "/users/{id}/reset_password"}, address) {
			address = path(person.ID) + address[len("/users/{id}"):]
		}
		for _, call := range []struct {
			caller string
			client kittest.Client
			status int
		}{
			{"no token", b.base, row.noToken},
			{"expired", b.base.As(expired), row.expired},
			{"user", client, row.user},
			{"other", other, row.other},
			{"inactive", inactive, row.inactive},
			{"service", b.service(t), row.ofAService},
			{"admin", b.root, row.admin}, // last, for it deletes
		} {
			if got := call.client.Do(t, method, address, row.body); got.Status != call.status {
				t.Errorf("%s as %s answered %d, want %d: %s", name, call.caller, got.Status, call.status, got.Raw)
			}
		}
	}
}

// document is the service's OpenAPI document.
func document(t *testing.T) *huma.OpenAPI {
	t.Helper()
	service, err := users.New(t.Context(), users.Config{Settings: kittest.Settings(t)}, kittest.Env(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(service.Close)
	return service.API.OpenAPI()
}

// operations is every operation of a document, by method and path.
func operations(document *huma.OpenAPI) map[string]*huma.Operation {
	found := map[string]*huma.Operation{}
	for path, item := range document.Paths {
		for method, op := range map[string]*huma.Operation{
			http.MethodGet: item.Get, http.MethodPut: item.Put, http.MethodPost: item.Post,
			http.MethodDelete: item.Delete, http.MethodPatch: item.Patch,
		} {
			if op != nil {
				found[method+" "+path] = op
			}
		}
	}
	return found
}

func TestDocument_IsComplete(t *testing.T) {
	t.Parallel()
	doc, ids := document(t), map[string]bool{}
	for name, op := range operations(doc) {
		if op.OperationID == "" || ids[op.OperationID] || op.Summary == "" || op.Description == "" {
			t.Errorf("%s lacks an id of its own, a summary or a description: %+v", name, op)
		}
		ids[op.OperationID] = true
		for _, p := range op.Parameters {
			if p.Description == "" || len(p.Schema.Examples) == 0 {
				t.Errorf("%s: parameter %s lacks a description or an example", name, p.Name)
			}
		}
	}
	for name, schema := range doc.Components.Schemas.Map() {
		if name == "Problem" || name == "FieldError" {
			continue // kit's own
		}
		for field, s := range schema.Properties {
			if s.Description == "" || len(s.Examples) == 0 {
				t.Errorf("%s.%s lacks a description or an example", name, field)
			}
		}
	}
}
