package users

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

var exportColumns = []string{"id", "name", "email", "role", "is_active", "created_at"}

var importColumns = kit.CSVColumns{
	Required: []string{"name", "email"},
	Optional: []string{"role", "is_active"},
	Ignored:  []string{"id", "created_at"},
}

// exportedUser is a user as a row of a file.
type exportedUser struct {
	ID        int64
	Name      string
	Email     string
	Role      string
	IsActive  bool
	CreatedAt time.Time
}

// Export writes all users, as they are at one moment, by id.
func (s *Store) Export(ctx context.Context, w *kit.CSVWriter) error {
	return kit.ExportRows(ctx, s.db, func(u exportedUser) error {
		return w.Row(u.ID, u.Name, u.Email, u.Role, u.IsActive, u.CreatedAt)
	}, `SELECT id, name, email, role, is_active, created_at FROM users ORDER BY id`)
}

// Import changes users as the rows of a file say, by e-mail address whatever its
// case, and makes those that are not there, without a password. All of it happens
// in one transaction, when the file is whole; until then its rows are only
// staged. With dryRun nothing happens. A row that would take the last active
// admin away is skipped.
func (s *Store) Import(ctx context.Context, file *kit.CSVFile, dryRun bool) (report kit.CSVReport, err error) {
	err = s.db.OnImportConn(ctx, func(conn *pgx.Conn) error {
		if err := stageUsers(ctx, conn, file); err != nil {
			return err
		}
		var created, total, changed int64
		err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			if !dryRun {
				if err := lockForImport(ctx, tx); err != nil {
					return err
				}
			}
			if err := skipLastAdmin(ctx, tx, file); err != nil {
				return err
			}
			err := tx.QueryRow(ctx, `
				SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (SELECT FROM users u WHERE lower(u.email) = s.key))
				FROM staged s`).Scan(&total, &created)
			if err != nil || dryRun {
				return err
			}
			created, changed, err = s.applyUsers(ctx, tx)
			return err
		})
		if changed > 0 { // whatever became of COMMIT
			s.cache.DropAll(ctx)
		}
		report = file.Report(created, total-created)
		return err
	})
	return report, err
}

// lockForImport lets imports go one after the other, so that none waits while it
// holds users, and locks the admins as keepAnAdmin does.
func lockForImport(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `
		SET LOCAL lock_timeout = '10min';
		SELECT pg_advisory_xact_lock(hashtext('import'));
		SET LOCAL lock_timeout = '15s';
		SELECT id FROM users WHERE role = 'admin' AND is_active ORDER BY id FOR UPDATE`)
	return err
}

func stageUsers(ctx context.Context, conn *pgx.Conn, file *kit.CSVFile) error {
	_, err := conn.Exec(ctx, `
		CREATE TEMPORARY TABLE staged (
			n         integer NOT NULL,
			key       text NOT NULL, -- the e-mail in lower case
			name      text NOT NULL,
			email     text NOT NULL,
			role      text,    -- null: stays
			is_active boolean  -- null: stays
		)`)
	if err != nil {
		return err
	}
	columns := []string{"n", "key", "name", "email", "role", "is_active"}
	if err := kit.StageCSV(ctx, conn, file, "staged", columns, parseUser); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, `ANALYZE staged`); err != nil {
		return err
	}
	var (
		row, first int
		email      string
	)
	err = conn.QueryRow(ctx, `
		SELECT s.n, d.first, s.email
		FROM (SELECT key, min(n) AS first FROM staged GROUP BY key HAVING count(*) > 1) AS d
		JOIN staged s ON s.key = d.key AND s.n > d.first
		ORDER BY s.n LIMIT 1`).Scan(&row, &first, &email)
	switch {
	case kit.IsNoRows(err):
		return nil
	case err != nil:
		return err
	}
	return kit.Rejected(row, "the e-mail address %s stands in row %d already", email, first)
}

// skipLastAdmin takes out of what is staged the last row that deactivates or
// demotes an admin, if otherwise no active admin would be left who can sign in.
// Those whom the file makes cannot, for they have no password.
func skipLastAdmin(ctx context.Context, tx pgx.Tx, file *kit.CSVFile) error {
	var row int
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

// applyUsers makes what is staged true. Users who are as the file has them are not
// touched; those who are deactivated or get another role are signed out.
func (s *Store) applyUsers(ctx context.Context, tx pgx.Tx) (created, changed int64, err error) {
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
	created = tag.RowsAffected()
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
	return created, changed, err
}

var (
	checkName  = rule(Name(""))
	checkEmail = rule(Email(""))
)

// parseUser makes a staged row of a row of a file, under the rules of the API.
func parseUser(row kit.CSVRow) ([]any, error) {
	name, email := row.Text("name"), strings.TrimSpace(row.Text("email"))
	if problem := checkName(name); problem != "" {
		return nil, errors.New("name: " + problem)
	}
	if problem := checkEmail(email); problem != "" {
		return nil, errors.New("email: " + problem)
	}
	values := []any{row.N, strings.ToLower(email), name, email, nil, nil}
	switch role := kit.Role(strings.ToLower(row.Raw("role"))); role {
	case "":
	case kit.RoleUser, kit.RoleAdmin:
		values[4] = string(role)
	default:
		return nil, errors.New("role: expected user or admin")
	}
	switch strings.ToLower(row.Raw("is_active")) {
	case "":
	case "true", "1":
		values[5] = true
	case "false", "0":
		values[5] = false
	default:
		return nil, errors.New("is_active: expected true or false")
	}
	return values, nil
}
