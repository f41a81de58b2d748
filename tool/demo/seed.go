// Package demo makes the demo data of a running system, through its API.
package demo

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"microdemo/tool/apiclient"
)

// The demo data. Documents and tests name it, so it stays as it is.
const (
	AdminEmail = "admin@test.com"
	UserEmail  = "bob@example.com"
	Password   = "password123"
	sku        = "SKU-001"
	orderID    = "ORD-001"
)

// Options says where the demo data goes and who makes it.
type Options struct {
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
func Seed(ctx context.Context, o Options) (bob User, err error) {
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
	api := &seeder{apiclient.New(o.Base, o.Report), o.Report}

	admin, err := api.Login(ctx, o.AdminEmail, o.AdminPassword)
	if err != nil {
		return bob, err
	}
	bob, err = api.user(ctx, admin)
	if apiclient.IsStatus(err, http.StatusForbidden) {
		return bob, fmt.Errorf("%s cannot make the demo data: %w", o.AdminEmail, err)
	}
	if err != nil {
		return bob, err
	}
	api.say("user "+UserEmail, bob.made, bob.But)
	made, err := api.item(ctx, admin)
	if err != nil {
		return bob, err
	}
	api.say("item "+sku, made)
	if err := api.order(ctx, bob, admin); err != nil {
		return bob, err
	}
	if o.Demo {
		return bob, api.demo(ctx, admin, o.Now)
	}
	return bob, nil
}

// seeder makes demo data and reports what it made.
type seeder struct {
	*apiclient.Client
	report func(string)
}

// say reports what became of one thing.
func (s *seeder) say(what string, made bool, but ...string) {
	outcome := "already there"
	if made {
		outcome = "made"
	}
	s.report(fmt.Sprintf("%-22s %s%s", what, outcome, strings.Join(but, "")))
}

// User is Bob, as he was made or found.
type User struct {
	id    int64
	token string // "" if he cannot sign in as the demo does
	made  bool
	But   string // why he cannot
}

// user registers Bob, unless he is there; then it tries to sign him in, once, for
// attempts that fail are counted.
func (s *seeder) user(ctx context.Context, admin string) (bob User, err error) {
	if bob.id, err = s.userID(ctx, admin, UserEmail); err != nil {
		return bob, err
	}
	var answer struct {
		Token string `json:"access_token"`
	}
	if bob.id == 0 {
		err = s.Call(ctx, http.MethodPost, "/users/register", "",
			apiclient.Object{"name": "Bob", "email": UserEmail, "password": Password}, &answer)
		return User{token: answer.Token, made: true}, err
	}
	err = s.Try(ctx, http.MethodPost, "/users/login", "", apiclient.Object{"email": UserEmail, "password": Password}, &answer)
	switch {
	case apiclient.IsStatus(err, http.StatusUnauthorized):
		bob.But = ", but with another password"
	case apiclient.IsStatus(err, http.StatusForbidden):
		bob.But = ", but deactivated"
	}
	bob.token = answer.Token
	return bob, nil
}

// userID is the id of the user with an e-mail address, or 0.
func (s *seeder) userID(ctx context.Context, admin, email string) (int64, error) {
	var found []struct {
		ID    int64
		Email string
	}
	err := s.Call(ctx, http.MethodGet, "/users/?limit=10&q="+url.QueryEscape(email), admin, nil, &found)
	for _, u := range found {
		if strings.EqualFold(u.Email, email) {
			return u.ID, err
		}
	}
	return 0, err
}

func (s *seeder) item(ctx context.Context, admin string) (made bool, err error) {
	err = s.Call(ctx, http.MethodPost, "/inventory/", admin,
		apiclient.Object{"sku": sku, "name": "Demo item", "qty": 200, "price": "10.00"}, nil)
	if apiclient.IsStatus(err, http.StatusConflict) {
		return false, nil
	}
	return err == nil, err
}

// order looks for the order first: a 409 would not tell whether the order is
// there or the stock is not.
func (s *seeder) order(ctx context.Context, bob User, admin string) error {
	there, err := s.exists(ctx, admin, "/orders/"+orderID)
	made, refused := false, false
	if err == nil && !there {
		body, token := apiclient.Object{"id": orderID, "items": []apiclient.Object{{"sku": sku, "quantity": 2}}}, bob.token
		if token == "" {
			body["user_id"], token = bob.id, admin
		}
		made, refused, err = s.place(ctx, token, admin, orderID, body, nil)
	}
	if err == nil && !refused {
		s.say("order "+orderID, made)
	}
	return err
}

// place places an order, unless there once was one. It reports why an order is
// refused: its item may have been sold out since, or its buyer deactivated.
func (s *seeder) place(ctx context.Context, token, admin, id string, body apiclient.Object, order any) (made, refused bool, err error) {
	err = s.Call(ctx, http.MethodPost, "/orders/", token, body, order)
	if !apiclient.IsStatus(err, http.StatusConflict) && !apiclient.IsStatus(err, http.StatusUnprocessableEntity) {
		return err == nil, false, err
	}
	// Perhaps an attempt before this one had its effect and lost its answer.
	if s.Call(ctx, http.MethodGet, "/orders/"+id, admin, nil, order) == nil {
		return true, false, nil
	}
	if s.wasDeleted(ctx, admin, id) {
		return false, false, nil
	}
	s.report(fmt.Sprintf("%-22s not made: %v", "order "+id, err))
	return false, true, nil
}

// wasDeleted tells whether there once was an order: its history stays.
func (s *seeder) wasDeleted(ctx context.Context, admin, id string) bool {
	return s.Call(ctx, http.MethodGet, "/orders/"+id+"/timeline", admin, nil, nil) == nil
}
