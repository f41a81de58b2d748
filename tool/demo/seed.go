// Package demo creates the demo data of a running system, through its API.
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

// The demo data. Documents and tests name it.
const (
	AdminEmail = "admin@test.com"
	UserEmail  = "bob@example.com"
	Password   = "password123"
	sku        = "SKU-001"
	orderID    = "ORD-001"
)

// Options says where the demo data goes and who creates it.
type Options struct {
	Base          string // the gateway
	AdminEmail    string
	AdminPassword string
	Demo          bool          // also a shop, with 90 days of orders
	Wait          time.Duration // for the whole; default two minutes
	Report        func(line string)
}

// seeder creates demo data and reports what it created.
type seeder struct {
	*apiclient.Client
	admin  string // the admin's token
	report func(line string)
}

// Seed creates the demo data: a user, an item, and an order of the user; with Demo,
// a shop around them. It leaves what already exists as it is, and reports what can
// no longer be created.
func Seed(ctx context.Context, o Options) (bob User, err error) {
	base, err := url.Parse(o.Base)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return bob, fmt.Errorf("--base %s is not an address such as http://127.0.0.1:8080", o.Base)
	}
	if o.Wait == 0 {
		o.Wait = 2 * time.Minute
	}
	if o.Report == nil {
		o.Report = func(string) {}
	}
	ctx, cancel := context.WithTimeout(ctx, o.Wait)
	defer cancel()
	s := &seeder{Client: apiclient.New(o.Base, o.Report), report: o.Report}
	if s.admin, err = s.Login(ctx, o.AdminEmail, o.AdminPassword); err != nil {
		return bob, err
	}
	bob, err = s.user(ctx)
	if apiclient.IsStatus(err, http.StatusForbidden) {
		return bob, fmt.Errorf("%s cannot create the demo data: %w", o.AdminEmail, err)
	}
	if err != nil {
		return bob, err
	}
	if err := s.item(ctx); err != nil {
		return bob, err
	}
	if err := s.order(ctx, bob); err != nil {
		return bob, err
	}
	if o.Demo {
		return bob, s.shop(ctx, time.Now())
	}
	return bob, nil
}

// say reports whether something was created or already existed.
func (s *seeder) say(what string, created bool, but ...string) {
	outcome := "already exists"
	if created {
		outcome = "created"
	}
	s.report(fmt.Sprintf("%-22s %s%s", what, outcome, strings.Join(but, "")))
}

// User is Bob, the buyer.
type User struct {
	But   string // why he cannot sign in with Password, if so
	id    int64
	token string // "" if he cannot sign in
}

// user registers Bob unless he exists. An existing Bob is signed in with one attempt
// only, for failed attempts are counted.
func (s *seeder) user(ctx context.Context) (bob User, err error) {
	if bob.id, err = s.userID(ctx, UserEmail); err != nil {
		return bob, err
	}
	var answer struct {
		Token string `json:"access_token"`
	}
	register := bob.id == 0
	if register {
		err = s.Call(ctx, http.MethodPost, "/users/register", "",
			apiclient.Object{"name": "Bob", "email": UserEmail, "password": Password}, &answer)
		if err != nil {
			return bob, err
		}
	} else {
		err := s.Try(ctx, http.MethodPost, "/users/login", "", apiclient.Object{"email": UserEmail, "password": Password}, &answer)
		switch {
		case apiclient.IsStatus(err, http.StatusUnauthorized):
			bob.But = ", but with another password"
		case apiclient.IsStatus(err, http.StatusForbidden):
			bob.But = ", but is deactivated"
		}
	}
	bob.token = answer.Token
	s.say("user "+UserEmail, register, bob.But)
	return bob, nil
}

// userID is the id of the user with an e-mail address, or 0.
func (s *seeder) userID(ctx context.Context, email string) (int64, error) {
	var found []struct {
		ID    int64
		Email string
	}
	err := s.Call(ctx, http.MethodGet, "/users/?limit=10&q="+url.QueryEscape(email), s.admin, nil, &found)
	for _, u := range found {
		if strings.EqualFold(u.Email, email) {
			return u.ID, err
		}
	}
	return 0, err
}

func (s *seeder) item(ctx context.Context) error {
	err := s.Call(ctx, http.MethodPost, "/inventory/", s.admin,
		apiclient.Object{"sku": sku, "name": "Demo item", "qty": 200, "price": "10.00"}, nil)
	exists := apiclient.IsStatus(err, http.StatusConflict)
	if err != nil && !exists {
		return err
	}
	s.say("item "+sku, !exists)
	return nil
}

// order looks the order up first: a 409 may be about the order or about its stock.
func (s *seeder) order(ctx context.Context, bob User) error {
	exists, err := s.exists(ctx, "/orders/"+orderID)
	created, refused := false, false
	if err == nil && !exists {
		body, token := apiclient.Object{"id": orderID, "items": []apiclient.Object{{"sku": sku, "quantity": 2}}}, bob.token
		if token == "" {
			body["user_id"], token = bob.id, s.admin
		}
		created, refused, err = s.place(ctx, token, orderID, body, nil)
	}
	if err == nil && !refused {
		s.say("order "+orderID, created)
	}
	return err
}

// place places an order unless it was placed before. It reports why an order is
// refused: its item may be sold out by now, or its buyer deactivated.
func (s *seeder) place(ctx context.Context, token, id string, body apiclient.Object, order any) (created, refused bool, err error) {
	err = s.Call(ctx, http.MethodPost, "/orders/", token, body, order)
	if !apiclient.IsStatus(err, http.StatusConflict) && !apiclient.IsStatus(err, http.StatusUnprocessableEntity) {
		return err == nil, false, err
	}
	// An earlier attempt may have placed it and lost its response.
	if s.Call(ctx, http.MethodGet, "/orders/"+id, s.admin, nil, order) == nil {
		return true, false, nil
	}
	// Deleted orders keep their timeline.
	if s.Call(ctx, http.MethodGet, "/orders/"+id+"/timeline", s.admin, nil, nil) == nil {
		return false, false, nil
	}
	s.report(fmt.Sprintf("%-22s not created: %v", "order "+id, err))
	return false, true, nil
}

// exists reports whether there is a resource at a path.
func (s *seeder) exists(ctx context.Context, path string) (bool, error) {
	err := s.Call(ctx, http.MethodGet, path, s.admin, nil, nil)
	if apiclient.IsStatus(err, http.StatusNotFound) {
		return false, nil
	}
	return err == nil, err
}
