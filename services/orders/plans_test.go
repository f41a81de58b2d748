package orders_test

import (
	"os"
	"testing"
	"time"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/orders"
)

// newest is when the newest of the many orders was placed; each is a minute
// older than the next one.
var newest = time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)

// manyOrders is a database with 200,000 orders. User 1 has placed every second
// one, and the others 100 each. The oldest 20,000 have ids of another kind and
// alone are shipped; the newest 20,000 are deleted; few are pending. Items: HALF
// is in every second order, THIRD in every third, RARE in few, OLD in the oldest,
// GONE in the deleted ones and few others.
var manyOrders = kittest.Schema(os.DirFS("."),
	`ALTER TABLE order_lines DISABLE TRIGGER ALL`, // the rows are sound, and there are many
	`INSERT INTO orders (id, user_id, status, total, imported, created_at, deleted_at)
	SELECT CASE WHEN i <= 20000 THEN 'OLD-' ELSE 'ORD-' END || lpad(i::text, 6, '0'),
	       CASE WHEN i % 2 = 0 THEN 1 ELSE 2 + i / 2 % 1000 END,
	       CASE WHEN i <= 20000 THEN 'shipped' WHEN i % 1000 = 7 THEN 'pending' WHEN i % 3 = 0 THEN 'processing' ELSE 'completed' END,
	       10, true, '2026-01-31'::timestamptz - (200000 - i) * interval '1 minute',
	       CASE WHEN i > 180000 THEN now() END
	FROM generate_series(1, 200000) AS i`,
	`INSERT INTO order_lines (order_id, position, sku, quantity, price, created_at, deleted)
	SELECT o.id, line, sku, 1, 5, o.created_at, o.deleted_at IS NOT NULL
	FROM (SELECT *, right(id, 6)::int AS i FROM orders) AS o
	CROSS JOIN LATERAL (VALUES
		(0, 'SKU-' || i % 5000), (1, CASE WHEN i % 2 = 0 THEN 'HALF' END), (2, CASE WHEN i % 3 = 0 THEN 'THIRD' END),
		(3, CASE WHEN i % 10000 = 5 THEN 'RARE' END), (4, CASE WHEN i <= 10000 THEN 'OLD' END),
		(5, CASE WHEN i > 180000 OR i % 1000 = 0 THEN 'GONE' END)) AS l (line, sku)
	WHERE sku IS NOT NULL`,
	`VACUUM ANALYZE`,
)

// TestReadOrders_CostsTheSameHoweverManyThereAre looks at how one order, every
// filter of the list, and the usual combinations are read.
func TestReadOrders_CostsTheSameHoweverManyThereAre(t *testing.T) {
	t.Parallel()
	db := openPool(t, manyOrders.Database(t))
	kittest.PlanOf(t, db, orders.OrderSQL, "ORD-123456").WantIndexed(t, 10, 10)
	const limit = 50
	at := func(i int) *time.Time { t := newest.Add(-time.Duration(200000-i) * time.Minute); return &t }
	deep := &orders.Place{CreatedAt: *at(60000), ID: "ORD-060000"}
	for name, c := range map[string]struct {
		filter orders.Filter
		after  *orders.Place
		skip   int
		vain   int // rows that may be counted over in vain
	}{
		"all":                     {},
		"all, deep":               {after: deep},
		"all, far":                {skip: 10000},
		"own":                     {filter: orders.Filter{Owner: 5}},
		"own of many":             {filter: orders.Filter{Owner: 1}, after: deep},
		"own with status":         {filter: orders.Filter{Owner: 1, Status: orders.Pending}},
		"own with old status":     {filter: orders.Filter{Owner: 1, Status: orders.Shipped}},
		"own of few with status":  {filter: orders.Filter{Owner: 5, Status: orders.Pending}},
		"own from":                {filter: orders.Filter{Owner: 1, CreatedFrom: at(100000), CreatedTo: at(100100)}},
		"own with prefix":         {filter: orders.Filter{Owner: 1, Prefix: "OLD-0"}},
		"own of few with prefix":  {filter: orders.Filter{Owner: 5, Prefix: "ORD-"}},
		"own of few with item":    {filter: orders.Filter{Owner: 4, SKU: "HALF"}},
		"own with item":           {filter: orders.Filter{Owner: 1, SKU: "THIRD"}, after: deep, vain: 30000},
		"user":                    {filter: orders.Filter{UserID: 5}},
		"user of many":            {filter: orders.Filter{UserID: 1}},
		"user with status":        {filter: orders.Filter{UserID: 1, Status: orders.Pending}},
		"user who has none":       {filter: orders.Filter{UserID: 1 << 40}},
		"someone else's":          {filter: orders.Filter{Owner: 5, UserID: 1}},
		"rare status":             {filter: orders.Filter{Status: orders.Pending}},
		"common status":           {filter: orders.Filter{Status: orders.Completed}},
		"common status, deep":     {filter: orders.Filter{Status: orders.Completed}, after: deep},
		"old status":              {filter: orders.Filter{Status: orders.Shipped}},
		"unused status":           {filter: orders.Filter{Status: orders.Delivered}},
		"status from":             {filter: orders.Filter{Status: orders.Completed, CreatedFrom: at(100000), CreatedTo: at(120000)}},
		"from":                    {filter: orders.Filter{CreatedFrom: at(170000)}},
		"to":                      {filter: orders.Filter{CreatedTo: at(50000)}},
		"from, to":                {filter: orders.Filter{CreatedFrom: at(100000), CreatedTo: at(100020)}},
		"from, to, deep":          {filter: orders.Filter{CreatedFrom: at(30000), CreatedTo: at(150000)}, after: deep},
		"prefix of one":           {filter: orders.Filter{Prefix: "ORD-123456"}},
		"prefix of few":           {filter: orders.Filter{Prefix: "ORD-1234"}},
		"prefix of many":          {filter: orders.Filter{Prefix: "ORD-1"}},
		"prefix of old ones":      {filter: orders.Filter{Prefix: "OLD-"}},
		"prefix of deleted ones":  {filter: orders.Filter{Prefix: "ORD-19"}},
		"prefix of all":           {filter: orders.Filter{Prefix: "O"}},
		"prefix of all, deep":     {filter: orders.Filter{Prefix: "O"}, after: deep},
		"oldest":                  {filter: orders.Filter{Sort: "created_at"}},
		"oldest, deep":            {filter: orders.Filter{Sort: "created_at"}, after: deep},
		"oldest with status":      {filter: orders.Filter{Sort: "created_at", Status: orders.Completed}, after: deep},
		"oldest own":              {filter: orders.Filter{Sort: "created_at", Owner: 1, Status: orders.Completed}},
		"oldest of item":          {filter: orders.Filter{Sort: "created_at", SKU: "HALF"}, after: deep},
		"item in half":            {filter: orders.Filter{SKU: "HALF"}},
		"item in half, deep":      {filter: orders.Filter{SKU: "HALF"}, after: deep},
		"item in half, far":       {filter: orders.Filter{SKU: "HALF"}, skip: 10000},
		"item in a third":         {filter: orders.Filter{SKU: "THIRD"}},
		"item in few":             {filter: orders.Filter{SKU: "RARE"}},
		"item in one of 5000":     {filter: orders.Filter{SKU: "SKU-77"}},
		"item in old ones":        {filter: orders.Filter{SKU: "OLD"}},
		"item in deleted ones":    {filter: orders.Filter{SKU: "GONE"}},
		"item in none":            {filter: orders.Filter{SKU: "NONE"}},
		"item from, to":           {filter: orders.Filter{SKU: "HALF", CreatedFrom: at(30000), CreatedTo: at(150000)}},
		"item with prefix":        {filter: orders.Filter{SKU: "HALF", Prefix: "OLD-"}},
		"item with status":        {filter: orders.Filter{SKU: "HALF", Status: orders.Completed}, vain: 20000},
		"item of user":            {filter: orders.Filter{SKU: "HALF", UserID: 1}, vain: 20000},
		"item of user with few":   {filter: orders.Filter{SKU: "THIRD", UserID: 5}},
		"item of user and status": {filter: orders.Filter{SKU: "HALF", UserID: 1, Status: orders.Pending}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list, listArgs, count, countArgs, err := orders.Queries(c.filter, c.after, c.skip, limit)
			if err != nil {
				t.Fatal(err)
			}
			page := kittest.PlanOf(t, db, list, listArgs...)
			// Of each order on the page: itself, the line that led to it, and at
			// most six lines. Some may be looked at in vain.
			page.WantIndexed(t, 2*c.skip+8*(limit+1)+2000, 500)
			kittest.PlanOf(t, db, count, countArgs...).WantIndexed(t, 2*kit.TotalBound+2000+c.vain, kit.TotalBound)
		})
	}
}
