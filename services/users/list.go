package users

import (
	"context"

	"microdemo/kit"
)

// Filter picks the users of a list; zero fields pick all.
type Filter struct {
	Prefix   string // of the e-mail address or the name, in any case
	Role     kit.Role
	IsActive *bool
	IDs      []int64
}

// filterSQL holds for the users that a Filter picks besides its prefix.
const filterSQL = `($1 = '' OR role = $1) AND ($2::boolean IS NULL OR is_active = $2) AND ($3::bigint[] IS NULL OR id = ANY ($3))`

const (
	listSQL = `
		SELECT ` + userColumns + ` FROM users
		WHERE ` + filterSQL + ` AND id > $4
		ORDER BY id
		LIMIT $5 OFFSET $6`

	countSQL = `
		SELECT count(*) FROM (
			SELECT FROM users WHERE ` + filterSQL + ` LIMIT $4
		) AS counted`
)

// Position is that of a user in the list of all.
type Position struct {
	ID int64 `json:"id"`
}

func (u User) position() Position { return Position{u.ID} }

// List answers a window of the users that a filter without a prefix picks, by id, and
// their total up to kit.TotalBound.
func (s *Store) List(ctx context.Context, f Filter, w kit.Window[Position]) (users []User, total int, err error) {
	users, err = kit.Rows[User](ctx, s.db, listSQL, kit.PlanWithValues, f.Role, f.IsActive, f.IDs, w.After.ID, w.Limit, w.Skip)
	if err != nil {
		return nil, 0, err
	}
	err = s.db.QueryRow(ctx, countSQL, kit.PlanWithValues, f.Role, f.IsActive, f.IDs, kit.TotalBound).Scan(&total)
	return users, total, err
}

// Match is the position of a user in a search: users whose e-mail address matches
// come first, by address; then those whose name does, by name.
type Match struct {
	Rank int    `json:"rank"` // 0 by address, 1 by name
	Key  string `json:"key"`  // the address or name, in lower case
	ID   int64  `json:"id"`
}

// Found is a user with its position in a search.
type Found struct {
	User
	Rank int
	Key  string
}

func (f Found) match() Match { return Match{f.Rank, f.Key, f.ID} }

const (
	searchSQL = `
		SELECT * FROM (
			(SELECT ` + userColumns + `, 0 AS rank, lower(email) COLLATE "C" AS key
			 FROM users
			 WHERE lower(email) COLLATE "C" LIKE lower($4) AND ` + filterSQL + `
			   AND $5 = 0 AND (lower(email) COLLATE "C", id) > ($6, $7)
			 ORDER BY lower(email) COLLATE "C", id LIMIT $8)
			UNION ALL
			(SELECT ` + userColumns + `, 1 AS rank, lower(name) COLLATE "C" AS key
			 FROM users
			 WHERE lower(name) COLLATE "C" LIKE lower($4) AND lower(email) NOT LIKE lower($4) AND ` + filterSQL + `
			   AND (lower(name) COLLATE "C", id) > (CASE $5 WHEN 1 THEN $6 ELSE '' END, CASE $5 WHEN 1 THEN $7 ELSE 0 END)
			 ORDER BY lower(name) COLLATE "C", id LIMIT $8)
		) AS found
		ORDER BY rank, key, id OFFSET $9 LIMIT $10`

	searchCountSQL = `
		SELECT count(*) FROM (
			(SELECT 1 FROM users
			 WHERE lower(email) COLLATE "C" LIKE lower($4) AND ` + filterSQL + `
			 ORDER BY lower(email) COLLATE "C" LIMIT $5)
			UNION ALL
			(SELECT 1 FROM users
			 WHERE lower(name) COLLATE "C" LIKE lower($4) AND lower(email) NOT LIKE lower($4) AND ` + filterSQL + `
			 ORDER BY lower(name) COLLATE "C" LIMIT $5)
			LIMIT $5) AS counted`
)

// Search answers a window of the users that a filter with a prefix picks, and their
// total up to kit.TotalBound. It reads addresses and names in the order of their own
// indexes, so that a page costs the same however many users match.
func (s *Store) Search(ctx context.Context, f Filter, w kit.Window[Match]) (found []Found, total int, err error) {
	prefix := kit.PrefixPattern(f.Prefix)
	found, err = kit.Rows[Found](ctx, s.db, searchSQL, kit.PlanWithValues,
		f.Role, f.IsActive, f.IDs, prefix, w.After.Rank, w.After.Key, w.After.ID, w.Skip+w.Limit, w.Skip, w.Limit)
	if err != nil {
		return nil, 0, err
	}
	err = s.db.QueryRow(ctx, searchCountSQL, kit.PlanWithValues, f.Role, f.IsActive, f.IDs, prefix, kit.TotalBound).Scan(&total)
	return found, total, err
}
