package e2e

import (
	"fmt"
	"strings"
	"testing"

	"microdemo/tool/demo"
)

// seed runs the command and gives what it has said about one thing.
func (s *system) seed(shop bool) (about func(what string) string) {
	s.t.Helper()
	said := map[string]string{}
	_, err := demo.Seed(s.t.Context(), demo.Options{
		Base: s.admin.Base, AdminEmail: "admin@test.com", AdminPassword: "password123", Demo: shop,
		Report: func(line string) {
			if words := strings.Fields(line); len(words) > 2 {
				said[strings.Join(words[:2], " ")] = strings.Join(words[2:], " ")
			}
		},
	})
	if err != nil {
		s.t.Fatalf("%v; it has said %q", err, said)
	}
	return func(what string) string { return said[what] }
}

// TestSeed_GoesOnWhateverPeopleDid changes what seed has made, or would make, as
// its users may.
func TestSeed_GoesOnWhateverPeopleDid(t *testing.T) {
	t.Parallel()
	s := start(t)
	const user, item, order, there = "user bob@example.com", "item SKU-001", "order ORD-001", "already exists"
	bob := fmt.Sprintf("/users/%d", s.bobID)
	sku := fmt.Sprintf("/inventory/%d", s.stock("SKU-001", 1, "10.00"))
	for _, step := range []struct {
		before            func()
		user, item, order string
	}{
		{
			func() { s.admin.Do(t, "PUT", bob, m{"is_active": false}).Want(200) },
			"already exists, but is deactivated", there, "not created: body.user_id: this user is deactivated.",
		},
		{
			func() { s.admin.Do(t, "PUT", bob, m{"is_active": true}).Want(200) },
			there, there, "not created: There is not enough stock of SKU-001: 1 available, 2 requested.",
		},
		{
			func() { s.admin.Do(t, "PUT", sku, m{"qty": 9, "price": nil}).Want(200) },
			there, there, "not created: Item SKU-001 has no price; an administrator has to name one.",
		},
		{func() {
			s.admin.Do(t, "PUT", sku, m{"price": "3.00"}).Want(200)
			s.admin.Do(t, "POST", bob+"/reset_password", nil).Want(200)
		}, "already exists, but with another password", there, "created"},
		{func() { s.admin.Do(t, "PUT", "/orders/ORD-001", m{"status": "cancelled"}).Want(200) }, "already exists, but with another password", there, there},
		{func() { s.admin.Do(t, "PUT", bob, m{"email": "robert@example.com"}).Want(200) }, "created", there, there},
		{func() {
			s.admin.Do(t, "DELETE", "/orders/ORD-001", nil).Want(204)
			s.admin.Do(t, "DELETE", sku, nil).Want(204)
			s.admin.Do(t, "DELETE", bob, nil).Want(204)
		}, there, "created", there},
	} {
		step.before()
		about := s.seed(false)
		for what, want := range map[string]string{user: step.user, item: step.item, order: step.order} {
			if got := about(what); got != want {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
	}
	s.audit()
}

// TestSeed_OfAShopThatPeopleHaveUsed leaves what is there as it is.
func TestSeed_OfAShopThatPeopleHaveUsed(t *testing.T) {
	t.Parallel()
	s := start(t)
	soldOut := fmt.Sprintf("/inventory/%d", s.stock("COF-001", 0, "1.00"))
	var noPrice, ana struct{ ID int64 }
	unmarshal(t, s.admin.Do(t, "POST", "/inventory/", m{"sku": "COF-002", "qty": 500}).Want(201), &noPrice)
	unmarshal(t, s.admin.Do(t, "POST", "/users/", m{"name": "Annie", "email": "Ana.Souza@Example.com"}).Want(201), &ana)
	buyer := fmt.Sprintf("/users/%d", ana.ID)
	s.admin.Do(t, "PUT", buyer, m{"is_active": false, "role": "admin"}).Want(200)

	about := s.seed(true)
	for order, why := range map[string]string{
		"DEMO-pending-1":    "not created: There is not enough stock of COF-001: 0 available, 1 requested.",
		"DEMO-pending-2":    "not created: body.user_id: this user is deactivated.",
		"DEMO-processing-1": "not created: body.user_id: this user is deactivated.",
		"DEMO-processing-2": "",
	} {
		if got := about("order " + order); got != why {
			t.Errorf("order %s: %q, want %q", order, got, why)
		}
	}
	s.wantStock("COF-001", 0, 0)
	var got struct {
		Name, Role string
		IsActive   bool `json:"is_active"`
	}
	if unmarshal(t, s.admin.Do(t, "GET", buyer, nil).Want(200), &got); got.Name != "Annie" || got.Role != "admin" || got.IsActive {
		t.Errorf("the buyer became %+v", got)
	}

	s.admin.Do(t, "PUT", buyer, m{"is_active": true}).Want(200)
	s.admin.Do(t, "PUT", soldOut, m{"qty": 7}).Want(200)
	if got := s.seed(true)("order DEMO-pending-2"); got != "not created: Item COF-002 has no price; an administrator has to name one." {
		t.Errorf("without a price: %q", got)
	}
	s.wantStock("COF-001", 6, 1)

	// Of what was made, some is removed, renamed and moved on.
	s.admin.Do(t, "DELETE", fmt.Sprintf("/inventory/%d", noPrice.ID), nil).Want(204)
	s.admin.Do(t, "PUT", buyer, m{"email": "annie@example.com"}).Want(200)
	s.admin.Do(t, "PUT", "/orders/DEMO-pending-1", m{"status": "cancelled"}).Want(200)
	s.admin.Do(t, "PUT", "/orders/DEMO-shipped-1", m{"status": "completed"}).Want(200)
	s.admin.Do(t, "DELETE", "/orders/DEMO-delivered-1", nil).Want(204)
	s.seed(true)
	s.wantStock("COF-001", 7, 0)
	s.admin.Do(t, "GET", "/inventory/sku/COF-002", nil).Want(200)
	s.admin.Do(t, "GET", "/orders/DEMO-pending-2", nil).Want(200)
	s.admin.Do(t, "GET", "/orders/DEMO-delivered-1", nil).Want(404)
	s.audit()
}
