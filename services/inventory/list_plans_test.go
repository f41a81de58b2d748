package inventory

import (
	"context"
	"log/slog"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

// tracer notes the queries of a store, with their arguments.
type tracer struct{ queries []pgx.TraceQueryStartData }

func (t *tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	t.queries = append(t.queries, data)
	return ctx
}

func (t *tracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// manyItems is a database of 200,000 items. Few are low in stock; half are called
// Tea, and one in a hundred Zest. Item 1 has 200,000 movements.
var manyItems = kittest.Schema(migrations,
	`INSERT INTO items (sku, name, qty, reorder_level)
	SELECT 'SKU-' || lpad(i::text, 6, '0'),
	       CASE WHEN i % 2 = 0 THEN 'Tea ' WHEN i % 100 = 1 THEN 'Zest ' ELSE 'Item ' END || i,
	       CASE WHEN i % 1000 = 7 THEN 5 ELSE 100 END, 10
	FROM generate_series(1, 200000) AS i`,
	`INSERT INTO movements (item_id, delta, qty_after, reason)
	SELECT CASE WHEN i <= 200000 THEN 1 ELSE i END, 1, 1, 'set' FROM generate_series(1, 400000) AS i`,
	`VACUUM ANALYZE`,
)

// openManyItems opens a store of many items and the same database.
func openManyItems(t *testing.T) (*Store, *tracer, *pgxpool.Pool) {
	t.Helper()
	opened, cache, err := kit.Open(t.Context(), manyItems.Settings(t), migrations, kittest.Env(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		opened.Close()
		cache.Close()
	})
	seen := &tracer{}
	config := opened.Config()
	config.MaxConns, config.ConnConfig.Tracer = 1, seen
	traced, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(traced.Close)
	return &Store{db: &kit.DB{Pool: traced}, cache: cache, log: slog.New(slog.DiscardHandler)}, seen, opened.Pool
}

// TestReadItems_CostsTheSameHoweverManyThereAre looks at how one item, its
// ledger, and every filter of the list are read.
func TestReadItems_CostsTheSameHoweverManyThereAre(t *testing.T) {
	t.Parallel()
	store, seen, db := openManyItems(t)
	const limit = 50
	items := func(f ItemFilter, after int64, skip int) func(context.Context) error {
		return func(ctx context.Context) error {
			_, _, err := store.Items(ctx, f, kit.Window[int64]{After: after, Skip: skip, Limit: limit + 1})
			return err
		}
	}
	search := func(f ItemFilter, after Match, skip int) func(context.Context) error {
		return func(ctx context.Context) error {
			_, _, err := store.Search(ctx, f, kit.Window[Match]{After: after, Skip: skip, Limit: limit + 1})
			return err
		}
	}
	movements := func(before int64, skip int) func(context.Context) error {
		return func(ctx context.Context) error {
			_, _, err := store.Movements(ctx, 1, kit.Window[int64]{After: before, Skip: skip, Limit: limit + 1})
			return err
		}
	}
	for name, c := range map[string]struct {
		read func(context.Context) error
		page int // rows that may be read for the page
	}{
		"item":            {func(ctx context.Context) error { _, err := store.Item(ctx, 123456); return err }, 1},
		"item by SKU":     {func(ctx context.Context) error { _, err := store.ItemBySKU(ctx, "SKU-123456"); return err }, 1},
		"all":             {items(ItemFilter{}, 0, 0), limit + 1},
		"all, deep":       {items(ItemFilter{}, 150000, 0), limit + 1},
		"all, far":        {items(ItemFilter{}, 0, 10000), 10000 + limit + 1},
		"one SKU":         {search(ItemFilter{Prefix: "sku-123456"}, Match{}, 0), 5},
		"SKUs":            {search(ItemFilter{Prefix: "SKU-1234"}, Match{}, 0), 500},
		"common SKUs":     {search(ItemFilter{Prefix: "SKU-"}, Match{}, 0), 500},
		"SKUs, deep":      {search(ItemFilter{Prefix: "SKU-"}, Match{0, "sku-150000", 150000}, 0), 500},
		"newest SKUs":     {search(ItemFilter{Prefix: "NEW-"}, Match{}, 0), 500},
		"SKUs, far":       {search(ItemFilter{Prefix: "SKU-"}, Match{}, 9900), 10000},
		"name":            {search(ItemFilter{Prefix: "zest 1234"}, Match{}, 0), 500},
		"common name":     {search(ItemFilter{Prefix: "tea"}, Match{}, 0), 500},
		"name, deep":      {search(ItemFilter{Prefix: "tea"}, Match{1, "tea 150000", 150000}, 0), 500},
		"rarer name":      {search(ItemFilter{Prefix: "zest"}, Match{}, 0), 500},
		"newest names":    {search(ItemFilter{Prefix: "new "}, Match{}, 0), 500},
		"nothing":         {search(ItemFilter{Prefix: "nothing"}, Match{}, 0), 500},
		"low stock":       {items(ItemFilter{LowStock: true}, 0, 0), 500},
		"low stock, deep": {items(ItemFilter{LowStock: true}, 150000, 0), 500},
		"low stock, name": {search(ItemFilter{LowStock: true, Prefix: "zest"}, Match{}, 0), 5000},
		"ledger":          {movements(0, 0), limit + 1},
		"ledger, deep":    {movements(50000, 0), limit + 1},
		"ledger, far":     {movements(0, 10000), 10000 + limit + 1},
	} {
		t.Run(name, func(t *testing.T) {
			seen.queries = nil
			if err := c.read(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(seen.queries) == 0 {
				t.Fatal("nothing was asked")
			}
			for i, q := range seen.queries {
				plan, most := kittest.PlanOf(t, db, q.SQL, q.Args...), c.page
				if i > 0 && i == len(seen.queries)-1 {
					plan.SeqScans, most = nil, 2*kit.TotalBound+500 // of many, the first there are may be counted
				}
				plan.WantIndexed(t, most, kit.TotalBound)
			}
		})
	}
}
