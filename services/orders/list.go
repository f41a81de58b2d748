package orders

import (
	"context"
	"slices"
	"time"

	"microdemo/kit"
)

// Filter chooses orders; zero values choose all.
type Filter struct {
	UserID      int64 // the buyer, as asked for
	Owner       int64 // the buyer, as the caller may see
	Status      Status
	SKU         string
	CreatedFrom *time.Time
	CreatedTo   *time.Time // exclusive
	Prefix      string     // of the id
}

// Place is where a page of orders goes on: behind this one.
type Place struct {
	CreatedAt time.Time `json:"t"`
	ID        string    `json:"id"`
}

// The order of a list is one that an index gives for what the list is about, so
// that a page costs the same however many orders there are: newest first, but
// with a prefix by id alone, which is newest first for ids made here. Values are
// known when a query is planned, so filters that are not used leave no trace.
const (
	listSQL = `
		SELECT page.*, (SELECT json_agg(json_build_object('sku', sku, 'quantity', quantity, 'price', price::text) ORDER BY position)
		                FROM order_lines WHERE order_id = page.id) AS items
		FROM (
			SELECT id, user_id, total, status, created_at, updated_at, reservation_id, imported, version, deleted_at, idem_hash
			FROM orders
			WHERE deleted_at IS NULL
			  AND ($1::bigint = 0 OR user_id = $1)
			  AND ($2::bigint = 0 OR user_id = $2)
			  AND ($3 = '' OR status = $3)
			  AND ($4::timestamptz IS NULL OR created_at >= $4)
			  AND ($5::timestamptz IS NULL OR created_at < $5)
			  AND ($6 = '%' OR id LIKE $6)
			  AND ($6 <> '%' OR $7::timestamptz IS NULL OR (created_at, id) < ($7, $8))
			  AND ($6 = '%' OR $7::timestamptz IS NULL OR id < $8)
			ORDER BY CASE WHEN $6 = '%' THEN created_at END DESC, id DESC
			OFFSET $9 LIMIT $10) AS page
		ORDER BY CASE WHEN $6 = '%' THEN created_at END DESC, id DESC`

	countSQL = `
		SELECT count(*) FROM (
			SELECT FROM orders
			WHERE deleted_at IS NULL
			  AND ($1::bigint = 0 OR user_id = $1)
			  AND ($2::bigint = 0 OR user_id = $2)
			  AND ($3 = '' OR status = $3)
			  AND ($4::timestamptz IS NULL OR created_at >= $4)
			  AND ($5::timestamptz IS NULL OR created_at < $5)
			  AND ($6 = '%' OR id LIKE $6)
			ORDER BY CASE WHEN $6 = '%' THEN created_at END DESC, id DESC
			LIMIT $7) AS counted`

	// Of one item, the lines are in the order of the list.
	listOfItemSQL = `
		SELECT page.*, (SELECT json_agg(json_build_object('sku', sku, 'quantity', quantity, 'price', price::text) ORDER BY position)
		                FROM order_lines WHERE order_id = page.id) AS items
		FROM (
			SELECT o.id, o.user_id, o.total, o.status, l.created_at, o.updated_at, o.reservation_id, o.imported, o.version,
			       o.deleted_at, o.idem_hash
			FROM order_lines l JOIN orders o ON o.id = l.order_id
			WHERE l.sku = $11 AND NOT l.deleted AND o.deleted_at IS NULL
			  AND ($1::bigint = 0 OR o.user_id = $1)
			  AND ($2::bigint = 0 OR o.user_id = $2)
			  AND ($3 = '' OR o.status = $3)
			  AND ($4::timestamptz IS NULL OR l.created_at >= $4)
			  AND ($5::timestamptz IS NULL OR l.created_at < $5)
			  AND ($6 = '%' OR l.order_id LIKE $6)
			  AND ($6 <> '%' OR $7::timestamptz IS NULL OR (l.created_at, l.order_id) < ($7, $8))
			  AND ($6 = '%' OR $7::timestamptz IS NULL OR l.order_id < $8)
			ORDER BY CASE WHEN $6 = '%' THEN l.created_at END DESC, l.order_id DESC
			OFFSET $9 LIMIT $10) AS page
		ORDER BY CASE WHEN $6 = '%' THEN created_at END DESC, id DESC`

	// Where nothing is asked of the orders, they are not read at all.
	countOfItemSQL = `
		SELECT count(*) FROM (
			SELECT FROM order_lines l LEFT JOIN orders o ON o.id = l.order_id
			WHERE l.sku = $8 AND NOT l.deleted
			  AND ($1::bigint = 0 OR o.user_id = $1 AND o.deleted_at IS NULL)
			  AND ($2::bigint = 0 OR o.user_id = $2 AND o.deleted_at IS NULL)
			  AND ($3 = '' OR o.status = $3 AND o.deleted_at IS NULL)
			  AND ($4::timestamptz IS NULL OR l.created_at >= $4)
			  AND ($5::timestamptz IS NULL OR l.created_at < $5)
			  AND ($6 = '%' OR l.order_id LIKE $6)
			ORDER BY CASE WHEN $6 = '%' THEN l.created_at END DESC, l.order_id DESC
			LIMIT $7) AS counted`
)

// Orders lists orders, one more than asked for, and counts them up to
// kit.TotalBound. after is nil or where to go on.
func (s *Store) Orders(ctx context.Context, f Filter, after *Place, skip, limit int) (orders []Order, total int, err error) {
	list, listArgs, count, countArgs := queries(f, after, skip, limit)
	orders, err = kit.Rows[Order](ctx, s.db, list, listArgs...)
	if err != nil {
		return nil, 0, err
	}
	err = s.db.QueryRow(ctx, count, countArgs...).Scan(&total)
	return orders, total, err
}

// queries chooses the queries for a page and for the count, with their values.
func queries(f Filter, after *Place, skip, limit int) (list string, listArgs []any, count string, countArgs []any) {
	var place struct {
		at *time.Time
		id string
	}
	if after != nil {
		place.at, place.id = &after.CreatedAt, after.ID
	}
	filter := []any{kit.PlanWithValues, f.Owner, f.UserID, f.Status, f.CreatedFrom, f.CreatedTo, kit.PrefixPattern(f.Prefix)}
	list, listArgs = listSQL, slices.Concat(filter, []any{place.at, place.id, skip, limit + 1})
	count, countArgs = countSQL, slices.Concat(filter, []any{kit.TotalBound})
	if f.SKU != "" {
		list, listArgs = listOfItemSQL, append(listArgs, f.SKU)
		count, countArgs = countOfItemSQL, append(countArgs, f.SKU)
	}
	return list, listArgs, count, countArgs
}
