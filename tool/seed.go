package tool

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// The demo data. Documents and tests name it, so it stays as it is.
const (
	demoAdminEmail = "admin@test.com"
	demoUserEmail  = "bob@example.com"
	demoPassword   = "password123"
	demoSKU        = "SKU-001"
	demoOrder      = "ORD-001"
)

// SeedOptions says where the demo data goes and who makes it.
type SeedOptions struct {
	Base          string // the gateway
	AdminEmail    string
	AdminPassword string
	Demo          bool          // the demo shop too, with 90 days of orders before Now
	Now           time.Time     // default: now
	Wait          time.Duration // for the system to be ready and the data to be made; default two minutes
	Report        func(line string)
}

// Seed makes the demo data through the API: a user, an item, and an order of
// the user; with Demo, a shop around them. What is there already stays as it is.
func Seed(ctx context.Context, o SeedOptions) error {
	base, err := url.Parse(o.Base)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return fmt.Errorf("--base %s is not an address such as http://127.0.0.1:8080", o.Base)
	}
	if o.Wait == 0 {
		o.Wait = 2 * time.Minute
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if o.Report == nil {
		o.Report = func(string) {}
	}
	ctx, cancel := context.WithTimeout(ctx, o.Wait)
	defer cancel()
	api := newAPIClient(o.Base, o.Report)

	admin, err := api.login(ctx, o.AdminEmail, o.AdminPassword)
	if err != nil {
		return err
	}
	bob, made, err := api.user(ctx)
	if err != nil {
		return err
	}
	api.say("user "+demoUserEmail, made)
	if made, err = api.item(ctx, admin); err != nil {
		return err
	}
	api.say("item "+demoSKU, made)
	if made, err = api.order(ctx, bob, admin); err != nil {
		return err
	}
	api.say("order "+demoOrder, made)
	if o.Demo {
		return api.demo(ctx, admin, o.Now)
	}
	return nil
}

func (s *apiClient) say(what string, made bool) {
	outcome := "already there"
	if made {
		outcome = "made"
	}
	s.report(fmt.Sprintf("%-22s %s", what, outcome))
}

func (s *apiClient) login(ctx context.Context, email, password string) (token string, err error) {
	var answer struct {
		Token string `json:"access_token"`
	}
	err = s.call(ctx, http.MethodPost, "/users/login", "", object{"email": email, "password": password}, &answer)
	if isStatus(err, http.StatusUnauthorized) {
		return "", fmt.Errorf("cannot sign in as %s: there is no such user, or the password is another", email)
	}
	return answer.Token, err
}

// user registers Bob, or signs him in.
func (s *apiClient) user(ctx context.Context) (token string, made bool, err error) {
	var answer struct {
		Token string `json:"access_token"`
	}
	err = s.call(ctx, http.MethodPost, "/users/register", "",
		object{"name": "Bob", "email": demoUserEmail, "password": demoPassword}, &answer)
	if isStatus(err, http.StatusConflict) {
		token, err = s.login(ctx, demoUserEmail, demoPassword)
		return token, false, err
	}
	return answer.Token, err == nil, err
}

func (s *apiClient) item(ctx context.Context, admin string) (made bool, err error) {
	err = s.call(ctx, http.MethodPost, "/inventory/", admin,
		object{"sku": demoSKU, "name": "Demo item", "qty": 200, "price": "10.00"}, nil)
	if isStatus(err, http.StatusConflict) {
		return false, nil
	}
	return err == nil, err
}

// order looks for the order first: a 409 would not tell whether the order is
// there or the stock is not.
func (s *apiClient) order(ctx context.Context, bob, admin string) (made bool, err error) {
	err = s.call(ctx, http.MethodGet, "/orders/"+demoOrder, bob, nil, nil)
	if !isStatus(err, http.StatusNotFound) {
		return false, err
	}
	err = s.call(ctx, http.MethodPost, "/orders/", bob,
		object{"id": demoOrder, "items": []object{{"sku": demoSKU, "quantity": 2}}}, nil)
	if isStatus(err, http.StatusConflict) {
		// Perhaps an attempt before this one had its effect and lost its answer.
		if s.call(ctx, http.MethodGet, "/orders/"+demoOrder, bob, nil, nil) == nil {
			return true, nil
		}
		if s.wasDeleted(ctx, admin, demoOrder) {
			return false, nil
		}
		return false, fmt.Errorf("order %s was not made: %w", demoOrder, err)
	}
	return err == nil, err
}

// wasDeleted tells whether there once was an order: its history stays.
func (s *apiClient) wasDeleted(ctx context.Context, admin, id string) bool {
	return s.call(ctx, http.MethodGet, "/orders/"+id+"/timeline", admin, nil, nil) == nil
}
