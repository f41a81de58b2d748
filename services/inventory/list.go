package inventory

import (
	"context"

	"microdemo/kit"
)

// ItemFilter picks the items of a list; zero fields pick all.
type ItemFilter struct {
	Prefix   string // of the SKU or the name, in any case
	LowStock bool
}

// filterSQL holds for the items that an ItemFilter picks besides its prefix.
const filterSQL = `(NOT $1 OR qty < reorder_level)`

func (i Item) position() int64 { return i.ID }

// Items answers a window of the items that a filter without a prefix picks, by id, and
// their total up to kit.TotalBound.
func (s *Store) Items(ctx context.Context, f ItemFilter, w kit.Window[int64]) (items []Item, total int, err error) {
	items, err = kit.Rows[Item](ctx, s.db, `
		SELECT `+itemColumns+` FROM items
		WHERE `+filterSQL+` AND id > $2
		ORDER BY id OFFSET $3 LIMIT $4`,
		kit.PlanWithValues, f.LowStock, w.After, w.Skip, w.Limit)
	if err != nil {
		return nil, 0, err
	}
	err = s.db.QueryRow(ctx, `SELECT count(*) FROM (SELECT FROM items WHERE `+filterSQL+` LIMIT $2) AS counted`,
		kit.PlanWithValues, f.LowStock, kit.TotalBound).Scan(&total)
	return items, total, err
}

// Match is the position of an item in a search: items whose SKU matches come first, by
// SKU; then those whose name does, by name.
type Match struct {
	Rank int    `json:"rank"` // 0 by SKU, 1 by name
	Key  string `json:"key"`  // the SKU or name, in lower case
	ID   int64  `json:"id"`
}

// Found is an item with its position in a search.
type Found struct {
	Item
	Rank int
	Key  string
}

func (f Found) match() Match { return Match{f.Rank, f.Key, f.ID} }

// Search answers a window of the items that a filter with a prefix picks, and their
// total up to kit.TotalBound. It reads SKUs and names in the order of their own
// indexes, so that a page costs the same however many items match.
func (s *Store) Search(ctx context.Context, f ItemFilter, w kit.Window[Match]) (found []Found, total int, err error) {
	prefix := kit.PrefixPattern(f.Prefix)
	found, err = kit.Rows[Found](ctx, s.db, `
		SELECT * FROM (
			(SELECT `+itemColumns+`, 0 AS rank, lower(sku) AS key
			 FROM items
			 WHERE lower(sku) LIKE lower($2) AND `+filterSQL+`
			   AND $3 = 0 AND (lower(sku), id) > ($4, $5)
			 ORDER BY lower(sku), id LIMIT $6)
			UNION ALL
			(SELECT `+itemColumns+`, 1 AS rank, lower(name) COLLATE "C" AS key
			 FROM items
			 WHERE lower(name) COLLATE "C" LIKE lower($2) AND lower(sku) NOT LIKE lower($2) AND `+filterSQL+`
			   AND (lower(name) COLLATE "C", id) > (CASE $3 WHEN 1 THEN $4 ELSE '' END, CASE $3 WHEN 1 THEN $5 ELSE 0 END)
			 ORDER BY lower(name) COLLATE "C", id LIMIT $6)
		) AS found
		ORDER BY rank, key, id OFFSET $7 LIMIT $8`,
		kit.PlanWithValues, f.LowStock, prefix, w.After.Rank, w.After.Key, w.After.ID, w.Skip+w.Limit, w.Skip, w.Limit)
	if err != nil {
		return nil, 0, err
	}
	err = s.db.QueryRow(ctx, `
		SELECT count(*) FROM (
			(SELECT 1 FROM items
			 WHERE lower(sku) LIKE lower($2) AND `+filterSQL+`
			 ORDER BY lower(sku) LIMIT $3)
			UNION ALL
			(SELECT 1 FROM items
			 WHERE lower(name) COLLATE "C" LIKE lower($2) AND lower(sku) NOT LIKE lower($2) AND `+filterSQL+`
			 ORDER BY lower(name) COLLATE "C" LIMIT $3)
			LIMIT $3) AS counted`,
		kit.PlanWithValues, f.LowStock, prefix, kit.TotalBound).Scan(&total)
	return found, total, err
}
