package webhooks_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/orders/webhooks"
)

func TestPurge_KeepsTheLogForAWhile(t *testing.T) {
	t.Parallel()
	settings := soon()
	settings.Attempts = 1
	settings.Retention = time.Second // tidied each second; what is below is made older
	w := start(t, settings)
	w.orders("ORD-0", "ORD-1", "ORD-2", "ORD-3")
	r := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, g got) {
		if o := g.Data.Event.OrderID; o == "ORD-1" || o == "ORD-2" {
			w.WriteHeader(400)
		}
	})
	id := w.add(r)
	w.exec(`ALTER TABLE webhook_deliveries ALTER created_at SET DEFAULT now() + interval '1 hour'`)
	w.change("ORD-0", "processing")
	w.change("ORD-1", "processing", "shipped")
	w.change("ORD-2", "processing", "shipped")
	w.change("ORD-3", "processing")
	w.eventually(id, "delivered", "parked", "parked", "parked", "parked", "delivered")
	// Of the second parked order, not all is old.
	w.exec(`UPDATE webhook_deliveries SET created_at = now() - interval '1 hour'
		WHERE order_id IN ('ORD-0', 'ORD-1') OR order_id = 'ORD-2' AND state = 'parked'`)
	w.eventually(id, "parked", "parked", "delivered")
	kittest.Eventually(t, "the log begins behind what was removed", func() bool {
		return w.count(`SELECT after_event FROM webhook_endpoints`) == 3
	})
	if n := w.count(`SELECT count(*) FROM webhook_attempts`); n != 2 {
		t.Errorf("%d attempts are kept, want 2", n)
	}
	w.client.Do(t, "DELETE", fmt.Sprintf("/orders/webhooks/%d", id), nil).Want(204)
	kittest.Eventually(t, "a deleted one leaves nothing", func() bool {
		return w.count(`SELECT count(*) FROM webhook_deliveries`) == 0 && w.count(`SELECT count(*) FROM webhook_endpoints WHERE secret <> ''`) == 0
	})
	w.exec(`UPDATE webhook_endpoints SET deleted_at = now() - interval '1 day'`)
	kittest.Eventually(t, "nor itself", func() bool { return w.count(`SELECT count(*) FROM webhook_endpoints`) == 0 })
}

func TestEndpoints_OfTheEnvironment(t *testing.T) {
	t.Parallel()
	a, b := newReceiver(t, nil), newReceiver(t, nil)
	settings := soon()
	const secret = webhookSecret
	settings.URLs, settings.Secret = []string{a.server.URL, b.server.URL, a.server.URL}, secret
	a.trust(secret)
	b.trust(secret)
	w := start(t, settings)
	w.orders("ORD-0")
	first := *w
	w.replica()
	w.stop()
	*w = first
	var list []webhooks.Endpoint
	w.client.Do(t, "GET", "/orders/webhooks", nil).Want(200).Into(&list)
	if len(list) != 2 || !list[0].FromEnvironment || len(list[0].Events) != 4 {
		t.Fatalf("%+v", list)
	}
	w.client.Do(t, "DELETE", fmt.Sprintf("/orders/webhooks/%d", list[0].ID), nil).WantProblem(409, "")
	w.change("ORD-0", "processing")
	kittest.Eventually(t, "both get it", func() bool { return len(a.got()) == 1 && len(b.got()) == 1 })

	// With another secret they are the same endpoints.
	w.stop()
	w.settings.Secret = "0123456789abcdef01234567" // the key as it is
	key := "whsec_" + base64.StdEncoding.EncodeToString([]byte(w.settings.Secret))
	a.trust(key)
	b.trust(key)
	w.replica()
	w.change("ORD-0", "shipped")
	kittest.Eventually(t, "both get it", func() bool { return len(a.got()) == 2 && len(b.got()) == 2 })

	w.stop()
	w.settings.URLs = w.settings.URLs[1:2]
	w.replica()
	list = nil
	w.client.Do(t, "GET", "/orders/webhooks", nil).Want(200).Into(&list)
	if len(list) != 1 || list[0].URL != b.server.URL {
		t.Errorf("%+v", list)
	}
}

func TestEndpoints_ShowTheirSecretOnce(t *testing.T) {
	t.Parallel()
	w := start(t, soon())
	var made webhooks.NewEndpoint
	w.client.Do(t, "POST", "/orders/webhooks", m{"url": "http://127.0.0.1:1/"}).Want(201).Into(&made)
	if !strings.HasPrefix(made.Secret, "whsec_") || len(made.Secret) != 50 {
		t.Errorf("the secret has %d characters", len(made.Secret))
	}
	if a := w.client.Do(t, "GET", "/orders/webhooks", nil).Want(200); bytes.Contains(a.Raw, []byte("whsec_")) {
		t.Error("the list shows a secret")
	}
}

func TestEndpoints_AreLimited(t *testing.T) {
	t.Parallel()
	w := start(t, soon())
	for range 50 {
		w.client.Do(t, "POST", "/orders/webhooks", m{"url": "http://127.0.0.1:1/"}).Want(201)
	}
	w.client.Do(t, "POST", "/orders/webhooks", m{"url": "http://127.0.0.1:1/"}).WantProblem(409, "")
	w.client.Do(t, "DELETE", "/orders/webhooks/7", nil).Want(204)
	w.client.Do(t, "DELETE", "/orders/webhooks/7", nil).WantProblem(404, "")
	w.client.Do(t, "POST", "/orders/webhooks", m{"url": "http://127.0.0.1:1/"}).Want(201)
	var page []webhooks.Endpoint
	a := w.client.Do(t, "GET", "/orders/webhooks?limit=10&skip=40", nil).Want(200).Into(&page)
	if len(page) != 10 || page[9].ID != 51 || a.Header.Get("X-Total-Count") != "50" || a.Header.Get("Link") != "" {
		t.Errorf("%d, %s, %s", len(page), a.Header.Get("X-Total-Count"), a.Header.Get("Link"))
	}
}

func TestEndpoints_RefuseBadInput(t *testing.T) {
	t.Parallel()
	w := start(t, kit.Defaults[webhooks.Settings]())
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
		a := w.client.Do(t, "POST", "/orders/webhooks", c.body)
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
		w.client.Do(t, method, address, nil).WantProblem(status, "")
	}
	user := w.client.As(kittest.Token(t, 2, kit.RoleUser))
	user.Do(t, "GET", "/orders/webhooks", nil).WantProblem(403, "")
	if n := w.count(`SELECT count(*) FROM webhook_endpoints`); n != 0 {
		t.Errorf("%d endpoints were made", n)
	}
}
