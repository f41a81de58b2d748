package orders

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

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
	Sort        Sort
}

// Sort is the order of a list: a column, with a minus in front of it if the list
// begins with the greatest. Orders that have the same there are in the order of
// their ids.
type Sort string

func (s Sort) column() string   { return strings.TrimPrefix(string(s), "-") }
func (s Sort) descending() bool { return strings.HasPrefix(string(s), "-") }

// sort is the order that was asked for, or else one that an index gives: newest
// first, but with a prefix by id, which is newest first for ids made here.
func (f Filter) sort() Sort {
	switch {
	case f.Sort != "":
		return f.Sort
	case f.Prefix != "":
		return "-id"
	}
	return "-created_at"
}

// indexed tells whether an index gives the order, so that a page costs the same
// however many orders there are.
func (f Filter) indexed() bool {
	if f.Prefix != "" {
		return f.sort().column() == "id"
	}
	return f.sort().column() == "created_at"
}

// Place is where a page of orders goes on: behind the one with this id, and with
// this in the column that the list is sorted by.
type Place struct {
	CreatedAt time.Time `json:"t,omitzero"`
	UpdatedAt time.Time `json:"u,omitzero"`
	Cents     *int64    `json:"c,omitempty"` // of the total
	ID        string    `json:"id"`
}

func placeOf(o Order, by Sort) Place {
	p := Place{ID: o.ID}
	switch by.column() {
	case "created_at":
		p.CreatedAt = o.CreatedAt
	case "updated_at":
		p.UpdatedAt = o.UpdatedAt
	case "total":
		p.Cents = new(o.Total.Shift(2).IntPart())
	}
	return p
}

// key is what the place has in a column; nil if it is one of another list.
func (p Place) key(column string) any {
	switch {
	case column == "created_at" && !p.CreatedAt.IsZero():
		return p.CreatedAt
	case column == "updated_at" && !p.UpdatedAt.IsZero():
		return p.UpdatedAt
	case column == "total" && p.Cents != nil:
		return decimal.New(*p.Cents, -2)
	case column == "id":
		return p.ID
	}
	return nil
}

// {key} is the column that the list is sorted by, {type} its type. Values are
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
			  AND ($7::{type} IS NULL OR ({key}, id) {behind} ($7, $8))
			ORDER BY {key} {way}, id {way}
			OFFSET $9 LIMIT $10) AS page
		ORDER BY {key} {way}, id {way}`

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
			  AND ($7::{type} IS NULL OR ({line.key}, l.order_id) {behind} ($7, $8))
			ORDER BY {line.key} {way}, l.order_id {way}
			OFFSET $9 LIMIT $10) AS page
		ORDER BY {key} {way}, id {way}`

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
// kit.TotalBound. after is nil or where to go on. It is Invalid if more would
// have to be sorted than are counted.
func (s *Store) Orders(ctx context.Context, f Filter, after *Place, skip, limit int) (orders []Order, total int, err error) {
	list, listArgs, count, countArgs, err := queries(f, after, skip, limit)
	if err != nil {
		return nil, 0, err
	}
	if err := s.db.QueryRow(ctx, count, countArgs...).Scan(&total); err != nil {
		return nil, 0, err
	}
	if total == kit.TotalBound && !f.indexed() {
		return nil, 0, kit.InvalidField("query.sort", f.Sort, "expected at most %d orders to sort; narrow the list", kit.TotalBound-1)
	}
	orders, err = kit.Rows[Order](ctx, s.db, list, listArgs...)
	return orders, total, err
}

// queries chooses the queries for a page and for the count, with their values.
func queries(f Filter, after *Place, skip, limit int) (list string, listArgs []any, count string, countArgs []any, err error) {
	by := f.sort()
	var key any
	var id string
	if after != nil {
		if key, id = after.key(by.column()), after.ID; key == nil {
			return "", nil, "", nil, kit.InvalidField("query.cursor", nil, "expected a cursor of a list with this sort")
		}
	}
	filter := []any{kit.PlanWithValues, f.Owner, f.UserID, f.Status, f.CreatedFrom, f.CreatedTo, kit.PrefixPattern(f.Prefix)}
	list, listArgs = listSQL, slices.Concat(filter, []any{key, id, skip, limit + 1})
	count, countArgs = countSQL, slices.Concat(filter, []any{kit.TotalBound})
	if f.SKU != "" {
		list, listArgs = listOfItemSQL, append(listArgs, f.SKU)
		count, countArgs = countOfItemSQL, append(countArgs, f.SKU)
	}
	return sorted(list, by), listArgs, count, countArgs, nil
}

// sorted fills in the order of a list.
func sorted(sql string, by Sort) string {
	column := by.column()
	columns := map[string]struct{ key, typ string }{
		"id":         {"l.order_id", "text"},
		"created_at": {"l.created_at", "timestamptz"},
		"updated_at": {"o.updated_at", "timestamptz"},
		"total":      {"o.total", "numeric"},
	}
	way, behind := "ASC", ">"
	if by.descending() {
		way, behind = "DESC", "<"
	}
	return strings.NewReplacer("{key}", column, "{line.key}", columns[column].key, "{type}", columns[column].typ,
		"{way}", way, "{behind}", behind).Replace(sql)
}
