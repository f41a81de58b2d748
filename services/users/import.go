package users

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/kit/csvfile"
)

var importColumns = csvfile.Columns{
	Required: []string{"name", "email"},
	Optional: []string{"role", "is_active"},
	Ignored:  []string{"id", "created_at"},
}

// Import changes users as the rows of a file say, by e-mail address whatever its
// case, and creates those that do not exist, without a password. A row that would
// remove the last active admin is skipped.
func (s *Store) Import(ctx context.Context, file *csvfile.File, dryRun bool) (csvfile.Report, error) {
	return csvfile.Import{
		Columns: `
			key       text NOT NULL, -- the e-mail address in lower case
			name      text NOT NULL,
			email     text NOT NULL,
			role      text,          -- null: stays
			is_active boolean        -- null: stays
		`,
		Parse:     parseUser,
		Key:       "email",
		CompareBy: "key",
		Preview:   previewUsers,
		Apply:     s.applyUsers,
		Changed:   s.cache.EvictAll,
	}.Run(ctx, s.db, file, dryRun)
}

func previewUsers(ctx context.Context, tx pgx.Tx, file *csvfile.File) (created int64, err error) {
	if err := skipLastAdmin(ctx, tx, file); err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, `
		SELECT count(*) FROM staged s WHERE NOT EXISTS (SELECT FROM users u WHERE lower(u.email) = s.key)`).Scan(&created)
	return created, err
}

// skipLastAdmin takes out of what is staged the last row that deactivates or
// demotes an admin, if otherwise no active admin would be left who can sign in. Users
// whom the file creates cannot, for they have no password.
func skipLastAdmin(ctx context.Context, tx pgx.Tx, file *csvfile.File) error {
	var row int64
	err := tx.QueryRow(ctx, `
		WITH after AS (
			SELECT s.n, u.role = 'admin' AND u.is_active AS was,
			       coalesce(s.role, u.role) = 'admin' AND coalesce(s.is_active, u.is_active) AS stays
			FROM users u LEFT JOIN staged s ON s.key = lower(u.email)
			WHERE u.password_hash <> '' AND (u.role = 'admin' AND u.is_active OR s.role = 'admin' OR s.is_active)
		)
		DELETE FROM staged
		WHERE n = (SELECT max(n) FROM after WHERE was AND NOT stays) AND NOT EXISTS (SELECT FROM after WHERE stays)
		RETURNING n`).Scan(&row)
	switch {
	case kit.IsNoRows(err):
		return nil
	case err != nil:
		return err
	}
	file.Skip(row, "this is the last active admin; make another one first")
	return nil
}

// applyUsers creates and changes users. It does not touch users who are as the file
// has them, and signs out those who are deactivated or get another role.
func (s *Store) applyUsers(ctx context.Context, tx pgx.Tx, file *csvfile.File) (created, changed int64, err error) {
	// The lock of keepAnAdmin.
	if _, err := tx.Exec(ctx, `SELECT id FROM users WHERE role = 'admin' AND is_active ORDER BY id FOR UPDATE`); err != nil {
		return 0, 0, err
	}
	if err := skipLastAdmin(ctx, tx, file); err != nil {
		return 0, 0, err
	}
	tag, err := tx.Exec(ctx, `
		INSERT INTO users (name, email, role, is_active, password_hash)
		SELECT name, email, coalesce(role, 'user'), coalesce(is_active, true), ''
		FROM staged s
		WHERE NOT EXISTS (SELECT FROM users u WHERE lower(u.email) = s.key)
		ORDER BY n
		ON CONFLICT (lower(email)) DO NOTHING`)
	if err != nil {
		return 0, 0, fmt.Errorf("create users: %w", err)
	}
	var signedOut []int64
	err = tx.QueryRow(ctx, `
		WITH locked AS MATERIALIZED (
			SELECT u.id, u.role AS before, s.name, coalesce(s.role, u.role) AS role, coalesce(s.is_active, u.is_active) AS is_active
			FROM staged s JOIN users u ON lower(u.email) = s.key
			WHERE (u.name, u.role, u.is_active) IS DISTINCT FROM (s.name, coalesce(s.role, u.role), coalesce(s.is_active, u.is_active))
			ORDER BY u.id FOR NO KEY UPDATE OF u
		), changed AS (
			UPDATE users SET name = l.name, role = l.role, is_active = l.is_active
			FROM locked l WHERE users.id = l.id
			RETURNING users.id, l.role <> l.before OR NOT l.is_active AS signed_out
		)
		SELECT count(*), coalesce(array_agg(id) FILTER (WHERE signed_out), '{}') FROM changed`).
		Scan(&changed, &signedOut)
	if err != nil {
		return 0, 0, fmt.Errorf("change users: %w", err)
	}
	_, err = s.revokeSessions(ctx, tx, "", signedOut...)
	return tag.RowsAffected(), changed, err
}

// parseUser gives a row's values for the staging table, under the rules of the API.
func parseUser(row csvfile.Row) ([]any, error) {
	name, err := parseName(row.Text("name"))
	if err != nil {
		return nil, err
	}
	email, err := parseEmail(strings.TrimSpace(row.Text("email")))
	if err != nil {
		return nil, err
	}
	values := []any{strings.ToLower(string(email)), name, email, nil, nil}
	switch role := kit.Role(strings.ToLower(row.Raw("role"))); role {
	case "":
	case kit.RoleUser, kit.RoleAdmin:
		values[3] = string(role)
	default:
		return nil, errors.New("role: expected user or admin")
	}
	switch strings.ToLower(row.Raw("is_active")) {
	case "":
	case "true", "1":
		values[4] = true
	case "false", "0":
		values[4] = false
	default:
		return nil, errors.New("is_active: expected true or false")
	}
	return values, nil
}
