package audit

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestAudit_CleanSystemPassesWithoutASecondLook(t *testing.T) {
	t.Parallel()
	a := newAudited(t)
	a.options.Journal = strings.NewReader("ORD-1\nORD-4\r\n\nORD-3\n")
	a.wantBroken()
	if a.waits != 0 {
		t.Error("it waited without suspects")
	}
	for _, line := range []string{
		"ok      every e-mail address has one user                  2 users",
		"ok      user analytics equals the users                    2 users",
		"ok      stock equals its ledger and is never negative      2 items, 9 movements",
		"ok      allocated stock equals the live reservations       2 items, 3 live reservation lines",
		"ok      inventory analytics equals the items               2 items",
		"ok      every order costs what its lines cost              5 orders, 6 lines",
		"ok      every order id and Idempotency-Key has one order   5 orders, 1 key",
		"ok      every history begins once and ends once            5 orders, 9 events",
		"ok      every status is the last one of its history        5 orders",
		"ok      every status change was legal                      2 changes",
		"ok      order analytics equals the orders                  3 orders that are not deleted",
		"ok      every live reservation has an order that owns it   2 live reservations",
		"ok      every order that owns stock has it reserved        2 orders",
		"ok      no void or dropped hold keeps stock                4 void or dropped holds",
		"ok      every hold is of an order that owns stock          2 holds",
		"ok      every acknowledged order exists exactly once       3 acknowledged orders",
		"ok      every event was delivered or is in the queue       0 webhooks, 0 deliveries",
		"All 17 checks passed.",
	} {
		if !strings.Contains(a.out.String(), line+"\n") {
			t.Errorf("no line %q in\n%s", line, &a.out)
		}
	}
}

func TestAudit_EveryEventWasDeliveredOrIsQueued(t *testing.T) {
	t.Parallel()
	a := newAudited(t)
	a.exec("orders", goodWebhooks)
	a.wantBroken()
	if line := "ok      every event was delivered or is in the queue       2 webhooks, 8 deliveries\n"; !strings.Contains(a.out.String(), line) {
		t.Errorf("no line %q in\n%s", line, &a.out)
	}
}

func TestAudit_SuspectThatSettlesIsNotReported(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ breaks, repairs change }{
		"an order under way": {
			change{"inventory", strayReservation},
			change{"orders", orderOf("00000000-0000-0000-0000-000000000009", "ORD-9")},
		},
		"a release under way": {
			change{"orders", `
				UPDATE holds SET state = 'dropped' WHERE order_id = 'ORD-1';
				UPDATE orders SET status = 'cancelled' WHERE id = 'ORD-1';
				INSERT INTO order_events (order_id, event_type, description, old_value, new_value)
				VALUES ('ORD-1', 'status_changed', '', 'pending', 'cancelled')`},
			change{"inventory", releaseOfOrder1},
		},
		"an order that was cancelled between the two snapshots": {
			change{"inventory", releaseOfOrder1},
			change{"orders", `
				UPDATE holds SET state = 'dropped' WHERE order_id = 'ORD-1';
				UPDATE orders SET status = 'cancelled' WHERE id = 'ORD-1'`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAudited(t)
			a.exec(c.breaks.service, c.breaks.sql)
			a.between = func() {
				a.exec(c.repairs.service, c.repairs.sql)
				// A new reservation in progress was not a suspect the first time.
				a.exec("inventory", strings.ReplaceAll(strings.ReplaceAll(strayReservation, "0009", "0010"), "ORD-9", "ORD-10"))
			}
			a.wantBroken()
			if a.waits != 1 {
				t.Errorf("it waited %d times", a.waits)
			}
		})
	}
}

func TestAudit_NamesTheFirstRowsAndCountsTheRest(t *testing.T) {
	t.Parallel()
	a := newAudited(t)
	a.exec("inventory", `INSERT INTO items (sku, name, qty, reorder_level) SELECT 'MANY-' || n, '', 1, 0 FROM generate_series(1, 1220) n`)
	a.wantBroken("stock equals its ledger and is never negative")
	if n := strings.Count(a.out.String(), "          item MANY-"); n != 20 {
		t.Errorf("%d rows named, want 20", n)
	}
	if !strings.Contains(a.out.String(), "          … and 1,200 more\n") || !strings.Contains(a.out.String(), "1,222 items") {
		t.Errorf("the rest is not counted:\n%s", &a.out)
	}
}

func TestAudit_LongJournalIsLookedUpWhole(t *testing.T) {
	t.Parallel()
	a := newAudited(t)
	lines := strings.Repeat("ORD-1\n", journalChunk)
	a.options.Journal = strings.NewReader("ORD-first\n" + lines + "ORD-middle\n" + lines + "ORD-last")
	a.wantBroken("every acknowledged order exists exactly once")
	for _, id := range []string{"ORD-first", "ORD-middle", "ORD-last"} {
		if n := strings.Count(a.out.String(), fmt.Sprintf("          order %s: it does not exist\n", id)); n != 1 {
			t.Errorf("%s is named %d times:\n%s", id, n, &a.out)
		}
	}
}

func TestAudit_ReportsWhyItCannotLook(t *testing.T) {
	t.Parallel()
	a := newAudited(t)
	for name, c := range map[string]struct {
		change func(*Options)
		want   string
	}{
		"a URL is missing": {func(o *Options) { o.Databases.Orders = "" }, "the URL of the orders database is missing"},
		"not a URL":        {func(o *Options) { o.Databases.Users = "postgres://u:hush@h:none/" }, "the URL of the users database is not a PostgreSQL URL"},
		"nothing listens":  {func(o *Options) { o.Databases.Inventory = "postgres://u:hush@127.0.0.1:1/db" }, "the inventory database does not answer"},
		"databases are mixed up": {func(o *Options) {
			o.Databases.Inventory, o.Databases.Orders = o.Databases.Orders, o.Databases.Inventory
		}, "the database given for orders was not set up by this version of orders"},
		"the journal is no text":      {func(o *Options) { o.Journal = strings.NewReader("ORD-1\n\x00\xff\n") }, "line 2 of the journal is not an order id"},
		"the journal cannot be read":  {func(o *Options) { o.Journal = strings.NewReader(strings.Repeat("x", 1<<20)) }, "read the journal"},
		"it is stopped while waiting": {func(o *Options) { o.wait = nil; o.Grace = time.Hour }, "context canceled"},
	} {
		t.Run(name, func(t *testing.T) {
			a := *a
			a.t = t
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			out := &stopWhen{text: "may be under way; looking again in", stop: cancel}
			o := a.options
			o.Out = out
			c.change(&o)
			if o.wait == nil {
				a.exec("inventory", strayReservation)
			}
			_, err := Run(ctx, o)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hush") {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// stopWhen calls stop when text is written.
type stopWhen struct {
	text string
	stop func()
}

func (w *stopWhen) Write(p []byte) (int, error) {
	if strings.Contains(string(p), w.text) {
		w.stop()
	}
	return len(p), nil
}
