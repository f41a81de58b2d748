package orders_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/orders/events"
)

func TestEvents_SayWhatHasChanged(t *testing.T) {
	t.Parallel()
	r := startReplicas(t, kittest.Redis(t), 1) // owned by user 1
	admin := r.clients[0]
	stream := r.clients[1].As(kittest.Token(t, 1, kit.RoleUser)).Stream(t, "/orders/events")
	admin.Do(t, http.MethodPut, "/orders/ORD-0", map[string]string{"status": "processing"}).Want(http.StatusOK)
	admin.Do(t, http.MethodDelete, "/orders/ORD-0", nil).Want(http.StatusNoContent)
	next := func() (e events.Event) {
		t.Helper()
		if err := json.Unmarshal([]byte(stream.NextEvent().Data), &e); err != nil {
			t.Fatal(err)
		}
		return e
	}
	if e := next(); e.OrderID != "ORD-0" || e.Type != events.StatusChanged || *e.OldValue != "pending" || *e.NewValue != "processing" ||
		*e.UserID != 1 || e.CreatedAt.IsZero() || e.Description == "" {
		t.Errorf("sent %+v", e)
	}
	if e := next(); e.OrderID != "ORD-0" || e.Type != events.Deleted {
		t.Errorf("sent %+v", e)
	}
}
