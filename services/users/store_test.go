package users_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"microdemo/kit"
	"microdemo/services/users"
)

// TestListUsers_UsesAnIndex reads plans on a table of 200,000, in which few
// users are admins and few are inactive.
func TestListUsers_UsesAnIndex(t *testing.T) {
	t.Parallel()
	b := setup(t)
	db, err := pgxpool.New(t.Context(), string(b.settings.DatabaseURL))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	for _, sql := range []string{
		`INSERT INTO users (name, email, role, is_active, password_hash)
		SELECT md5(i::text), 'user' || i || '@example.com', CASE WHEN i % 1000 = 0 THEN 'admin' ELSE 'user' END, i % 1000 <> 1, ''
		FROM generate_series(1, 200000) AS i`,
		`ANALYZE users`,
	} {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		after    int
		pattern  string
		role     string
		isActive any
		index    string
	}{
		"first page":  {0, "%", "", nil, "users_pkey"},
		"later page":  {150000, "%", "", nil, "users_pkey"},
		"email":       {0, "user12345%", "", nil, "users_email_key"},
		"name":        {0, "abcd%", "", nil, "users_name_prefix"},
		"role":        {0, "%", "admin", nil, "users_by_role"},
		"inactive":    {0, "%", "", false, "users_by_activity"},
		"common role": {150000, "%", "user", nil, "users_"},
	} {
		t.Run(name, func(t *testing.T) {
			list := explain(t, db, users.ListSQL, c.after, c.pattern, c.role, c.isActive, 51, 0)
			if strings.Contains(list, "Seq Scan") || !strings.Contains(list, c.index) {
				t.Errorf("the list does not use %s:\n%s", c.index, list)
			}
			if c.pattern == "%" && c.role == "" && c.isActive == nil {
				return // the first 10,001 of all are counted in any order
			}
			count := explain(t, db, users.CountSQL, c.pattern, c.role, c.isActive, kit.TotalBound)
			if c.index != "users_" && (strings.Contains(count, "Seq Scan") || !strings.Contains(count, c.index)) {
				t.Errorf("the count does not use %s:\n%s", c.index, count)
			}
		})
	}
}

func explain(t *testing.T, db *pgxpool.Pool, sql string, args ...any) string {
	t.Helper()
	rows, err := db.Query(t.Context(), "EXPLAIN "+sql, append([]any{pgx.QueryExecModeSimpleProtocol}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}
