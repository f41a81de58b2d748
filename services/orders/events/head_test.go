package events_test

import (
	"net/http"
	"testing"
)

// TestStreams_HEADEndsAndIsNoStream asks more often than there are streams to be
// had, and while all of them are taken.
func TestStreams_HEADEndsAndIsNoStream(t *testing.T) {
	t.Parallel()
	w := start(t, 1, func(w *world) { w.settings.MaxStreams, w.settings.MaxPerUser = 1, 1 })
	admin := w.replicas[0]
	for range 3 {
		a := admin.Do(t, http.MethodHead, "/orders/events", nil, "Last-Event-ID", "0").Want(http.StatusOK)
		if got := a.Header.Get("Content-Type"); got != "text/event-stream" || len(a.Raw) > 0 {
			t.Errorf("answered %s, %s", got, a.Raw)
		}
	}
	if n := w.open(0); n != 0 {
		t.Errorf("%d streams are open", n)
	}
	stream := admin.Stream(t, "/orders/events")
	stream.Next()
	admin.Do(t, http.MethodHead, "/orders/events", nil).Want(http.StatusOK)
	if n := w.open(0); n != 1 {
		t.Errorf("%d streams are open", n)
	}
	admin.Do(t, http.MethodHead, "/orders/events", nil, "Last-Event-ID", "x").Want(http.StatusUnprocessableEntity)
	admin.As("").Do(t, http.MethodHead, "/orders/events", nil).Want(http.StatusUnauthorized)
}
