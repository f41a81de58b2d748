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
	"GET /users/analytics":            {nil, [7]int{401, 401, 403, 403, 200, 401, 403}},
	"GET /users/analytics/timeseries": {nil, [7]int{401, 401, 403, 403, 200, 401, 403}},
	"GET /users/export/csv":           {nil, [7]int{401, 401, 403, 403, 200, 401, 403}},
	"POST /users/import/csv":          {usersFile, [7]int{401, 401, 403, 403, 200, 401, 403}},
	"POST /users/refresh":             {always(m{"refresh_token": "x"}), [7]int{401, 401, 401, 401, 401, 401, 401}},
	"POST /users/logout":              {nil, [7]int{401, 401, 204, 204, 204, 401, 403}},
	"GET /users/revocations":          {nil, [7]int{401, 401, 403, 403, 403, 401, 200}},

	"GET /inventory/":                  {nil, [7]int{401, 401, 200, 200, 200, 401, 403}},
	"GET /inventory/{id}":              {nil, [7]int{401, 401, 200, 200, 200, 401, 403}},
	"GET /inventory/sku/{sku}":         {nil, [7]int{401, 401, 200, 200, 200, 401, 403}},
	"POST /inventory/":                 {newItem, [7]int{401, 401, 403, 403, 201, 401, 403}},
	"PUT /inventory/{id}":              {always(m{"qty": 5}), [7]int{401, 401, 403, 403, 200, 401, 403}},
	"DELETE /inventory/{id}":           {nil, [7]int{401, 401, 403, 403, 204, 401, 403}},
	"POST /inventory/{id}/adjustments": {always(m{"delta": 1, "reason": "found"}), [7]int{401, 401, 403, 403, 200, 401, 403}},
	"GET /inventory/{id}/movements":    {nil, [7]int{401, 401, 403, 403, 200, 401, 403}},
	"GET /inventory/analytics":         {nil, [7]int{401, 401, 200, 200, 200, 401, 403}},
	"GET /inventory/export/csv":        {nil, [7]int{401, 401, 200, 200, 200, 401, 403}},
	"POST /inventory/import/csv":       {itemsFile, [7]int{401, 401, 403, 403, 200, 401, 403}},

	"POST /inventory/reservations":               {newReservation, [7]int{401, 401, 403, 403, 403, 401, 200}},
	"POST /inventory/reservations/releases":      {newIDs, [7]int{401, 401, 403, 403, 403, 401, 204}},
	"POST /inventory/reservations/confirmations": {newIDs, [7]int{401, 401, 403, 403, 403, 401, 204}},
	"GET /inventory/reservations":                {nil, [7]int{401, 401, 403, 403, 403, 401, 200}},
	"POST /inventory/reservations/items":         {newSKUs, [7]int{401, 401, 403, 403, 403, 401, 200}},

	"POST /orders/":                                   {newOrder, [7]int{401, 401, 201, 201, 201, 401, 403}},
	"GET /orders/":                                    {nil, [7]int{401, 401, 200, 200, 200, 401, 403}},
	"GET /orders/analytics":                           {nil, [7]int{401, 401, 200, 200, 200, 401, 403}},
	"GET /orders/analytics/forecast":                  {nil, [7]int{401, 401, 200, 200, 200, 401, 403}},
	"GET /orders/analytics/timeseries":                {nil, [7]int{401, 401, 200, 200, 200, 401, 403}},
	"GET /orders/{id}":                                {nil, [7]int{401, 401, 200, 403, 200, 401, 403}},
	"GET /orders/{id}/timeline":                       {nil, [7]int{401, 401, 200, 403, 200, 401, 403}},
	"GET /orders/{id}/deliveries":                     {nil, [7]int{401, 401, 403, 403, 200, 401, 403}},
	"PUT /orders/{id}":                                {always(m{"status": "cancelled"}), [7]int{401, 401, 200, 403, 200, 401, 403}},
	"DELETE /orders/{id}":                             {nil, [7]int{401, 401, 204, 403, 204, 401, 403}},
	"GET /orders/export/csv":                          {nil, [7]int{401, 401, 200, 200, 200, 401, 403}},
	"POST /orders/import/csv":                         {pastOrders, [7]int{401, 401, 403, 403, 200, 401, 403}},
	"GET /orders/webhooks":                            {nil, [7]int{401, 401, 403, 403, 200, 401, 403}},
	"POST /orders/webhooks":                           {always(nowhere), [7]int{401, 401, 403, 403, 201, 401, 403}},
	"DELETE /orders/webhooks/{id}":                    {nil, [7]int{401, 401, 403, 403, 204, 401, 403}},
	"POST /orders/webhooks/{id}/test":                 {nil, [7]int{401, 401, 403, 403, 200, 401, 403}},
	"GET /orders/webhooks/{id}/deliveries":            {nil, [7]int{401, 401, 403, 403, 200, 401, 403}},
	"POST /orders/webhooks/deliveries/{id}/redeliver": {nil, [7]int{401, 401, 403, 403, 202, 401, 403}},
	"GET /orders/events":                              {nil, [7]int{401, 401, 200, 200, 200, 401, 403}},
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

func usersFile(n int) any { return kittest.CSV("name,email", fmt.Sprintf("N,file%d@example.com", n)) }

func itemsFile(n int) any { return kittest.CSV("sku,qty", fmt.Sprintf("FILE-%d,1", n)) }

func newReservation(n int) any {
	return []m{{"id": uuid.Must(uuid.NewV7()), "order_id": fmt.Sprintf("R-%d", n), "items": []m{{"sku": "TEA", "quantity": 1}}}}
}

func newIDs(int) any { return m{"ids": []uuid.UUID{uuid.Must(uuid.NewV7())}} }

func newSKUs(n int) any { return m{"skus": []string{fmt.Sprintf("MISSING-%d", n)}} }

func pastOrders(n int) any {
	return kittest.CSV("id,user_id,total,status,items_json", pastOrder(fmt.Sprintf("PAST-%d", n), 1, "completed", "TEA"))
}

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
			if caller == "service" { // its tokens are short-lived
				client = a.anyone.As(kittest.Token(t, 0, kit.RoleService))
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
			if name == "GET /orders/events" && row.statuses[i] == 200 {
				client.Stream(t, address).Close() // it would not end
				continue
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
	s := startBoth(t, webhooksHere)
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
		"inactive": inactive,
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
	case operation == "DELETE /users/{id}", operation == "POST /users/{id}/reset_password": // signs out whom it is about
		_, id = a.register(fmt.Sprintf("gone%d@example.com", a.n))
	case strings.HasPrefix(template, "/users/") && caller == "inactive":
		id = a.inactiveID
	case strings.HasPrefix(template, "/users/"):
		id = a.bobID
	case strings.HasPrefix(template, "/inventory/"):
		id = a.stock(fmt.Sprintf("ITEM-%d", a.n), 5, "1.00")
	case strings.HasPrefix(template, "/orders/webhooks/deliveries"):
		id = a.delivery()
	case strings.HasPrefix(template, "/orders/webhooks"):
		id = a.webhook()
	case caller == "inactive":
		id, a.left = a.left[0], a.left[1:]
	default:
		id = a.place(a.bob, a.n)
	}
	return method, strings.NewReplacer("{id}", fmt.Sprint(id), "{sku}", fmt.Sprintf("ITEM-%d", a.n)).Replace(template)
}

// nowhere is a webhook to a port where nothing listens.
var nowhere = m{"url": "http://127.0.0.1:1/"}

func (a *accessTest) webhook() (id int64) {
	a.t.Helper()
	var made struct{ ID int64 }
	unmarshal(a.t, a.admin.Do(a.t, "POST", "/orders/webhooks", nowhere).Want(201), &made)
	return made.ID
}

// delivery makes a delivery to a webhook of its own.
func (a *accessTest) delivery() (id string) {
	a.t.Helper()
	webhook := a.webhook()
	a.place(a.bob, a.n)
	var list []struct{ ID string }
	unmarshal(a.t, a.admin.Do(a.t, "GET", fmt.Sprintf("/orders/webhooks/%d/deliveries", webhook), nil).Want(200), &list)
	return list[0].ID
}
