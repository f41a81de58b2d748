package events_test

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
	"microdemo/services/orders/events"
)

func TestStreams_SendBuyersTheirEventsAndAdministratorsAll(t *testing.T) {
	t.Parallel()
	w := start(t, 1, nil)
	admin, buyer := w.replicas[0].Stream(t, "/orders/events"), w.user(2, 0).Stream(t, "/orders/events")
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

	w.record("ORD-2", "imported", 2, 10)
	w.change(0, "ORD-3")
	w.change(0, "ORD-2")
	if e := eventOf(t, buyer.NextEvent()); e.OrderID != "ORD-2" || e.Type != events.StatusChanged || *e.UserID != 1 || e.CreatedAt.IsZero() {
		t.Errorf("sent %+v", e)
	}
	for _, want := range []string{"ORD-3", "ORD-2"} {
		if got := eventOf(t, admin.NextEvent()); got.OrderID != want {
			t.Errorf("the administrator is sent %s, want %s", got.OrderID, want)
		}
	}
}

func TestStreams_EventsBelongToTheBuyerOfTheirTime(t *testing.T) {
	t.Parallel()
	w := start(t, 1, nil)
	former, next := w.user(2, 0).Stream(t, "/orders/events"), w.user(3, 0).Stream(t, "/orders/events")
	w.record("ORD-2", "created", 1, 10)
	w.exec(`UPDATE orders SET user_id = 3 WHERE id = 'ORD-2'`)
	w.record("ORD-2", "updated", 1, 10)
	w.change(0, "ORD-2")
	wantEvents(t, former, 0, 1)
	wantEvents(t, next, 1, 2)
	wantEvents(t, w.user(2, 0).Stream(t, "/orders/events", "Last-Event-ID", "0"), 0, 1)
	replayed := w.replica() // has nothing at hand
	wantEvents(t, replayed.As(kittest.Token(t, 3, kit.RoleUser)).Stream(t, "/orders/events", "Last-Event-ID", "0"), 1, 2)
}

func TestStreams_SendEventsOfOtherReplicas(t *testing.T) {
	t.Parallel()
	w := start(t, 2, nil)
	there := w.user(2, 1).Stream(t, "/orders/events")
	w.change(0, "ORD-2")
	wantEvents(t, there, 0, 1)

	// The connections that listen break; they are made again, and what was said
	// meanwhile is found.
	w.exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'`)
	w.change(0, "ORD-2")
	w.change(0, "ORD-2")
	wantEvents(t, there, 1, 2)
}

func TestStreams_SendEventsThatWereNotAnnounced(t *testing.T) {
	t.Parallel()
	w := start(t, 1, func(w *world) { w.settings.PollInterval = 50 * time.Millisecond })
	stream := w.user(2, 0).Stream(t, "/orders/events")
	w.record("ORD-3", "created", 700, 10)
	w.record("ORD-2", "created", 700, 10)
	wantEvents(t, stream, 700, 700)
}

func TestStreams_ResumeWithoutAGap(t *testing.T) {
	t.Parallel()
	w := start(t, 1, func(w *world) { w.settings.PollInterval = 50 * time.Millisecond })
	stream := w.user(2, 0).Stream(t, "/orders/events")
	w.record("ORD-2", "created", 3, 10)
	wantEvents(t, stream, 0, 3)
	stream.Close()
	w.record("ORD-2", "created", 2, 10)
	w.record("ORD-2", "imported", 600, 10)
	w.record("ORD-2", "created", 2*events.RecentEvents, 10)
	const imported = 600
	last := int64(5 + imported + 2*events.RecentEvents)
	admin := w.replicas[0].Stream(t, "/orders/events", "Last-Event-ID", "4")
	stream = w.user(2, 0).Stream(t, "/orders/events", "Last-Event-ID", "3")
	wantEvents(t, stream, 3, 2)
	wantEvents(t, admin, 4, 1)
	for _, s := range []*kittest.Stream{stream, admin} {
		wantEvents(t, s, 5+imported, 2*events.RecentEvents)
	}
	w.replica() // as after a restart
	for _, id := range []int64{last, last - 1, last - events.RecentEvents/2, last - 1500} {
		resumed := w.user(2, 1).Stream(t, "/orders/events", "Last-Event-ID", fmt.Sprint(id))
		if first := resumed.Next(); first.ID != fmt.Sprint(id) {
			t.Errorf("begins with %+v", first)
		}
		wantEvents(t, resumed, id, int(last-id))
		defer wantEvents(t, resumed, last, 1)
	}
	w.change(0, "ORD-2")
	wantEvents(t, stream, last, 1)
}

// TestStreams_ResumeWhileMoreHappens has clients that come and go, at one replica
// and then at the other, while events are recorded as fast as can be.
func TestStreams_ResumeWhileMoreHappens(t *testing.T) {
	t.Parallel()
	w := start(t, 2, func(w *world) { w.settings.PollInterval, w.settings.MaxPerUser = 10*time.Millisecond, 100 })
	const recorded, clients = 3000, 4
	var all sync.WaitGroup
	defer all.Wait()
	var stop atomic.Bool
	defer stop.Store(true)
	all.Go(func() {
		for n := 0; n < recorded && !stop.Load(); n += 20 {
			for _, id := range []string{"ORD-2", "ORD-3"} {
				if _, err := w.db.Exec(t.Context(), recordSQL, events.LockKey, id, "created", 10, 20); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	for client := range clients {
		user := int64(client % 2 * 2) // an administrator, or user 2
		for seen, visit := int64(0), client; seen < recorded-10; visit++ {
			c := w.replicas[visit%2]
			if user != 0 {
				c = w.user(user, visit%2)
			}
			stream := c.Stream(t, "/orders/events", "Last-Event-ID", fmt.Sprint(seen))
			for range 150 {
				id := eventOf(t, stream.NextEvent()).ID
				if want := seen + 1; id != want && (user == 0 || (id != want+10 || seen%10 != 0)) {
					t.Fatalf("client %d was sent %d after %d", client, id, seen)
				}
				if seen = id; seen >= recorded-10 {
					break
				}
			}
			stream.Close()
		}
	}
}

func TestStreams_MissNothingWhenTransactionsOvertakeEachOther(t *testing.T) {
	t.Parallel()
	w := start(t, 1, func(w *world) { w.settings.PollInterval = 10 * time.Millisecond })
	stream := w.replicas[0].Stream(t, "/orders/events")
	begin := func() pgx.Tx {
		t.Helper()
		tx, err := w.db.Begin(t.Context())
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
	w.change(0, "ORD-3")
	wantEvents(t, stream, 0, 1)
	exec(early, recordSQL, events.LockKey, "ORD-2", "updated", 1, 10)
	// It has its number now. Later ones wait for it, or the reader would pass over
	// this number and never look back.
	var done sync.WaitGroup
	defer done.Wait()
	done.Go(func() { w.insistOnChange("ORD-3") })
	kittest.Eventually(t, "the later one waits", func() bool {
		var waiting bool
		if err := w.db.QueryRow(t.Context(), `
			SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
			               AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`).Scan(&waiting); err != nil {
			t.Fatal(err)
		}
		return waiting
	})
	commit(early)
	if got := eventOf(t, stream.NextEvent()); got.ID != 2 || got.OrderID != "ORD-2" {
		t.Errorf("sent %+v", got)
	}
	if got := eventOf(t, stream.NextEvent()); got.ID <= 2 || got.OrderID != "ORD-3" {
		t.Errorf("sent %+v", got)
	}
}

// insistOnChange is change, again if it has waited too long for the lock.
func (w *world) insistOnChange(id string) {
	err := w.tryChange(0, id)
	for kit.IsUnavailable(err) {
		err = w.tryChange(0, id)
	}
	if err != nil {
		w.t.Error(err)
	}
}

func TestStreams_ResetWhenTooFarBackOrUnknown(t *testing.T) {
	t.Parallel()
	w := start(t, 1, func(w *world) { w.settings.MaxReplay = 100 })
	w.record("ORD-2", "created", 50, 10)
	w.record("ORD-3", "created", 101, 10)
	w.change(0, "ORD-1") // so that the reader has seen them
	const last = 152
	for name, c := range map[string]struct {
		client kittest.Client
		seen   int64
		reset  bool
	}{
		"all but one too many": {w.replicas[0], 52, false},
		"one too many":         {w.replicas[0], 51, true},
		"few of one's own":     {w.user(2, 0), 0, false},
		"many of one's own":    {w.user(3, 0), 0, true},
		"the last":             {w.replicas[0], last, false},
		"none yet":             {w.replicas[0], last + 1, true},
		"of another time":      {w.user(2, 0), 999_999_999_999_999_999, true},
	} {
		w.replica()
		c.client.Base = w.replicas[len(w.replicas)-1].Base // it has nothing at hand
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
		w.replicas[0].Do(t, http.MethodGet, "/orders/events", nil, "Last-Event-ID", bad).
			WantProblem(http.StatusUnprocessableEntity, "header.Last-Event-ID")
	}
}

func TestStreams_ResetWhenTheDatabaseWasRestored(t *testing.T) {
	t.Parallel()
	w := start(t, 1, func(w *world) { w.settings.PollInterval = 10 * time.Millisecond })
	stream := w.replicas[0].Stream(t, "/orders/events")
	w.record("ORD-2", "created", 5, 10)
	wantEvents(t, stream, 0, 5)
	w.exec(`DELETE FROM order_events WHERE id > 3`)
	stream.WantEnd()
	stream = w.replicas[0].Stream(t, "/orders/events", "Last-Event-ID", "5")
	if first := stream.Next(); first.Event != "reset" || first.ID != "3" {
		t.Errorf("begins with %+v", first)
	}
}

func TestStreams_AreLimited(t *testing.T) {
	t.Parallel()
	w := start(t, 1, func(w *world) { w.settings.MaxPerUser, w.settings.MaxStreams = 2, 3 })
	refused := func(user int64, status int) {
		t.Helper()
		a := w.user(user, 0).Do(t, http.MethodGet, "/orders/events", nil)
		a.WantProblem(status, "")
		if a.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	first := w.user(2, 0).Stream(t, "/orders/events")
	w.user(2, 0).Stream(t, "/orders/events")
	refused(2, http.StatusTooManyRequests)
	w.user(3, 0).Stream(t, "/orders/events")
	refused(3, http.StatusServiceUnavailable)
	if n := w.open(0); n != 3 {
		t.Errorf("%d streams are open", n)
	}
	first.Close()
	kittest.Eventually(t, "the place is free", func() bool { return w.open(0) == 2 })
	w.user(2, 0).Stream(t, "/orders/events")
	if n := w.ended(0, "left"); n != 1 {
		t.Errorf("%d streams were left", n)
	}
}

func TestStreams_HeartbeatsCarryTheIDToResumeFrom(t *testing.T) {
	t.Parallel()
	w := start(t, 1, func(w *world) { w.settings.Heartbeat = 160 * time.Millisecond })
	stream := w.user(2, 0).Stream(t, "/orders/events")
	stream.Next()
	w.change(0, "ORD-3") // none of theirs
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

func TestStreams_EndWithTheToken(t *testing.T) {
	t.Parallel()
	w := start(t, 1, nil)
	earlier := kit.NewTokens(kittest.Secret, func() time.Time { return time.Now().Add(3*time.Second - kit.AccessTokenLife) })
	token, err := earlier.Issue(2, "a@example.com", kit.RoleUser, "S")
	if err != nil {
		t.Fatal(err)
	}
	other := w.user(2, 0).Stream(t, "/orders/events")
	stream := w.replicas[0].As(token).Stream(t, "/orders/events")
	w.change(0, "ORD-2")
	wantEvents(t, stream, 0, 1)
	stream.WantEnd()
	w.change(0, "ORD-2")
	wantEvents(t, other, 0, 2)
	if n := w.ended(0, "access"); n != 1 {
		t.Errorf("%d streams ended with their access", n)
	}
}
