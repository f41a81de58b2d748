package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gofrs/uuid/v5"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

// callers are the columns of the table of access. The operation is about what
// belongs to the owner; for the inactive user, to that user.
var callers = []string{"no token", "expired", "owner", "other user", "admin", "inactive", "service"}

// access says how each operation answers a good request of each caller. n is
// another number for every request.
var access = map[string]struct {
	body     func(n int) any
	statuses [7]int
}{
	"POST /users/register":            {registration, [7]int{201, 201, 201, 201, 201, 201, 201}},
	"POST /users/login":               {credentials, [7]int{200, 200, 200, 200, 200, 200, 200}},
	"POST /users/refresh":             {always(m{"refresh_token": "x"}), [7]int{401, 401, 401, 401, 401, 401, 401}},
	"POST /users/logout":              {nil, [7]int{401, 401, 204, 204, 204, 401, 403}},
	"GET /users/revocations":          {nil, [7]int{401, 401, 403, 403, 403, 401, 200}},
	"GET /users/me":                   {nil, [7]int{401, 401, 200, 200, 200, 401, 403}},
	"PUT /users/me/password":          {samePassword, [7]int{401, 401, 204, 204, 204, 401, 403}},
	"GET /users/me/preferences":       {nil, [7]int{401, 401, 200, 200, 200, 401, 403}},
	"PUT /users/me/preferences":       {always(m{"preferences": m{}}), [7]int{401, 401, 200, 200, 200, 401, 403}},
	"GET /users/":                     {nil, [7]int{401, 401, 403, 403, 200, 401, 403}},
	"POST /users/":                    {registration, [7]int{401, 401, 403, 403, 201, 401, 403}},
	"GET /users/{id}":                 {nil, [7]int{401, 401, 200, 403, 200, 401, 200}},
	"PUT /users/{id}":                 {always(m{"name": "N"}), [7]int{401, 401, 200, 403, 200, 401, 403}},
	"DELETE /users/{id}":              {nil, [7]int{401, 401, 403, 403, 204, 401, 403}},
	"POST /users/{id}/reset_password": {nil, [7]int{401, 401, 403, 403, 200, 401, 403}},

	"GET /inventory/":                  {nil, [7]int{401, 401, 200, 200, 200, 401, 403}},
	"GET /inventory/{id}":              {nil, [7]int{401, 401, 200, 200, 200, 401, 403}},
	"GET /inventory/sku/{sku}":         {nil, [7]int{401, 401, 200, 200, 200, 401, 403}},
	"POST /inventory/":                 {newItem, [7]int{401, 401, 403, 403, 201, 401, 403}},
	"PUT /inventory/{id}":              {always(m{"qty": 5}), [7]int{401, 401, 403, 403, 200, 401, 403}},
	"DELETE /inventory/{id}":           {nil, [7]int{401, 401, 403, 403, 204, 401, 403}},
	"POST /inventory/{id}/adjustments": {always(m{"delta": 1, "reason": "found"}), [7]int{401, 401, 403, 403, 200, 401, 403}},
	"GET /inventory/{id}/movements":    {nil, [7]int{401, 401, 403, 403, 200, 401, 403}},

	"POST /inventory/reservations":               {newReservation, [7]int{401, 401, 403, 403, 403, 401, 200}},
	"POST /inventory/reservations/releases":      {newIDs, [7]int{401, 401, 403, 403, 403, 401, 204}},
	"POST /inventory/reservations/confirmations": {newIDs, [7]int{401, 401, 403, 403, 403, 401, 204}},
	"GET /inventory/reservations":                {nil, [7]int{401, 401, 403, 403, 403, 401, 200}},

	"POST /orders/":             {newOrder, [7]int{401, 401, 201, 201, 201, 401, 403}},
	"GET /orders/":              {nil, [7]int{401, 401, 200, 200, 200, 401, 403}},
	"GET /orders/{id}":          {nil, [7]int{401, 401, 200, 403, 200, 401, 403}},
	"GET /orders/{id}/timeline": {nil, [7]int{401, 401, 200, 403, 200, 401, 403}},
	"PUT /orders/{id}":          {always(m{"status": "cancelled"}), [7]int{401, 401, 200, 403, 200, 401, 403}},
	"DELETE /orders/{id}":       {nil, [7]int{401, 401, 204, 403, 204, 401, 403}},
}

func always(body m) func(int) any { return func(int) any { return body } }

func registration(n int) any {
	return m{"name": "N", "email": fmt.Sprintf("n%d@example.com", n), "password": "password123"}
}

func credentials(int) any { return m{"email": "bob@example.com", "password": "password123"} }

func samePassword(int) any {
	return m{"current_password": "password123", "new_password": "password123"}
}

func newItem(n int) any { return m{"sku": fmt.Sprintf("NEW-%d", n), "qty": 1} }

func newReservation(n int) any {
	return []m{{"id": uuid.Must(uuid.NewV7()), "order_id": fmt.Sprintf("R-%d", n), "items": []m{{"sku": "TEA", "quantity": 1}}}}
}

func newIDs(int) any { return m{"ids": []uuid.UUID{uuid.Must(uuid.NewV7())}} }

func newOrder(n int) any {
	return m{"id": fmt.Sprintf("O-%d", n), "items": []m{{"sku": "TEA", "quantity": 1}}}
}

func TestAccess_EveryOperation(t *testing.T) {
	t.Parallel()
	a := startAccess(t)
	seen := map[string]bool{}
	eachOperation(t, func(name string, _ *openapi3.Operation) {
		seen[name] = true
		row, known := access[name]
		if !known {
			t.Errorf("%s has no row in the table of access", name)
			return
		}
		for i, caller := range callers {
			a.n++
			client := a.clients[caller]
			if name == "POST /users/logout" && row.statuses[i] == 204 {
				client = a.anotherSession(client)
			}
			method, address := a.target(name, caller)
			var body any
			if row.body != nil {
				body = row.body(a.n)
			}
			if internal(address) {
				client.Do(t, method, address, body).WantProblem(404, "") // there is no way through the gateway
				client.Base = map[bool]string{true: a.usersURL, false: a.inventoryURL}[strings.HasPrefix(address, "/users/")]
			}
			if got := client.Do(t, method, address, body); got.Status != row.statuses[i] {
				t.Errorf("%s as %s answered %d, want %d: %s", name, caller, got.Status, row.statuses[i], got.Raw)
			}
		}
	})
	for name := range access {
		if !seen[name] {
			t.Errorf("the table of access has a row for %s, which is no operation", name)
		}
	}
}

// accessTest is a system with every kind of caller.
type accessTest struct {
	*system
	n          int // of the request
	clients    map[string]kittest.Client
	inactiveID int64
	left       []string // orders of the inactive user, who cannot place any more
}

func startAccess(t *testing.T) *accessTest {
	s := start(t)
	s.stock("TEA", 1000, "10.00")
	hourAgo := kit.NewTokens(kittest.Secret, func() time.Time { return time.Now().Add(-time.Hour) })
	expired, err := hourAgo.Issue(1, "admin@test.com", kit.RoleAdmin, "S")
	if err != nil {
		t.Fatal(err)
	}
	eve, _ := s.register("eve@example.com")
	inactive, inactiveID := s.register("inactive@example.com")
	a := &accessTest{system: s, inactiveID: inactiveID, clients: map[string]kittest.Client{
		"no token": s.anyone, "expired": s.anyone.As(expired), "owner": s.bob, "other user": eve, "admin": s.admin,
		"inactive": inactive, "service": s.anyone.As(kittest.Token(t, 0, kit.RoleService)),
	}}
	for name := range access {
		if strings.Contains(name, "/orders/{id}") {
			a.left = append(a.left, a.place(inactive, -len(a.left)))
		}
	}
	s.admin.Do(t, "PUT", fmt.Sprintf("/users/%d", inactiveID), m{"is_active": false}).Want(200)
	for _, address := range []string{"/users/me", "/orders/", "/inventory/"} {
		kittest.Eventually(t, address+" is closed to who was deactivated", func() bool {
			return inactive.Do(t, "GET", address, nil).Status == 401
		})
	}
	return a
}

// anotherSession signs in once more as the owner of a client's token.
func (a *accessTest) anotherSession(client kittest.Client) kittest.Client {
	a.t.Helper()
	var me struct{ Email string }
	unmarshal(a.t, client.Do(a.t, "GET", "/users/me", nil).Want(200), &me)
	return a.login(me.Email, "password123")
}

func (a *accessTest) place(client kittest.Client, n int) (id string) {
	a.t.Helper()
	var placed order
	client.Do(a.t, "POST", "/orders/", newOrder(n)).Want(201).Into(&placed)
	return placed.ID
}

// target makes what an operation is about, and its address.
func (a *accessTest) target(operation, caller string) (method, address string) {
	a.t.Helper()
	method, template, _ := strings.Cut(operation, " ")
	var id any
	switch {
	case operation == "GET /inventory/reservations":
		return method, template + "?unconfirmed_for=30s"
	case !strings.Contains(template, "{"):
		return method, template
	case operation == "DELETE /users/{id}":
		_, id = a.register(fmt.Sprintf("gone%d@example.com", a.n))
	case strings.HasPrefix(template, "/users/") && caller == "inactive":
		id = a.inactiveID
	case strings.HasPrefix(template, "/users/"):
		id = a.bobID
	case strings.HasPrefix(template, "/inventory/"):
		id = a.stock(fmt.Sprintf("ITEM-%d", a.n), 5, "1.00")
	case caller == "inactive":
		id, a.left = a.left[0], a.left[1:]
	default:
		id = a.place(a.bob, a.n)
	}
	return method, strings.NewReplacer("{id}", fmt.Sprint(id), "{sku}", fmt.Sprintf("ITEM-%d", a.n)).Replace(template)
}
