package inventory

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gofrs/uuid/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

func openStore(t testing.TB) *Store {
	t.Helper()
	env := kittest.Env(t)
	db, cache, err := kit.Open(t.Context(), kittest.Settings(t), migrations, env)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		db.Close()
		cache.Close()
	})
	return &Store{db: db, cache: cache, log: env.Log}
}

// failer is a test, one of rapid's too.
type failer interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// wantRight fails the test unless analytics tells what the items tell.
func wantRight(t failer, s *Store) {
	t.Helper()
	ctx := context.Background()
	all, err := kit.Rows[struct {
		LowItem
		ReorderLevel int64
	}](ctx, s.db, `SELECT id, sku, qty, reorder_level FROM items ORDER BY qty, id`)
	if err != nil {
		t.Fatal(err)
	}
	var want Summary
	for _, item := range all {
		want.Items++
		want.Quantity += item.Qty
		switch {
		case item.Qty == 0:
			want.OutOfStock++
		case item.Qty < item.ReorderLevel:
			want.LowStock++
		default:
			continue
		}
		if len(want.Lowest) < maxLowest {
			want.Lowest = append(want.Lowest, item.LowItem)
		}
	}
	got, err := s.Summary(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("analytics differ from the items (-want +got):\n%s", diff)
	}
}

// TestAnalytics_EqualsTheItemsWhateverHappens does all that is ever done to
// items, in any order, and rolls up in between.
func TestAnalytics_EqualsTheItemsWhateverHappens(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		must := func(err error) {
			if err != nil && !kit.IsKind(err, kit.Conflict) {
				t.Fatal(err)
			}
		}
		qty := rapid.Custom(func(t *rapid.T) Qty { return Qty(rapid.Int64Range(0, 6).Draw(t, "n")) })
		level := rapid.Custom(func(t *rapid.T) Level { return Level(rapid.Int64Range(0, 4).Draw(t, "n")) })
		sku := rapid.Custom(func(t *rapid.T) kit.Identifier {
			return kit.Identifier(fmt.Sprintf("SKU-%d", rapid.IntRange(0, 5).Draw(t, "item")))
		})
		some := func() (id int64, ok bool) {
			err := s.db.QueryRow(ctx, `SELECT id FROM items WHERE sku = $1`, sku.Draw(t, "sku")).Scan(&id)
			if kit.IsNoRows(err) {
				return 0, false
			}
			must(err)
			return id, true
		}
		var reserved []uuid.UUID
		for _, table := range []string{"movements", "reservation_lines", "reservations", "items"} {
			_, err := s.db.Exec(ctx, `DELETE FROM `+table)
			must(err)
		}
		t.Repeat(map[string]func(*rapid.T){
			"create": func(t *rapid.T) {
				price := kit.Money{}
				_, err := s.CreateItem(ctx, NewItem{SKU: sku.Draw(t, "sku"), Qty: qty.Draw(t, "qty"), Price: &price, ReorderLevel: new(level.Draw(t, "level"))}, 1)
				must(err)
			},
			"change": func(t *rapid.T) {
				if id, ok := some(); ok {
					q, l := qty.Draw(t, "qty"), level.Draw(t, "level")
					_, err := s.ChangeItem(ctx, id, ItemChange{Qty: &q, ReorderLevel: &l}, nil, 1)
					must(err)
				}
			},
			"adjust": func(t *rapid.T) {
				if id, ok := some(); ok {
					_, _, err := s.Adjust(ctx, id, Adjustment{Delta: rapid.Int64Range(-3, 3).Draw(t, "delta")}, 1, "")
					must(err)
				}
			},
			"reserve": func(t *rapid.T) {
				batch := make([]Reservation, rapid.IntRange(1, 4).Draw(t, "reservations"))
				for i := range batch {
					batch[i] = Reservation{ID: uuid.Must(uuid.NewV4()), Items: []Line{{SKU: sku.Draw(t, "sku"), Quantity: rapid.Int64Range(1, 7).Draw(t, "quantity")}}}
				}
				outcomes, err := s.Reserve(ctx, batch)
				must(err)
				for _, o := range outcomes {
					if o.Status == http.StatusCreated {
						reserved = append(reserved, o.ID)
					}
				}
			},
			"release": func(t *rapid.T) {
				if len(reserved) > 0 {
					must(s.Release(ctx, []uuid.UUID{rapid.SampledFrom(reserved).Draw(t, "reservation")}))
				}
			},
			"delete": func(*rapid.T) {
				if id, ok := some(); ok {
					must(s.DeleteItem(ctx, id, 1))
				}
			},
			"import": func(t *rapid.T) {
				_, err := s.db.Exec(ctx, `
					INSERT INTO items (sku, name, qty, reorder_level) SELECT 'SKU-' || n, '', $1 + n % 3, $2 FROM generate_series($3::int, $3 + 3) AS n
					ON CONFLICT (sku) DO UPDATE SET qty = excluded.qty, reorder_level = excluded.reorder_level`,
					qty.Draw(t, "qty"), level.Draw(t, "level"), rapid.IntRange(0, 4).Draw(t, "from"))
				must(err)
			},
			"roll up": func(*rapid.T) { must(s.rollUp(ctx)) },
			"check":   func(*rapid.T) { wantRight(t, s) },
		})
		must(s.rollUp(ctx))
		wantRight(t, s)
	})
}

// TestAnalytics_IsRightAtEveryMoment moves stock from one item to another, in
// one transaction, while it is read and rolled up: what there is stays the same.
func TestAnalytics_IsRightAtEveryMoment(t *testing.T) {
	t.Parallel()
	s, ctx := openStore(t), t.Context()
	const items, movers, moves = 8, 4, 60
	for i := range items {
		if _, err := s.CreateItem(ctx, NewItem{SKU: kit.Identifier(fmt.Sprintf("SKU-%d", i)), Qty: 3, ReorderLevel: new(Level(3))}, 1); err != nil {
			t.Fatal(err)
		}
	}
	var moving, reading sync.WaitGroup
	var done atomic.Bool
	for range 2 {
		reading.Go(func() {
			for !done.Load() {
				if err := s.rollUp(ctx); err != nil {
					t.Errorf("roll up: %v", err)
				}
				sum, err := s.Summary(ctx)
				if err != nil || sum.Items != items || sum.Quantity != 3*items || int(sum.OutOfStock+sum.LowStock) != len(sum.Lowest) {
					t.Errorf("%+v, %v", sum, err)
				}
			}
		})
	}
	for m := range movers {
		moving.Go(func() {
			for i := range moves {
				from, to := fmt.Sprintf("SKU-%d", (m+i)%items), fmt.Sprintf("SKU-%d", (m+3*i+1)%items)
				_, err := s.db.Exec(ctx, `
					WITH locked AS (SELECT sku, qty FROM items WHERE sku IN ($1, $2) ORDER BY id FOR UPDATE)
					UPDATE items SET qty = items.qty + CASE items.sku WHEN $1 THEN -1 ELSE 1 END
					FROM locked WHERE items.sku = locked.sku AND $1 <> $2 AND (SELECT locked.qty FROM locked WHERE sku = $1) > 0`, from, to)
				if err != nil {
					t.Errorf("move: %v", err)
				}
			}
		})
	}
	moving.Wait()
	done.Store(true)
	reading.Wait()
	wantRight(t, s)
}

func TestAnalytics_NamesTheLowestItems(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	_, err := s.db.Exec(t.Context(), `
		INSERT INTO items (sku, name, qty, reorder_level)
		SELECT 'LOW-' || n, '', n / 3, 60 FROM generate_series(1, 150) AS n
		UNION ALL SELECT 'ENOUGH', '', 60, 60 UNION ALL SELECT 'NONE-LEFT', '', 0, 0`)
	if err != nil {
		t.Fatal(err)
	}
	wantRight(t, s)
	sum, err := s.Summary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(sum.Lowest) != maxLowest || sum.OutOfStock != 3 || sum.LowStock != 148 || sum.Lowest[2].SKU != "NONE-LEFT" {
		t.Errorf("%+v", sum)
	}
}

func TestAnalytics_CountsItemsThatWereThereBefore(t *testing.T) {
	t.Parallel()
	url, ctx := kittest.EmptyDatabase(t), t.Context()
	before, err := kit.OpenPostgres(ctx, url, kittest.Before(t, migrations, "00003"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = before.Exec(ctx, `INSERT INTO items (sku, name, qty, reorder_level) SELECT 'SKU-' || n, '', n % 30, n % 7 FROM generate_series(1, 300) AS n`)
	if err != nil {
		t.Fatal(err)
	}
	before.Close()
	db, err := kit.OpenPostgres(ctx, url, migrations)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s := &Store{db: db}
	wantRight(t, s)
	if err := s.rollUp(ctx); err != nil {
		t.Fatal(err)
	}
	wantRight(t, s)
}

// TestAnalytics_CostsTheSameHoweverManyItemsThereAre reads as many rows of
// 200,000 items as it answers.
func TestAnalytics_CostsTheSameHoweverManyItemsThereAre(t *testing.T) {
	t.Parallel()
	s, _, db := openManyItems(t)
	kittest.PlanOf(t, db, lowestSQL, maxLowest).WantIndexed(t, maxLowest, 0)
	if plan := kittest.PlanOf(t, db, totalsSQL); plan.Read > 10 {
		t.Errorf("reads %d rows:\n%s", plan.Read, plan.Text)
	}
	if _, err := db.Exec(t.Context(), `UPDATE items SET qty = 0 WHERE id > 190000`); err != nil {
		t.Fatal(err)
	}
	kittest.PlanOf(t, db, lowestSQL, maxLowest).WantIndexed(t, maxLowest, 0)
	wantRight(t, s)
}

func TestAnalytics_ForUsers(t *testing.T) {
	t.Parallel()
	service, err := New(t.Context(), Config{Settings: kittest.Settings(t)}, kittest.Env(t))
	base, _ := kittest.Serve(t, service, err)
	anyone := kittest.Client{Base: base}
	admin := anyone.As(kittest.Token(t, 1, kit.RoleAdmin))
	for _, body := range []string{`{"sku": "A", "qty": 30}`, `{"sku": "B", "qty": 19}`, `{"sku": "C", "qty": 0}`} {
		admin.Do(t, http.MethodPost, "/inventory/", body).Want(http.StatusCreated)
	}
	const want = `{"total_items":3,"total_quantity":49,"out_of_stock":1,"low_stock":1,"low_stock_items":[{"id":3,"sku":"C","qty":0},{"id":2,"sku":"B","qty":19}]}`
	got := anyone.As(kittest.Token(t, 2, kit.RoleUser)).Do(t, http.MethodGet, "/inventory/analytics", nil).Want(http.StatusOK)
	if string(got.Raw) != want+"\n" {
		t.Errorf("got %s, want %s", got.Raw, want)
	}
	anyone.Do(t, http.MethodGet, "/inventory/analytics", nil).WantProblem(http.StatusUnauthorized, "")
	anyone.As(kittest.Token(t, 0, kit.RoleService)).Do(t, http.MethodGet, "/inventory/analytics", nil).WantProblem(http.StatusForbidden, "")
}
