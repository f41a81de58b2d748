package orders_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/orders"
)

func TestWebhooks_LogIsKeptForAWhile(t *testing.T) {
	t.Parallel()
	settings := soon
	settings.WebhookAttempts = 1
	settings.WebhookRetention = time.Second // tidied each second; what is below is made older
	h := startHooked(t, settings)
	h.orders("ORD-0", "ORD-1", "ORD-2", "ORD-3")
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, g got) {
		if o := g.Data.Event.OrderID; o == "ORD-1" || o == "ORD-2" {
			w.WriteHeader(400)
		}
	})
	id := h.add(r)
	h.exec(`ALTER TABLE webhook_deliveries ALTER created_at SET DEFAULT now() + interval '1 hour'`)
	h.change("ORD-0", "processing")
	h.change("ORD-1", "processing", "shipped")
	h.change("ORD-2", "processing", "shipped")
	h.change("ORD-3", "processing")
	h.eventually(id, "delivered", "parked", "parked", "parked", "parked", "delivered")
	// Of the second parked order, not all is old.
	h.exec(`UPDATE webhook_deliveries SET created_at = now() - interval '1 hour'
		WHERE order_id IN ('ORD-0', 'ORD-1') OR order_id = 'ORD-2' AND state = 'parked'`)
	h.eventually(id, "parked", "parked", "delivered")
	kittest.Eventually(t, "the log begins behind what was removed", func() bool {
		return h.count(`SELECT after_event FROM webhook_endpoints`) == 3
	})
	if n := h.count(`SELECT count(*) FROM webhook_attempts`); n != 2 {
		t.Errorf("%d attempts are kept, want 2", n)
	}
	h.client.Do(t, "DELETE", fmt.Sprintf("/orders/webhooks/%d", id), nil).Want(204)
	kittest.Eventually(t, "a deleted one leaves nothing", func() bool {
		return h.count(`SELECT count(*) FROM webhook_deliveries`) == 0 && h.count(`SELECT count(*) FROM webhook_endpoints WHERE secret <> ''`) == 0
	})
	h.exec(`UPDATE webhook_endpoints SET deleted_at = now() - interval '1 day'`)
	kittest.Eventually(t, "nor itself", func() bool { return h.count(`SELECT count(*) FROM webhook_endpoints`) == 0 })
}

func TestWebhooks_OfTheEnvironment(t *testing.T) {
	t.Parallel()
	a, b := newReceiver(t, nil), newReceiver(t, nil)
	settings := soon
	const secret = webhookSecret
	settings.WebhookURLs, settings.WebhookSecret = []string{a.server.URL, b.server.URL, a.server.URL}, secret
	a.trust(secret)
	b.trust(secret)
	h := startHooked(t, settings)
	h.orders("ORD-0")
	_, stopOther := h.replica()
	stopOther()
	var list []orders.Endpoint
	h.client.Do(t, "GET", "/orders/webhooks", nil).Want(200).Into(&list)
	if len(list) != 2 || !list[0].FromEnvironment || len(list[0].Events) != 4 {
		t.Fatalf("%+v", list)
	}
	h.client.Do(t, "DELETE", fmt.Sprintf("/orders/webhooks/%d", list[0].ID), nil).WantProblem(409, "")
	h.change("ORD-0", "processing")
	kittest.Eventually(t, "both are told", func() bool { return len(a.got()) == 1 && len(b.got()) == 1 })

	// With another secret they are the same endpoints.
	h.stop()
	h.config.WebhookSecret = "0123456789abcdef01234567" // the key as it is
	key := "whsec_" + base64.StdEncoding.EncodeToString([]byte(h.config.WebhookSecret))
	a.trust(key)
	b.trust(key)
	h.client, h.stop = h.replica()
	h.change("ORD-0", "shipped")
	kittest.Eventually(t, "both are told", func() bool { return len(a.got()) == 2 && len(b.got()) == 2 })

	h.stop()
	h.config.WebhookURLs = h.config.WebhookURLs[1:2]
	h.client, _ = h.replica()
	list = nil
	h.client.Do(t, "GET", "/orders/webhooks", nil).Want(200).Into(&list)
	if len(list) != 1 || list[0].URL != b.server.URL {
		t.Errorf("%+v", list)
	}
}

func TestWebhooks_SecretIsShownOnce(t *testing.T) {
	t.Parallel()
	h := startHooked(t, soon)
	var made orders.NewEndpoint
	h.client.Do(t, "POST", "/orders/webhooks", m{"url": "http://127.0.0.1:1/"}).Want(201).Into(&made)
	if !strings.HasPrefix(made.Secret, "whsec_") || len(made.Secret) != 50 {
		t.Errorf("the secret has %d characters", len(made.Secret))
	}
	if a := h.client.Do(t, "GET", "/orders/webhooks", nil).Want(200); bytes.Contains(a.Raw, []byte("whsec_")) {
		t.Error("the list shows a secret")
	}
}

func TestWebhooks_AreLimited(t *testing.T) {
	t.Parallel()
	h := startHooked(t, soon)
	for range 50 {
		h.client.Do(t, "POST", "/orders/webhooks", m{"url": "http://127.0.0.1:1/"}).Want(201)
	}
	h.client.Do(t, "POST", "/orders/webhooks", m{"url": "http://127.0.0.1:1/"}).WantProblem(409, "")
	h.client.Do(t, "DELETE", "/orders/webhooks/7", nil).Want(204)
	h.client.Do(t, "DELETE", "/orders/webhooks/7", nil).WantProblem(404, "")
	h.client.Do(t, "POST", "/orders/webhooks", m{"url": "http://127.0.0.1:1/"}).Want(201)
	var page []orders.Endpoint
	a := h.client.Do(t, "GET", "/orders/webhooks?limit=10&skip=40", nil).Want(200).Into(&page)
	if len(page) != 10 || page[9].ID != 51 || a.Header.Get("X-Total-Count") != "50" || a.Header.Get("Link") != "" {
		t.Errorf("%d, %s, %s", len(page), a.Header.Get("X-Total-Count"), a.Header.Get("Link"))
	}
}

func TestWebhooks_BadInputIsRefused(t *testing.T) {
	t.Parallel()
	h := startHooked(t, orders.WebhookSettings{})
	for _, c := range []struct {
		body     any
		status   int
		location string
	}{
		{m{}, 422, "body"},
		{m{"url": ""}, 422, "body.url"},
		{m{"url": 5}, 422, "body.url"},
		{m{"url": "https://example.com/" + strings.Repeat("x", 2048)}, 422, "body.url"},
		{m{"url": "ftp://example.com/"}, 422, "body.url"},
		{m{"url": "https://example.com:0443/"}, 422, "body.url"},
		{m{"url": "http://receiver.shop.svc/hooks"}, 422, "body.url"},
		{m{"url": "http://user:hush@example.com/"}, 422, "body.url"},
		{m{"url": "http://10.0.0.1/"}, 422, "body.url"},
		{m{"url": "http://2130706433/"}, 422, "body.url"},
		{m{"url": "https://example.com/", "events": []string{}}, 422, "body.events"},
		{m{"url": "https://example.com/", "events": []string{"order.imported"}}, 422, "body.events[0]"},
		{m{"url": "https://example.com/", "events": []string{"order.created", "order.created"}}, 422, "body.events"},
		{m{"url": "https://example.com/", "events": "all"}, 422, "body.events"},
		{m{"url": "https://example.com/", "secret": "mine"}, 422, "body.secret"},
		{"{", 400, ""},
	} {
		a := h.client.Do(t, "POST", "/orders/webhooks", c.body)
		a.WantProblem(c.status, c.location)
		if bytes.Contains(a.Raw, []byte("hush")) {
			t.Errorf("the answer repeats a password: %s", a.Raw)
		}
	}
	for path, status := range map[string]int{
		"DELETE /orders/webhooks/0": 422, "DELETE /orders/webhooks/x": 422, "DELETE /orders/webhooks/99999999999999999999": 422,
		"DELETE /orders/webhooks/7": 404, "POST /orders/webhooks/7/test": 404, "GET /orders/webhooks/7/deliveries": 404,
		"GET /orders/webhooks/7/deliveries?cursor=x": 422, "GET /orders/webhooks?cursor=bnVsbA": 422, "GET /orders/webhooks/7/deliveries?parked=maybe": 422,
		"POST /orders/webhooks/deliveries/7/redeliver": 422, "POST /orders/webhooks/deliveries/msg_1_1/redeliver": 404,
		"POST /orders/webhooks/deliveries/msg_999999999999999999_999999999999999999/redeliver": 404,
		"POST /orders/webhooks/deliveries/msg_0_1/redeliver":                                   422,
	} {
		method, address, _ := strings.Cut(path, " ")
		h.client.Do(t, method, address, nil).WantProblem(status, "")
	}
	user := h.client.As(kittest.Token(t, 2, kit.RoleUser))
	user.Do(t, "GET", "/orders/webhooks", nil).WantProblem(403, "")
	if n := h.count(`SELECT count(*) FROM webhook_endpoints`); n != 0 {
		t.Errorf("%d endpoints were made", n)
	}
}

func TestWebhooks_SettingsAreChecked(t *testing.T) {
	t.Parallel()
	good := []string{
		"DATABASE_URL=postgres://u@h/d", "REDIS_URL=redis://r/0", "JWT_SECRET_KEY=" + string(kittest.Secret),
	}
	for name, c := range map[string]struct {
		environ []string
		want    []string // "" is none
	}{
		"none":   {nil, nil},
		"empty":  {[]string{"WEBHOOK_URLS=", "WEBHOOK_SECRET="}, nil},
		"good":   {[]string{"WEBHOOK_URLS=https://a.example/x,https://b.example", "WEBHOOK_SECRET=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, nil},
		"raw":    {[]string{"WEBHOOK_URLS=https://a.example/x", "WEBHOOK_SECRET=0123456789abcdef01234567"}, nil},
		"local":  {[]string{"WEBHOOK_URLS=http://localhost:9", "WEBHOOK_ALLOW_PRIVATE=true", "WEBHOOK_SECRET=0123456789abcdef01234567"}, nil},
		"secret": {[]string{"WEBHOOK_URLS=https://a.example/x"}, []string{"WEBHOOK_SECRET is missing"}},
		"every problem": {
			[]string{
				"WEBHOOK_URLS=https://a.example/x,http://u:hush@b.example,http://127.0.0.1", "WEBHOOK_SECRET=whsec_hush", "WEBHOOK_TIMEOUT=1m", "WEBHOOK_LEASE=1s",
				"WEBHOOK_ATTEMPTS=31", "WEBHOOK_CONCURRENCY=-1", "WEBHOOK_RETENTION=-1s", "WEBHOOK_ALLOW_PRIVATE=maybe",
			},
			[]string{
				"WEBHOOK_URLS, address 2: expected no user", "WEBHOOK_URLS, address 3: expected a public address", "WEBHOOK_SECRET is not whsec_",
				"WEBHOOK_TIMEOUT is more than 10s", "WEBHOOK_LEASE is shorter", "WEBHOOK_ATTEMPTS is not", "WEBHOOK_CONCURRENCY is not", "WEBHOOK_RETENTION is less",
				"WEBHOOK_ALLOW_PRIVATE is not a valid bool",
			},
		},
		"short": {[]string{"WEBHOOK_SECRET=hush"}, []string{"WEBHOOK_SECRET is shorter than 24 bytes"}},
	} {
		_, err := kit.Load[orders.Config](slices.Concat(good, c.environ))
		if (err == nil) != (c.want == nil) || err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q is not in %v", name, want, err)
			}
		}
	}
}
