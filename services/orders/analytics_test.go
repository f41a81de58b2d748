package orders

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gofrs/uuid/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

// noon is a time that tests pretend it is.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func openStore(t testing.TB) *Store {
	t.Helper()
	db, cache, err := kit.Open(t.Context(), kittest.Settings(t), migrations, kittest.Env(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		db.Close()
		cache.Close()
	})
	return &Store{db: db, cache: cache, recorded: func() {}}
}

// orderFor is an order of one line, ready to be recorded.
func orderFor(id string, user int64, status Status, total string) newOrder {
	amount, err := kit.ParseMoney("", total)
	if err != nil {
		panic(err)
	}
	return newOrder{
		Order:       Order{ID: id, UserID: user, Status: status, Total: amount, Items: []Line{{"TEA", 1, amount}}},
		Reservation: uuid.Must(uuid.NewV4()), By: user,
	}
}

// failer is a test, one of rapid's too.
type failer interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// counted is all that analytics says about the orders of an owner.
type counted struct {
	Summary
	Days []DayRevenue
}

const daysBack = 60

func read(t failer, s *Store, owner int64) (c counted) {
	t.Helper()
	var err error
	from, to := kit.LastDays(noon, kit.RecentDays)
	if c.Summary, err = s.Summary(context.Background(), owner, from, to); err != nil {
		t.Fatal(err)
	}
	from, to = kit.LastDays(noon, daysBack)
	if c.Days, err = s.DailyRevenue(context.Background(), owner, from, to); err != nil {
		t.Fatal(err)
	}
	return c
}

// recount is read, from the orders themselves.
func recount(t failer, s *Store, owner int64) (c counted) {
	t.Helper()
	all, err := kit.Rows[NewestOrder](context.Background(), s.db, `
		SELECT id, user_id, total, status, created_at FROM orders
		WHERE deleted_at IS NULL ORDER BY created_at DESC, id DESC`)
	if err != nil {
		t.Fatal(err)
	}
	c.ByStatus = map[Status]int64{Pending: 0, Processing: 0, Shipped: 0, Delivered: 0, Completed: 0, Cancelled: 0}
	first, last := kit.LastDays(noon, daysBack)
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		c.Days = append(c.Days, DayRevenue{Day: day})
	}
	for _, o := range all {
		if owner != Everyone && o.UserID != owner {
			continue
		}
		c.Orders++
		c.ByStatus[o.Status]++
		ago := int(last.Sub(o.CreatedAt.Truncate(24*time.Hour)) / (24 * time.Hour))
		if ago >= 0 && ago < kit.RecentDays {
			c.Recent++
		}
		if len(c.Newest) < newestOrders {
			c.Newest = append(c.Newest, o)
		}
		if o.Status == Cancelled {
			continue
		}
		c.Revenue = c.Revenue.Plus(o.Total)
		if at := daysBack - 1 - ago; at >= 0 && at < daysBack {
			c.Days[at].Orders++
			c.Days[at].Revenue = c.Days[at].Revenue.Plus(o.Total)
		}
	}
	return c
}

func wantRight(t failer, s *Store) {
	t.Helper()
	sameMoney := cmp.Comparer(func(a, b kit.Money) bool { return a.Equal(b) })
	for owner := range int64(4) {
		if diff := cmp.Diff(recount(t, s, owner), read(t, s, owner), sameMoney, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("analytics of %d differ from the orders (-want +got):\n%s", owner, diff)
		}
	}
}

// TestAnalytics_EqualsTheOrdersWhateverHappens does all that is ever done to
// orders, in any order, and rolls up in between.
func TestAnalytics_EqualsTheOrdersWhateverHappens(t *testing.T) {
	t.Parallel()
	s, n := openStore(t), 0
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		must := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		sql := func(sql string, args ...any) {
			_, err := s.db.Exec(ctx, sql, args...)
			must(err)
		}
		user := rapid.Int64Range(1, 3)
		status := rapid.SampledFrom([]Status{Pending, Processing, Shipped, Delivered, Completed, Cancelled})
		total := rapid.SampledFrom([]string{"0.00", "0.01", "9.99", "1000000000.00"})
		when := rapid.Custom(func(t *rapid.T) time.Time {
			day := rapid.SampledFrom([]int{-1, 0, 1, 6, 7, 59, 60, 4000}).Draw(t, "days ago")
			hour := rapid.SampledFrom([]time.Duration{-12 * time.Hour, 0, 12*time.Hour - time.Microsecond}).Draw(t, "from noon")
			return noon.AddDate(0, 0, -day).Add(hour)
		})
		some := func() (o Order, ok bool) {
			all, err := kit.Rows[struct {
				ID            string
				Status        Status
				Version       int64
				ReservationID uuid.NullUUID
			}](ctx, s.db, `SELECT id, status, version, reservation_id FROM orders WHERE deleted_at IS NULL ORDER BY id`)
			must(err)
			if len(all) == 0 {
				return Order{}, false
			}
			one := rapid.SampledFrom(all).Draw(t, "order")
			return Order{ID: one.ID, Status: one.Status, Version: one.Version, ReservationID: one.ReservationID}, true
		}
		fresh := func() string { n++; return fmt.Sprintf("ORD-%06d", n) }
		for _, table := range []string{"order_events", "order_lines", "orders", "holds"} {
			sql(`DELETE FROM ` + table)
		}
		t.Repeat(map[string]func(*rapid.T){
			"place": func(t *rapid.T) {
				var batch []newOrder
				for range rapid.IntRange(1, 5).Draw(t, "orders") {
					batch = append(batch, orderFor(fresh(), user.Draw(t, "user"), status.Draw(t, "status"), total.Draw(t, "total")))
				}
				_, err := s.Record(ctx, batch)
				must(err)
				for _, o := range batch { // the database has its own clock
					sql(`UPDATE orders SET created_at = $2 WHERE id = $1`, o.ID, when.Draw(t, "placed"))
				}
			},
			"import": func(t *rapid.T) {
				sql(`INSERT INTO orders (id, user_id, status, total, imported, created_at)
					SELECT 'OLD-' || i, $1, $2, $3::numeric, true, $4 FROM generate_series($5::int, $5 + 3) AS i
					ON CONFLICT (id) DO UPDATE SET user_id = excluded.user_id, status = excluded.status, total = excluded.total
					WHERE orders.imported AND orders.deleted_at IS NULL`,
					user.Draw(t, "user"), status.Draw(t, "status"), total.Draw(t, "total"), when.Draw(t, "placed"), rapid.IntRange(0, 8).Draw(t, "from"))
			},
			"change": func(t *rapid.T) {
				if o, ok := some(); ok && o.Status != Cancelled {
					c := Change{By: 1, UserID: user.Draw(t, "user")}
					if to := status.Draw(t, "to"); o.Status.mayBecome(to) {
						c.Status = to
					}
					_, err := s.Change(ctx, o, c)
					must(err)
				}
			},
			"reopen": func(t *rapid.T) {
				if o, ok := some(); ok && o.Status == Cancelled {
					again := uuid.NullUUID{UUID: uuid.Must(uuid.NewV4()), Valid: o.ReservationID.Valid}
					must(s.Reopen(ctx, o, again, Change{By: 1, UserID: user.Draw(t, "user")}))
				}
			},
			"delete": func(*rapid.T) {
				if o, ok := some(); ok {
					_, err := s.Delete(ctx, o, 1)
					must(err)
				}
			},
			"remove by hand": func(*rapid.T) {
				sql(`DELETE FROM orders WHERE id = (
					SELECT min(id) FROM orders o WHERE imported AND NOT EXISTS (SELECT FROM order_events WHERE order_id = o.id))`)
			},
			"roll up": func(*rapid.T) { must(s.rollUp(ctx)) },
			"fail":    func(*rapid.T) { failToPlace(t, s, fresh()) },
			"check":   func(*rapid.T) { wantRight(t, s) },
		})
		must(s.rollUp(ctx))
		wantRight(t, s)
	})
}

// failToPlace records an order twice in one transaction, so neither is there.
func failToPlace(t failer, s *Store, id string) {
	t.Helper()
	o := orderFor(id, 1, Pending, "5.00")
	if _, err := s.Record(context.Background(), []newOrder{o, o}); err == nil {
		t.Fatal("one reservation was recorded twice")
	}
}

// TestAnalytics_IsRightAtEveryMoment reads while orders are placed, changed,
// given to others and rolled up. Every order costs 10.00.
func TestAnalytics_IsRightAtEveryMoment(t *testing.T) {
	t.Parallel()
	s, ctx := openStore(t), t.Context()
	const writers, each = 4, 40
	var placing, placed atomic.Int64
	var writing, reading sync.WaitGroup
	var done atomic.Bool
	again := func(do func()) {
		reading.Go(func() {
			for !done.Load() {
				do()
			}
		})
	}
	for range 2 {
		again(func() {
			if err := s.rollUp(ctx); err != nil {
				t.Errorf("roll up: %v", err)
			}
		})
		again(func() {
			atLeast := placed.Load()
			sum, err := s.Summary(ctx, Everyone, noon, noon)
			atMost := placing.Load()
			if err != nil || sum.Orders < atLeast || sum.Orders > atMost {
				t.Errorf("%d orders (%v), want %d to %d", sum.Orders, err, atLeast, atMost)
			}
			var all, kept int64
			for status, n := range sum.ByStatus {
				if all += n; status != Cancelled {
					kept += n
				}
			}
			if all != sum.Orders || sum.Revenue.String() != fmt.Sprintf("%d.00", 10*kept) {
				t.Errorf("%d orders, revenue %s, by status %v", sum.Orders, sum.Revenue, sum.ByStatus)
			}
		})
	}
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				ids := [2]string{fmt.Sprintf("ORD-%d-%d-a", w, i), fmt.Sprintf("ORD-%d-%d-b", w, i)}
				placing.Add(2)
				_, err := s.Record(ctx, []newOrder{orderFor(ids[0], 1, Pending, "10.00"), orderFor(ids[1], 2, Pending, "10.00")})
				placed.Add(2)
				for version, to := range []Status{Processing, Shipped, Cancelled} {
					var o Order
					if err == nil {
						o, err = s.Order(ctx, ids[i%2])
					}
					if err == nil {
						_, err = s.Change(ctx, o, Change{Status: to, UserID: int64(1 + (i+version)%3), By: 1})
					}
				}
				if err != nil {
					t.Errorf("write: %v", err)
				}
			}
		})
	}
	writing.Wait()
	done.Store(true)
	reading.Wait()
	wantRight(t, s)
	if err := s.rollUp(ctx); err != nil {
		t.Fatal(err)
	}
	wantRight(t, s)
	var left int
	if err := s.db.QueryRow(ctx, `SELECT count(*) FROM order_deltas`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d notes are left (%v)", left, err)
	}
}

func TestAnalytics_CountsOrdersThatWereThereBefore(t *testing.T) {
	t.Parallel()
	url, ctx := kittest.EmptyDatabase(t), t.Context()
	before, err := kit.OpenPostgres(ctx, url, kittest.Before(t, migrations, "00004"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = before.Exec(ctx, `
		INSERT INTO orders (id, user_id, status, total, imported, created_at, deleted_at)
		SELECT 'ORD-' || i, 1 + i % 3, CASE WHEN i % 5 = 0 THEN 'cancelled' ELSE 'shipped' END, i, true,
		       '2026-03-01'::timestamptz - i * interval '5 hours', CASE WHEN i % 7 = 0 THEN now() END
		FROM generate_series(1, 200) AS i`)
	if err != nil {
		t.Fatal(err)
	}
	before.Close()
	db, err := kit.OpenPostgres(ctx, url, migrations)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s := &Store{db: db, recorded: func() {}}
	wantRight(t, s)
	if err := s.rollUp(ctx); err != nil {
		t.Fatal(err)
	}
	wantRight(t, s)
}
