package orders_test

import (
	"net/http"
	"testing"

	"microdemo/services/orders"
)

// TestEvents_HEADEndsAndTakesNoPlace asks more often than there are streams to be
// had, and while all of them are taken.
func TestEvents_HEADEndsAndTakesNoPlace(t *testing.T) {
	t.Parallel()
	e := startEventful(t, 1, func(s *orders.EventSettings) { s.EventStreams, s.EventsPerUser = 1, 1 })
	admin := e.replicas[0]
	for range 3 {
		a := admin.Do(t, http.MethodHead, "/orders/events", nil, "Last-Event-ID", "0").Want(http.StatusOK)
		if got := a.Header.Get("Content-Type"); got != "text/event-stream" || len(a.Raw) > 0 {
			t.Errorf("answered %s, %s", got, a.Raw)
		}
	}
	if n := e.streamsOpen(0); n != 0 {
		t.Errorf("%d streams are open", n)
	}
	stream := admin.Stream(t, "/orders/events")
	stream.Next()
	admin.Do(t, http.MethodHead, "/orders/events", nil).Want(http.StatusOK)
	if n := e.streamsOpen(0); n != 1 {
		t.Errorf("%d streams are open", n)
	}
	admin.Do(t, http.MethodHead, "/orders/events", nil, "Last-Event-ID", "x").Want(http.StatusUnprocessableEntity)
	admin.As("").Do(t, http.MethodHead, "/orders/events", nil).Want(http.StatusUnauthorized)
}
