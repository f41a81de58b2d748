package users

import (
	"context"

	"microdemo/kit"
)

// Match is where in a search a user stands: those whose e-mail begins with what
// is searched for come first, by e-mail; then those whose name does, by name.
type Match struct {
	Rank int    `json:"rank"` // 0 by e-mail, 1 by name
	Key  string `json:"key"`  // the e-mail or name, in lower case
	ID   int64  `json:"id"`
}

// Found is a user and where in the search they stand.
type Found struct {
	User
	Rank int
	Key  string
}

const searchSQL = `
	SELECT * FROM (
		(SELECT id, name, email, role, is_active, preferences, created_at,
		        0 AS rank, lower(email) COLLATE "C" AS key
		 FROM users
		 WHERE lower(email) COLLATE "C" LIKE lower($1)
		   AND ($2 = '' OR role = $2)
		   AND ($3::boolean IS NULL OR is_active = $3)
		   AND ($10::bigint[] IS NULL OR id = ANY ($10))
		   AND $4 = 0 AND (lower(email) COLLATE "C", id) > ($5, $6)
		 ORDER BY lower(email) COLLATE "C", id LIMIT $7)
		UNION ALL
		(SELECT id, name, email, role, is_active, preferences, created_at,
		        1 AS rank, lower(name) COLLATE "C" AS key
		 FROM users
		 WHERE lower(name) COLLATE "C" LIKE lower($1)
		   AND lower(email) NOT LIKE lower($1)
		   AND ($2 = '' OR role = $2)
		   AND ($3::boolean IS NULL OR is_active = $3)
		   AND ($10::bigint[] IS NULL OR id = ANY ($10))
		   AND (lower(name) COLLATE "C", id) > (CASE $4 WHEN 1 THEN $5 ELSE '' END, CASE $4 WHEN 1 THEN $6 ELSE 0 END)
		 ORDER BY lower(name) COLLATE "C", id LIMIT $7)
	) AS found
	ORDER BY rank, key, id OFFSET $8 LIMIT $9`

const searchCountSQL = `
	SELECT count(*) FROM (
		(SELECT 1 FROM users
		 WHERE lower(email) COLLATE "C" LIKE lower($1)
		   AND ($2 = '' OR role = $2) AND ($3::boolean IS NULL OR is_active = $3)
		   AND ($5::bigint[] IS NULL OR id = ANY ($5))
		 ORDER BY lower(email) COLLATE "C" LIMIT $4)
		UNION ALL
		(SELECT 1 FROM users
		 WHERE lower(name) COLLATE "C" LIKE lower($1) AND lower(email) NOT LIKE lower($1)
		   AND ($2 = '' OR role = $2) AND ($3::boolean IS NULL OR is_active = $3)
		   AND ($5::bigint[] IS NULL OR id = ANY ($5))
		 ORDER BY lower(name) COLLATE "C" LIMIT $4)
		LIMIT $4) AS counted`

// Search lists the users whose e-mail or name begins with a text, from behind a
// match, and counts them up to kit.TotalBound. Each way of matching is read in
// the order of its own index, so a page costs the same however many match.
func (s *Store) Search(ctx context.Context, f Filter, after Match, skip, limit int) (found []Found, total int, err error) {
	pattern := kit.PrefixPattern(f.Prefix)
	found, err = kit.Rows[Found](ctx, s.db, searchSQL, kit.PlanWithValues,
		pattern, f.Role, f.IsActive, after.Rank, after.Key, after.ID, skip+limit, skip, limit, f.IDs)
	if err != nil {
		return nil, 0, err
	}
	err = s.db.QueryRow(ctx, searchCountSQL, kit.PlanWithValues, pattern, f.Role, f.IsActive, kit.TotalBound, f.IDs).Scan(&total)
	return found, total, err
}
