package orders_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit/kittest"
)

// eventLock is the advisory lock under which events become visible.
const eventLock = 0x6f72646572

func (a *archive) upload(t testing.TB) *kittest.Upload {
	t.Helper()
	return a.admin.Upload(t, importPath, csvHeader)
}

// staging counts the staging tables of imports.
func (a *archive) staging() (n int) {
	a.t.Helper()
	if err := a.db.QueryRow(a.t.Context(), `SELECT count(*) FROM pg_class WHERE relname = 'staged'`).Scan(&n); err != nil {
		a.t.Fatal(err)
	}
	return n
}

func manyRows(prefix string, from, to int) string {
	var rows strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintln(&rows, csvRow(fmt.Sprint(prefix, i), 1+i%1000, "20.00", "completed", "2020-01-01T00:00:00Z", fmt.Sprint("SKU-", i%5000), 1, "10.00", "TEA", 2, "5.00"))
	}
	return rows.String()
}

func TestImport_LocksNothingWhileItArrives(t *testing.T) {
	t.Parallel()
	a := startArchive(t)
	a.load("", csvRow("OLD", 2, "1.00", "pending", "", "TEA", 1, "1.00"))
	u := a.upload(t)
	u.Send(csvRow("OLD", 2, "1.00", "shipped", "", "TEA", 1, "1.00") + "\n" + manyRows("NEW-", 0, 7000))
	kittest.Eventually(t, "the import has begun, and no transaction is open", func() bool {
		var open int
		err := a.db.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL`).Scan(&open)
		return err == nil && open == 0 && a.staging() == 1
	})
	a.admin.Do(t, http.MethodPut, "/orders/OLD", map[string]string{"status": "processing"}).Want(http.StatusOK)
	if rows := strings.Count(a.export(a.admin), "\n"); rows != 2 {
		t.Errorf("an import that is not whole shows in an export of %d rows", rows)
	}
	u.End()
	u.Want(http.StatusOK)
	if got := string(a.admin.Do(t, http.MethodGet, "/orders/OLD", nil).Raw); !strings.Contains(got, `"shipped"`) {
		t.Errorf("after the import: %s", got)
	}
	a.wantSound()
	kittest.Eventually(t, "the staging table is gone", func() bool { return a.staging() == 0 })
}

func TestImport_CutOffChangesNothingAndLeavesNothing(t *testing.T) {
	t.Parallel()
	a := startArchive(t)
	a.load("", csvRow("OLD", 2, "1.00", "pending", "", "TEA", 1, "1.00"))
	before := a.state()
	u := a.upload(t)
	u.Send(csvRow("OLD", 2, "1.00", "shipped", "", "TEA", 1, "1.00") + "\n" + manyRows("NEW-", 0, 7000))
	kittest.Eventually(t, "the import has begun", func() bool { return a.staging() == 1 })
	u.Cut()
	kittest.Eventually(t, "the staging table is gone", func() bool { return a.staging() == 0 })
	if a.state() != before || len(a.stock.calls) > 1 {
		t.Errorf("a file that was cut had an effect; inventory was asked for %v", a.stock.calls)
	}
	kittest.Eventually(t, "the next import runs", func() bool {
		answer, err := a.admin.Try(http.MethodPost, importPath, kittest.CSV(csvHeader, csvRow("OLD", 2, "1.00", "shipped", "", "TEA", 1, "1.00")))
		return err == nil && answer.Status == http.StatusOK
	})
}

// TestImport_NumbersItsEventsBeforeTheEventLock holds the lock under which orders are
// placed: the import writes everything before it waits for the lock.
func TestImport_NumbersItsEventsBeforeTheEventLock(t *testing.T) {
	t.Parallel()
	a := startArchive(t)
	a.load("", csvRow("OLD", 2, "1.00", "pending", "", "TEA", 1, "1.00"))
	other, err := a.db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Rollback(context.WithoutCancel(t.Context())) }() // fails only after the commit
	if _, err := other.Exec(t.Context(), `SELECT pg_advisory_xact_lock($1)`, eventLock); err != nil {
		t.Fatal(err)
	}
	u := a.upload(t)
	u.Send(manyRows("NEW-", 0, 100))
	u.End()
	kittest.Eventually(t, "the import waits, with its events numbered", func() bool {
		var waiting, numbered int
		err := a.db.QueryRow(t.Context(), `
			SELECT (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())),
			       (SELECT last_value FROM order_events_id_seq)`).Scan(&waiting, &numbered)
		return err == nil && waiting == 1 && numbered == 101
	})
	for _, sql := range []string{
		`INSERT INTO order_events (order_id, event_type, description) VALUES ('OLD', 'updated', '')`,
		`UPDATE orders SET version = version + 1 WHERE id = 'OLD'`,
	} {
		if _, err := other.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := other.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	u.Want(http.StatusOK)
	a.wantSound()
}

// TestImport_TwoAtOnceAreAppliedInTurn imports two files that contradict each other:
// all orders end as one of them says.
func TestImport_TwoAtOnceAreAppliedInTurn(t *testing.T) {
	t.Parallel()
	a := startArchive(t)
	second := *a
	second.admin = a.admin.As(kittest.Token(t, 3, "admin"))
	one, two := a.upload(t), second.upload(t)
	for i := range 300 {
		one.Send(csvRow(fmt.Sprint("O-", i), 1, "1.00", "pending", "", "TEA", 1, "1.00") + "\n")
		two.Send(csvRow(fmt.Sprint("O-", 299-i), 2, "5.00", "shipped", "", "CUP", 1, "2.00", "TEA", 1, "3.00") + "\n")
	}
	for _, u := range []*kittest.Upload{one, two} {
		u.End()
	}
	for _, u := range []*kittest.Upload{one, two} {
		u.Want(http.StatusOK)
	}
	a.wantSound()
	var kinds, events int
	err := a.db.QueryRow(t.Context(), `
		SELECT (SELECT count(DISTINCT (user_id, total, status)) FROM orders), (SELECT count(*) FROM order_events)`).Scan(&kinds, &events)
	if err != nil || kinds != 1 || events != 600 {
		t.Errorf("%d kinds of orders and %d events, want 1 and 600 (%v)", kinds, events, err)
	}
}

// BenchmarkImport streams a file of orders with two lines each, streams the same file
// again, and exports the orders. It reports rows per second, the peak of the heap, and
// the longest time that a change of another order takes meanwhile.
func BenchmarkImport(b *testing.B) {
	for _, rows := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			for b.Loop() {
				benchmarkImport(b, rows)
			}
		})
	}
}

func benchmarkImport(b *testing.B, rows int) {
	a := startArchive(b)
	a.placed("PLACED")
	phase := func(name string, do func()) {
		stop, watched := make(chan struct{}), make(chan struct{})
		var heap uint64
		var slowest time.Duration
		go func() {
			defer close(watched)
			for {
				select {
				case <-stop:
					return
				case <-time.After(20 * time.Millisecond):
				}
				heap = max(heap, heapBytes())
				start := time.Now()
				a.tick(b)
				slowest = max(slowest, time.Since(start))
			}
		}()
		start := time.Now()
		do()
		took := time.Since(start)
		close(stop)
		<-watched
		b.ReportMetric(float64(rows)/took.Seconds(), name+"-rows/s")
		b.ReportMetric(float64(heap)/(1<<20), name+"-heap-MiB")
		b.ReportMetric(float64(slowest.Milliseconds()), name+"-slowest-ms")
	}
	send := func() {
		u := a.upload(b)
		for i := 0; i < rows; i += 1000 {
			u.Send(manyRows("O-", i, min(i+1000, rows)))
		}
		u.End()
		u.Want(http.StatusOK)
	}
	phase("new", send)
	phase("same", send)
	phase("export", func() {
		req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, a.admin.Base+exportPath, nil)
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+a.admin.Token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		defer res.Body.Close()
		if n, err := io.Copy(io.Discard, res.Body); err != nil || n < int64(rows) {
			b.Fatalf("export of %d bytes: %v", n, err)
		}
	})
}

// tick records an event of an order, as every change of one does.
func (a *archive) tick(b *testing.B) {
	err := pgx.BeginFunc(b.Context(), a.db, func(tx pgx.Tx) error {
		if _, err := tx.Exec(b.Context(), `SELECT pg_advisory_xact_lock($1)`, eventLock); err != nil {
			return err
		}
		_, err := tx.Exec(b.Context(), `INSERT INTO order_events (order_id, event_type, description) VALUES ('PLACED', 'updated', '')`)
		return err
	})
	if err != nil {
		b.Error(err)
	}
}

func heapBytes() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
