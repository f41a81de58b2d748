package orders_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/orders"
)

func TestEvents_AreToldToBuyersAndAdministrators(t *testing.T) {
	t.Parallel()
	e := startEventful(t, 1, nil)
	admin, buyer := e.replicas[0].Stream(t, "/orders/events"), e.user(2, 0).Stream(t, "/orders/events")
	for header, want := range map[string]string{"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"} {
		if got := buyer.Header.Get(header); got != want {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
	if buyer.Header.Get("X-Request-Id") == "" {
		t.Error("no X-Request-ID")
	}
	first := buyer.Next()
	if retry, err := strconv.Atoi(first.Retry); err != nil || retry < 1000 || retry > 3000 || first.ID != "0" || first.Event != "" {
		t.Errorf("the stream begins with %+v", first)
	}

	e.record("ORD-2", "imported", 2, 10)
	e.change(0, "ORD-3", "processing")
	e.change(0, "ORD-2", "processing")
	e.replicas[0].Do(t, http.MethodDelete, "/orders/ORD-2", nil).Want(http.StatusNoContent)
	changed, deleted := eventOf(t, buyer.NextEvent()), eventOf(t, buyer.NextEvent())
	if changed.OrderID != "ORD-2" || changed.EventType != "status_changed" || *changed.OldValue != "pending" || *changed.NewValue != "processing" ||
		*changed.UserID != 1 || changed.CreatedAt.IsZero() || changed.Description == "" {
		t.Errorf("told %+v", changed)
	}
	if deleted.OrderID != "ORD-2" || deleted.EventType != "deleted" {
		t.Errorf("told %+v", deleted)
	}
	for _, want := range []string{"ORD-3", "ORD-2", "ORD-2"} {
		if got := eventOf(t, admin.NextEvent()); got.OrderID != want {
			t.Errorf("the administrator is told of %s, want %s", got.OrderID, want)
		}
	}
}

func TestEvents_BelongToTheBuyerOfTheirTime(t *testing.T) {
	t.Parallel()
	e := startEventful(t, 1, nil)
	former, next := e.user(2, 0).Stream(t, "/orders/events"), e.user(3, 0).Stream(t, "/orders/events")
	e.record("ORD-2", "created", 1, 10)
	e.exec(`UPDATE orders SET user_id = 3 WHERE id = 'ORD-2'`)
	e.record("ORD-2", "updated", 1, 10)
	e.change(0, "ORD-2", "cancelled")
	wantEvents(t, former, 0, 1)
	wantEvents(t, next, 1, 2)
	wantEvents(t, e.user(2, 0).Stream(t, "/orders/events", "Last-Event-ID", "0"), 0, 1)
	replayed := e.replica() // has nothing at hand
	wantEvents(t, replayed.As(kittest.Token(t, 3, kit.RoleUser)).Stream(t, "/orders/events", "Last-Event-ID", "0"), 1, 2)
}

func TestEvents_OfOtherReplicasAreHeardOf(t *testing.T) {
	t.Parallel()
	e := startEventful(t, 2, nil)
	there := e.user(2, 1).Stream(t, "/orders/events")
	e.change(0, "ORD-2", "processing")
	wantEvents(t, there, 0, 1)

	// The connections that listen break; they are made again, and what was said
	// meanwhile is found.
	e.exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'`)
	e.change(0, "ORD-2", "shipped")
	e.change(0, "ORD-2", "delivered")
	wantEvents(t, there, 1, 2)
}

func TestEvents_AreFoundWithoutAnnouncement(t *testing.T) {
	t.Parallel()
	e := startEventful(t, 1, func(c *orders.EventSettings) { c.EventInterval = 50 * time.Millisecond })
	stream := e.user(2, 0).Stream(t, "/orders/events")
	e.record("ORD-3", "created", 700, 10)
	e.record("ORD-2", "created", 700, 10)
	wantEvents(t, stream, 700, 700)
}

func TestEvents_ResumeWithoutAGap(t *testing.T) {
	t.Parallel()
	e := startEventful(t, 1, func(c *orders.EventSettings) { c.EventInterval = 50 * time.Millisecond })
	stream := e.user(2, 0).Stream(t, "/orders/events")
	e.record("ORD-2", "created", 3, 10)
	wantEvents(t, stream, 0, 3)
	stream.Close()
	e.record("ORD-2", "created", 2, 10)
	e.record("ORD-2", "imported", 600, 10)
	e.record("ORD-2", "created", 2*orders.RecentEvents, 10)
	const imported = 600
	last := int64(5 + imported + 2*orders.RecentEvents)
	admin := e.replicas[0].Stream(t, "/orders/events", "Last-Event-ID", "4")
	stream = e.user(2, 0).Stream(t, "/orders/events", "Last-Event-ID", "3")
	wantEvents(t, stream, 3, 2)
	wantEvents(t, admin, 4, 1)
	for _, s := range []*kittest.Stream{stream, admin} {
		wantEvents(t, s, 5+imported, 2*orders.RecentEvents)
	}
	e.replica() // as after a restart
	for _, id := range []int64{last, last - 1, last - orders.RecentEvents/2, last - 1500} {
		resumed := e.user(2, 1).Stream(t, "/orders/events", "Last-Event-ID", fmt.Sprint(id))
		if first := resumed.Next(); first.ID != fmt.Sprint(id) {
			t.Errorf("begins with %+v", first)
		}
		wantEvents(t, resumed, id, int(last-id))
		defer wantEvents(t, resumed, last, 1)
	}
	e.change(0, "ORD-2", "processing")
	wantEvents(t, stream, last, 1)
}

// TestEvents_ResumeWhileMoreHappen has clients that come and go, at one replica
// and then at the other, while events are recorded as fast as can be.
func TestEvents_ResumeWhileMoreHappen(t *testing.T) {
	t.Parallel()
	e := startEventful(t, 2, func(c *orders.EventSettings) { c.EventInterval, c.EventsPerUser = 10*time.Millisecond, 100 })
	const events, clients = 3000, 4
	var all sync.WaitGroup
	defer all.Wait()
	var stop atomic.Bool
	defer stop.Store(true)
	all.Go(func() {
		for n := 0; n < events && !stop.Load(); n += 20 {
			for _, id := range []string{"ORD-2", "ORD-3"} {
				if _, err := e.db.Exec(t.Context(), recordSQL, orders.EventLock, id, "created", 10, 20); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	for client := range clients {
		user := int64(client % 2 * 2) // everyone's or those of user 2
		for seen, visit := int64(0), client; seen < events-10; visit++ {
			c := e.replicas[visit%2]
			if user != 0 {
				c = e.user(user, visit%2)
			}
			stream := c.Stream(t, "/orders/events", "Last-Event-ID", fmt.Sprint(seen))
			for range 150 {
				id := eventOf(t, stream.NextEvent()).ID
				if want := seen + 1; id != want && (user == 0 || (id != want+10 || seen%10 != 0)) {
					t.Fatalf("client %d was told of %d behind %d", client, id, seen)
				}
				if seen = id; seen >= events-10 {
					break
				}
			}
			stream.Close()
		}
	}
}

func TestEvents_NoneIsMissedWhenTransactionsOvertakeEachOther(t *testing.T) {
	t.Parallel()
	e := startEventful(t, 1, func(c *orders.EventSettings) { c.EventInterval = 10 * time.Millisecond })
	stream := e.replicas[0].Stream(t, "/orders/events")
	begin := func() pgx.Tx {
		t.Helper()
		tx, err := e.db.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = tx.Rollback(t.Context()) })
		return tx
	}
	exec := func(tx pgx.Tx, sql string, args ...any) {
		t.Helper()
		if _, err := tx.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	commit := func(tx pgx.Tx) {
		t.Helper()
		if err := tx.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}

	// The one that began first commits last.
	early := begin()
	exec(early, `UPDATE orders SET version = version + 1 WHERE id = 'ORD-2'`)
	e.change(0, "ORD-3", "processing")
	wantEvents(t, stream, 0, 1)
	exec(early, recordSQL, orders.EventLock, "ORD-2", "updated", 1, 10)
	// It has its number now. Whoever comes later waits for it, or the reader would
	// pass over this number and never look back.
	var done sync.WaitGroup
	defer done.Wait()
	done.Go(func() { e.put("ORD-3", "shipped") })
	kittest.Eventually(t, "the later one waits", func() bool {
		var waiting bool
		if err := e.db.QueryRow(t.Context(), `
			SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
			               AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`).Scan(&waiting); err != nil {
			t.Fatal(err)
		}
		return waiting
	})
	commit(early)
	if got := eventOf(t, stream.NextEvent()); got.ID != 2 || got.OrderID != "ORD-2" {
		t.Errorf("told of %+v", got)
	}
	if got := eventOf(t, stream.NextEvent()); got.ID <= 2 || got.OrderID != "ORD-3" {
		t.Errorf("told of %+v", got)
	}
}

// put changes an order, again if it has waited too long for the lock.
func (e *eventful) put(id, status string) {
	for {
		a, err := e.replicas[0].Try(http.MethodPut, "/orders/"+id, map[string]string{"status": status})
		if err == nil && a.Status == http.StatusServiceUnavailable {
			continue
		}
		if err != nil || a.Status != http.StatusOK {
			e.t.Errorf("%d %s %v", a.Status, a.Raw, err)
		}
		return
	}
}

func TestEvents_TooFarBackOrUnknownBeginsAnew(t *testing.T) {
	t.Parallel()
	e := startEventful(t, 1, func(c *orders.EventSettings) { c.EventReplay = 100 })
	e.record("ORD-2", "created", 50, 10)
	e.record("ORD-3", "created", 101, 10)
	e.change(0, "ORD-1", "processing") // so that the reader has seen them
	const last = 152
	for name, c := range map[string]struct {
		client kittest.Client
		seen   int64
		reset  bool
	}{
		"all but one too many": {e.replicas[0], 52, false},
		"one too many":         {e.replicas[0], 51, true},
		"few of one's own":     {e.user(2, 0), 0, false},
		"many of one's own":    {e.user(3, 0), 0, true},
		"the last":             {e.replicas[0], last, false},
		"none yet":             {e.replicas[0], last + 1, true},
		"of another time":      {e.user(2, 0), 999_999_999_999_999_999, true},
	} {
		e.replica()
		c.client.Base = e.replicas[len(e.replicas)-1].Base // it has nothing at hand
		stream := c.client.Stream(t, "/orders/events", "Last-Event-ID", fmt.Sprint(c.seen))
		first := stream.Next()
		if reset := first.Event == "reset"; reset != c.reset {
			t.Errorf("%s: begins with %+v", name, first)
		} else if reset && (first.ID != fmt.Sprint(last) || !strings.Contains(first.Data, "read again")) {
			t.Errorf("%s: reset with %+v", name, first)
		}
		stream.Close()
	}
	for _, bad := range []string{"x", "-1", "1.5", "1234567890123456789", "0x10", "1 2"} {
		e.replicas[0].Do(t, http.MethodGet, "/orders/events", nil, "Last-Event-ID", bad).
			WantProblem(http.StatusUnprocessableEntity, "header.Last-Event-ID")
	}
}

func TestEvents_OfARestoredDatabaseBeginAnew(t *testing.T) {
	t.Parallel()
	e := startEventful(t, 1, func(c *orders.EventSettings) { c.EventInterval = 10 * time.Millisecond })
	stream := e.replicas[0].Stream(t, "/orders/events")
	e.record("ORD-2", "created", 5, 10)
	wantEvents(t, stream, 0, 5)
	e.exec(`DELETE FROM order_events WHERE id > 3`)
	stream.WantEnd()
	stream = e.replicas[0].Stream(t, "/orders/events", "Last-Event-ID", "5")
	if first := stream.Next(); first.Event != "reset" || first.ID != "3" {
		t.Errorf("begins with %+v", first)
	}
}

func TestEvents_StreamsAreLimited(t *testing.T) {
	t.Parallel()
	e := startEventful(t, 1, func(c *orders.EventSettings) { c.EventsPerUser, c.EventStreams = 2, 3 })
	refused := func(user int64, status int) {
		t.Helper()
		a := e.user(user, 0).Do(t, http.MethodGet, "/orders/events", nil)
		a.WantProblem(status, "")
		if a.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	first := e.user(2, 0).Stream(t, "/orders/events")
	e.user(2, 0).Stream(t, "/orders/events")
	refused(2, http.StatusTooManyRequests)
	e.user(3, 0).Stream(t, "/orders/events")
	refused(3, http.StatusServiceUnavailable)
	if n := e.streamsOpen(0); n != 3 {
		t.Errorf("%d streams are open", n)
	}
	first.Close()
	kittest.Eventually(t, "the place is free", func() bool { return e.streamsOpen(0) == 2 })
	e.user(2, 0).Stream(t, "/orders/events")
	if n := e.ended(0, "left"); n != 1 {
		t.Errorf("%d streams were left", n)
	}
}

func TestEvents_HeartbeatsSayHowFarTheStreamIs(t *testing.T) {
	t.Parallel()
	e := startEventful(t, 1, func(c *orders.EventSettings) { c.EventHeartbeat = 160 * time.Millisecond })
	stream := e.user(2, 0).Stream(t, "/orders/events")
	stream.Next()
	e.change(0, "ORD-3", "processing") // none of theirs
	for {
		said := stream.Next()
		if said.Event != "" || said.Data != "" || said.Comment == "" {
			t.Fatalf("said %+v", said)
		}
		if said.ID == "1" {
			break
		}
	}
}

func TestEvents_EndWithTheToken(t *testing.T) {
	t.Parallel()
	e := startEventful(t, 1, nil)
	earlier := kit.NewTokens(kittest.Secret, func() time.Time { return time.Now().Add(3*time.Second - kit.AccessTokenLife) })
	token, err := earlier.Issue(2, "a@example.com", kit.RoleUser, "S")
	if err != nil {
		t.Fatal(err)
	}
	other := e.user(2, 0).Stream(t, "/orders/events")
	stream := e.replicas[0].As(token).Stream(t, "/orders/events")
	e.change(0, "ORD-2", "processing")
	wantEvents(t, stream, 0, 1)
	stream.WantEnd()
	e.change(0, "ORD-2", "shipped")
	wantEvents(t, other, 0, 2)
	if n := e.ended(0, "access"); n != 1 {
		t.Errorf("%d streams ended with their access", n)
	}
}
