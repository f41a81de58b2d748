package tool

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
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
// the user; with Demo, a shop around them. What is there already stays as it is,
// and what cannot be made any more is reported.
func Seed(ctx context.Context, o SeedOptions) error {
	_, err := seed(ctx, o)
	return err
}

func seed(ctx context.Context, o SeedOptions) (bob demoUser, err error) {
	base, err := url.Parse(o.Base)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return bob, fmt.Errorf("--base %s is not an address such as http://127.0.0.1:8080", o.Base)
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
		return bob, err
	}
	bob, err = api.user(ctx, admin)
	if isStatus(err, http.StatusForbidden) {
		return bob, fmt.Errorf("%s cannot make the demo data: %w", o.AdminEmail, err)
	}
	if err != nil {
		return bob, err
	}
	api.say("user "+demoUserEmail, bob.made, bob.but)
	made, err := api.item(ctx, admin)
	if err != nil {
		return bob, err
	}
	api.say("item "+demoSKU, made)
	if err := api.order(ctx, bob, admin); err != nil {
		return bob, err
	}
	if o.Demo {
		return bob, api.demo(ctx, admin, o.Now)
	}
	return bob, nil
}

// say reports what became of one thing.
func (s *apiClient) say(what string, made bool, but ...string) {
	outcome := "already there"
	if made {
		outcome = "made"
	}
	s.report(fmt.Sprintf("%-22s %s%s", what, outcome, strings.Join(but, "")))
}

func (s *apiClient) login(ctx context.Context, email, password string) (token string, err error) {
	var answer struct {
		Token string `json:"access_token"`
	}
	err = s.call(ctx, http.MethodPost, "/users/login", "", object{"email": email, "password": password}, &answer)
	if isStatus(err, http.StatusUnauthorized) {
		return "", fmt.Errorf("cannot sign in as %s: there is no such user, or the password is another", email)
	}
	if isStatus(err, http.StatusForbidden) {
		return "", fmt.Errorf("cannot sign in as %s: %w", email, err)
	}
	return answer.Token, err
}

// demoUser is Bob as he was made or found.
type demoUser struct {
	id    int64
	token string // "" if he cannot sign in as the demo does
	made  bool
	but   string // why not
}

// user registers Bob, unless he is there; then it tries to sign him in, once, for
// attempts that fail are counted.
func (s *apiClient) user(ctx context.Context, admin string) (bob demoUser, err error) {
	if bob.id, err = s.userID(ctx, admin, demoUserEmail); err != nil {
		return bob, err
	}
	var answer struct {
		Token string `json:"access_token"`
	}
	if bob.id == 0 {
		err = s.call(ctx, http.MethodPost, "/users/register", "",
			object{"name": "Bob", "email": demoUserEmail, "password": demoPassword}, &answer)
		return demoUser{token: answer.Token, made: true}, err
	}
	err = s.try(ctx, http.MethodPost, "/users/login", "", object{"email": demoUserEmail, "password": demoPassword}, &answer)
	switch {
	case isStatus(err, http.StatusUnauthorized):
		bob.but = ", but with another password"
	case isStatus(err, http.StatusForbidden):
		bob.but = ", but deactivated"
	}
	bob.token = answer.Token
	return bob, nil
}

// userID is the id of the user with an e-mail address, or 0.
func (s *apiClient) userID(ctx context.Context, admin, email string) (int64, error) {
	var found []struct {
		ID    int64
		Email string
	}
	err := s.call(ctx, http.MethodGet, "/users/?limit=10&q="+url.QueryEscape(email), admin, nil, &found)
	for _, u := range found {
		if strings.EqualFold(u.Email, email) {
			return u.ID, err
		}
	}
	return 0, err
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
func (s *apiClient) order(ctx context.Context, bob demoUser, admin string) error {
	there, err := s.exists(ctx, admin, "/orders/"+demoOrder)
	made, refused := false, false
	if err == nil && !there {
		body, token := object{"id": demoOrder, "items": []object{{"sku": demoSKU, "quantity": 2}}}, bob.token
		if token == "" {
			body["user_id"], token = bob.id, admin
		}
		made, refused, err = s.place(ctx, token, admin, demoOrder, body, nil)
	}
	if err == nil && !refused {
		s.say("order "+demoOrder, made)
	}
	return err
}

// place places an order, unless there once was one. It reports why an order is
// refused: its item may have been sold out since, or its buyer deactivated.
func (s *apiClient) place(ctx context.Context, token, admin, id string, body object, order any) (made, refused bool, err error) {
	err = s.call(ctx, http.MethodPost, "/orders/", token, body, order)
	if !isStatus(err, http.StatusConflict) && !isStatus(err, http.StatusUnprocessableEntity) {
		return err == nil, false, err
	}
	// Perhaps an attempt before this one had its effect and lost its answer.
	if s.call(ctx, http.MethodGet, "/orders/"+id, admin, nil, order) == nil {
		return true, false, nil
	}
	if s.wasDeleted(ctx, admin, id) {
		return false, false, nil
	}
	s.report(fmt.Sprintf("%-22s not made: %v", "order "+id, err))
	return false, true, nil
}

// wasDeleted tells whether there once was an order: its history stays.
func (s *apiClient) wasDeleted(ctx context.Context, admin, id string) bool {
	return s.call(ctx, http.MethodGet, "/orders/"+id+"/timeline", admin, nil, nil) == nil
}
