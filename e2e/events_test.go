package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"microdemo/kit/kittest"
)

// told reads an event of a stream, of which the type and the order are expected.
func told(t *testing.T, s *kittest.Stream, kind, orderID string) (id string) {
	t.Helper()
	said := s.NextEvent()
	var event struct {
		ID        int64  `json:"id"`
		OrderID   string `json:"order_id"`
		EventType string `json:"event_type"`
	}
	if err := json.Unmarshal([]byte(said.Data), &event); err != nil {
		t.Fatalf("%v: %q", err, said.Data)
	}
	if said.Event != kind || "order."+event.EventType != kind || event.OrderID != orderID || said.ID != fmt.Sprint(event.ID) {
		t.Fatalf("told %+v, want %s of %s", said, kind, orderID)
	}
	return said.ID
}

func TestEvents_ComeThroughTheGatewayAsTheyHappen(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	s.stock("TEA", 100, "10.00")
	eve, eveID := s.register("eve@example.com")
	admin, bob := s.admin.Stream(t, "/orders/events"), s.bob.Stream(t, "/orders/events")
	eves := eve.Stream(t, "/orders/events")

	s.bob.Do(t, "POST", "/orders/", m{"id": "BOBS", "items": []m{{"sku": "TEA", "quantity": 1}}}).Want(201)
	created := told(t, bob, "order.created", "BOBS")
	told(t, admin, "order.created", "BOBS")
	s.admin.Do(t, "PUT", "/orders/BOBS", m{"status": "processing"}).Want(200)
	told(t, bob, "order.status_changed", "BOBS")
	told(t, admin, "order.status_changed", "BOBS")
	s.admin.Do(t, "PUT", "/orders/BOBS", m{"user_id": eveID}).Want(200)
	told(t, admin, "order.updated", "BOBS")
	told(t, eves, "order.updated", "BOBS") // the first that eve hears of it
	s.admin.Do(t, "DELETE", "/orders/BOBS", nil).Want(204)
	told(t, eves, "order.deleted", "BOBS")
	told(t, admin, "order.deleted", "BOBS")

	s.bob.Do(t, "POST", "/orders/", m{"id": "BOBS-2", "items": []m{{"sku": "TEA", "quantity": 1}}}).Want(201)
	told(t, bob, "order.created", "BOBS-2") // and nothing of what was eve's
	resumed := s.bob.Stream(t, "/orders/events", "Last-Event-ID", created)
	told(t, resumed, "order.status_changed", "BOBS")
	told(t, resumed, "order.created", "BOBS-2")
}

func TestEvents_EndWhenAccessIsTakenAway(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	eve, eveID := s.register("eve@example.com")
	admin := s.admin.Stream(t, "/orders/events")
	for name, take := range map[string]func(client kittest.Client, id int64){
		"deactivated": func(_ kittest.Client, id int64) {
			s.admin.Do(t, "PUT", fmt.Sprintf("/users/%d", id), m{"is_active": false}).Want(200)
		},
		"signed out": func(client kittest.Client, _ int64) { client.Do(t, "POST", "/users/logout", nil).Want(204) },
		"deleted": func(_ kittest.Client, id int64) {
			s.admin.Do(t, "DELETE", fmt.Sprintf("/users/%d", id), nil).Want(204)
		},
	} {
		client, id := s.register(fmt.Sprintf("user%d@example.com", len(name)))
		stream, again := client.Stream(t, "/orders/events"), client.Stream(t, "/orders/events")
		began := time.Now()
		take(client, id)
		stream.WantEnd()
		again.WantEnd()
		t.Logf("%s: ended after %s", name, time.Since(began))
		client.Do(t, "GET", "/orders/events", nil).WantProblem(401, "")
	}
	// Nobody else's has ended.
	eves := eve.Stream(t, "/orders/events")
	s.stock("TEA", 10, "1.00")
	s.admin.Do(t, "POST", "/orders/", m{"id": "EVES", "user_id": eveID, "items": []m{{"sku": "TEA", "quantity": 1}}}).Want(201)
	told(t, eves, "order.created", "EVES")
	told(t, admin, "order.created", "EVES")
}

func TestEvents_GoOnAtAnotherReplicaWhenOneStops(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	s.stock("TEA", 100, "10.00")
	place := func(id string) {
		t.Helper()
		s.bob.Do(t, "POST", "/orders/", m{"id": id, "items": []m{{"sku": "TEA", "quantity": 1}}}).Want(201)
	}
	stopFirst := s.stopOrders
	other := kittest.Client{Base: s.startOrders(), Token: s.bob.Token}
	stream := s.bob.Stream(t, "/orders/events")
	there := other.Stream(t, "/orders/events")
	place("ONE")
	last := told(t, stream, "order.created", "ONE")
	told(t, there, "order.created", "ONE") // it was told of it by the other replica, or looked
	stopFirst()
	stream.WantEnd()
	other.Do(t, "POST", "/orders/", m{"id": "TWO", "items": []m{{"sku": "TEA", "quantity": 1}}}).Want(http.StatusCreated)
	told(t, other.Stream(t, "/orders/events", "Last-Event-ID", last), "order.created", "TWO")
	told(t, there, "order.created", "TWO")
}
