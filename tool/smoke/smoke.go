// Package smoke tries the API of a running system, step by step.
package smoke

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gofrs/uuid/v5"
	"github.com/sethvargo/go-retry"

	"microdemo/kit"
	"microdemo/tool/apiclient"
)

// Options says which system to try, as which user and with which item.
type Options struct {
	Base            string // the gateway
	Email, Password string
	SKU             string
	Wait            time.Duration // for the system to be ready, and for stock to be released
	Report          func(line string)
}

// Run uses the API of a running system as a buyer does and stops at the first step
// that fails. It leaves one cancelled order. It checks the stock of one item, which
// no other user should order meanwhile.
func Run(ctx context.Context, o Options) error {
	s := &smoke{Options: o, api: apiclient.New(o.Base, o.Report)}
	s.api.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"gateway and services are healthy", s.healthy},
		{"sign in", s.signIn},
		{"a wrong password is refused", s.wrongPassword},
		{"read an item", s.readItem},
		{"place an order", s.place},
		{"the same request again is replayed", s.replay},
		{"its stock is reserved once", func(ctx context.Context) error { return s.stockIs(ctx, s.before-1) }},
		{"read the order, alone and in the list", s.readOrder},
		{"cancel the order", s.cancel},
		{"its stock is released", func(ctx context.Context) error { return s.stockIs(ctx, s.before) }},
		{"its timeline has both", s.timeline},
		{"anonymous users and buyers are refused", s.refused},
		{"internal addresses are hidden", s.hidden},
		{"services without a slash redirect", s.redirects},
	} {
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
		o.Report("ok    " + step.what)
	}
	return nil
}

// smoke is what the steps pass on to later ones.
type smoke struct {
	Options
	api    *apiclient.Client
	token  string
	before int64 // the item's stock before the order
	order  apiclient.Object
	key    string
	id     string
}

func (s *smoke) healthy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.Wait)
	defer cancel()
	for _, path := range []string{"/healthz", "/users/readyz", "/orders/readyz", "/inventory/readyz"} {
		if err := s.api.Call(ctx, http.MethodGet, path, "", nil, nil); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

func (s *smoke) signIn(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, s.Wait)
	defer cancel()
	s.token, err = s.api.Login(ctx, s.Email, s.Password)
	return err
}

func (s *smoke) wrongPassword(ctx context.Context) error {
	_, err := s.ask(ctx, http.MethodPost, "/users/login", "", apiclient.Object{"email": s.Email, "password": "not-" + s.Password}, http.StatusUnauthorized, nil)
	return err
}

func (s *smoke) readItem(ctx context.Context) (err error) {
	s.before, err = s.stock(ctx)
	if err == nil && s.before < 1 {
		err = fmt.Errorf("%s is out of stock", s.SKU)
	}
	return err
}

func (s *smoke) place(ctx context.Context) error {
	s.order = apiclient.Object{"items": []apiclient.Object{{"sku": s.SKU, "quantity": 1}}}
	s.key = uuid.Must(uuid.NewV4()).String()
	var made struct{ ID, Status string }
	header, err := s.ask(ctx, http.MethodPost, "/orders/", s.token, s.order, http.StatusCreated, &made)
	if err == nil && (made.ID == "" || made.Status != "pending" || header.Get("Idempotency-Replayed") != "") {
		err = fmt.Errorf("answered %+v", made)
	}
	s.id = made.ID
	return err
}

func (s *smoke) replay(ctx context.Context) error {
	var again struct{ ID string }
	header, err := s.ask(ctx, http.MethodPost, "/orders/", s.token, s.order, 0, &again)
	if err == nil && (again.ID != s.id || header.Get("Idempotency-Replayed") != "true") {
		err = fmt.Errorf("answered order %s, not %s", again.ID, s.id)
	}
	return err
}

func (s *smoke) readOrder(ctx context.Context) error {
	if _, err := s.ask(ctx, http.MethodGet, "/orders/"+s.id, s.token, nil, http.StatusOK, nil); err != nil {
		return err
	}
	var list []struct{ ID string }
	_, err := s.ask(ctx, http.MethodGet, "/orders/?q="+s.id, s.token, nil, http.StatusOK, &list)
	if err == nil && (len(list) != 1 || list[0].ID != s.id) {
		err = fmt.Errorf("the list holds %v, not %s", list, s.id)
	}
	return err
}

func (s *smoke) cancel(ctx context.Context) error {
	var now struct{ Status string }
	_, err := s.ask(ctx, http.MethodPut, "/orders/"+s.id, s.token, apiclient.Object{"status": "cancelled"}, http.StatusOK, &now)
	if err == nil && now.Status != "cancelled" {
		err = fmt.Errorf("it is %s", now.Status)
	}
	return err
}

func (s *smoke) timeline(ctx context.Context) error {
	var events []struct {
		Type string `json:"event_type"`
	}
	_, err := s.ask(ctx, http.MethodGet, "/orders/"+s.id+"/timeline", s.token, nil, http.StatusOK, &events)
	if err == nil && (len(events) != 2 || events[0].Type != "created" || events[1].Type != "status_changed") {
		err = fmt.Errorf("it is %v", events)
	}
	return err
}

func (s *smoke) refused(ctx context.Context) error {
	_, anonymous := s.ask(ctx, http.MethodGet, "/orders/", "", nil, http.StatusUnauthorized, nil)
	_, user := s.ask(ctx, http.MethodGet, "/users/", s.token, nil, http.StatusForbidden, nil)
	return errors.Join(anonymous, user)
}

func (s *smoke) hidden(ctx context.Context) error {
	var all error
	for _, path := range []string{"/inventory/reservations", "/inventory/%72eservations/releases", "/users/revocations", "/metrics", "/readyz", "/nothing/here"} {
		_, err := s.ask(ctx, http.MethodGet, path, s.token, nil, http.StatusNotFound, nil)
		all = errors.Join(all, err)
	}
	return all
}

func (s *smoke) redirects(ctx context.Context) error {
	var all error
	for _, service := range []string{"users", "orders", "inventory"} {
		header, err := s.ask(ctx, http.MethodGet, "/"+service, "", nil, http.StatusPermanentRedirect, nil)
		if to := header.Get("Location"); err == nil && to != "/"+service+"/" {
			err = fmt.Errorf("/%s redirects to %s", service, to)
		}
		all = errors.Join(all, err)
	}
	return all
}

func (s *smoke) stock(ctx context.Context) (int64, error) {
	var item struct{ Qty int64 }
	_, err := s.ask(ctx, http.MethodGet, "/inventory/sku/"+s.SKU, s.token, nil, http.StatusOK, &item)
	return item.Qty, err
}

// stockIs waits for a stock: that of a cancelled order may be released later.
func (s *smoke) stockIs(ctx context.Context, want int64) error {
	ctx, cancel := context.WithTimeout(ctx, s.Wait)
	defer cancel()
	var got int64
	err := retry.Do(ctx, retry.NewConstant(apiclient.RetryPause), func(ctx context.Context) (err error) {
		if got, err = s.stock(ctx); err == nil && got != want {
			err = retry.RetryableError(errors.New("another stock"))
		}
		return err
	})
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("the stock of %s is %d, not %d; does another user order it?", s.SKU, got, want)
	}
	return err
}

// ask makes one request and expects a status, 0 for any success, and a problem
// document with each refusal.
func (s *smoke) ask(ctx context.Context, method, path, token string, in any, status int, out any) (http.Header, error) {
	var key []string
	if method == http.MethodPost && path == "/orders/" {
		key = []string{"Idempotency-Key", s.key}
	}
	got, header, raw, err := s.api.Exchange(ctx, method, path, token, in, key...)
	where := method + " " + path
	switch {
	case err != nil:
		return header, fmt.Errorf("%s: %w", where, err)
	case status != 0 && got != status, status == 0 && got >= http.StatusMultipleChoices:
		return header, fmt.Errorf("%s: answered %d", where, got)
	case header.Get("X-Request-ID") == "":
		return header, fmt.Errorf("%s: answered without an X-Request-ID", where)
	}
	if got >= http.StatusBadRequest {
		var problem kit.Problem
		if json.Unmarshal(raw, &problem) != nil || problem.Detail == "" || problem.Status != got {
			return header, fmt.Errorf("%s: answered %d without a problem document", where, got)
		}
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			return header, fmt.Errorf("%s: %w", where, err)
		}
	}
	return header, nil
}
