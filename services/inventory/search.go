package inventory

import (
	"context"

	"microdemo/kit"
)

// Match is where in a search an item stands: items whose SKU begins with what is
// searched for come first, by SKU; then those whose name does, by name.
type Match struct {
	Rank int    `json:"rank"` // 0 by SKU, 1 by name
	Key  string `json:"key"`  // the SKU or name, in lower case
	ID   int64  `json:"id"`
}

// Found is an item and where in the search it stands.
type Found struct {
	Item
	Rank int
	Key  string
}

// Search lists the items whose SKU or name begins with a text, from behind a
// match, one more than asked for, and counts them up to kit.TotalBound. Each way
// of matching is read in the order of its own index, so a page costs the same
// however many items match.
func (s *Store) Search(ctx context.Context, f ItemFilter, after Match, skip, limit int) (found []Found, total int, err error) {
	pattern := kit.PrefixPattern(f.Prefix)
	found, err = kit.Rows[Found](ctx, s.db, `
		SELECT * FROM (
			(SELECT id, sku, name, qty, allocated, price, reorder_level, created_at, updated_at, version,
			        0 AS rank, lower(sku) AS key
			 FROM items
			 WHERE lower(sku) LIKE lower($1)
			   AND (NOT $2 OR qty < reorder_level)
			   AND $3 = 0 AND (lower(sku), id) > ($4, $5)
			 ORDER BY lower(sku), id LIMIT $6)
			UNION ALL
			(SELECT id, sku, name, qty, allocated, price, reorder_level, created_at, updated_at, version,
			        1 AS rank, lower(name) COLLATE "C" AS key
			 FROM items
			 WHERE lower(name) COLLATE "C" LIKE lower($1)
			   AND lower(sku) NOT LIKE lower($1)
			   AND (NOT $2 OR qty < reorder_level)
			   AND (lower(name) COLLATE "C", id) > (CASE $3 WHEN 1 THEN $4 ELSE '' END, CASE $3 WHEN 1 THEN $5 ELSE 0 END)
			 ORDER BY lower(name) COLLATE "C", id LIMIT $6)
		) AS found
		ORDER BY rank, key, id OFFSET $7 LIMIT $8`,
		kit.PlanWithValues, pattern, f.LowStock, after.Rank, after.Key, after.ID, skip+limit+1, skip, limit+1)
	if err != nil {
		return nil, 0, err
	}
	err = s.db.QueryRow(ctx, `
		SELECT count(*) FROM (
			(SELECT 1 FROM items
			 WHERE lower(sku) LIKE lower($1) AND (NOT $2 OR qty < reorder_level)
			 ORDER BY lower(sku) LIMIT $3)
			UNION ALL
			(SELECT 1 FROM items
			 WHERE lower(name) COLLATE "C" LIKE lower($1) AND lower(sku) NOT LIKE lower($1) AND (NOT $2 OR qty < reorder_level)
			 ORDER BY lower(name) COLLATE "C" LIMIT $3)
			LIMIT $3) AS counted`,
		kit.PlanWithValues, pattern, f.LowStock, kit.TotalBound).Scan(&total)
	return found, total, err
}
