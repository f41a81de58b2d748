package users_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"microdemo/kit"
	"microdemo/kit/kittest"
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
	const limit = 50
	for name, c := range map[string]struct {
		after    int
		role     string
		isActive any
	}{
		"first page":  {0, "", nil},
		"later page":  {150000, "", nil},
		"role":        {0, "admin", nil},
		"common role": {150000, "user", nil},
		"inactive":    {0, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			kittest.PlanOf(t, db, users.ListSQL, planned, c.after, c.role, c.isActive, limit+1, 0).WantIndexed(t, 500, limit+1)
			if count := kittest.PlanOf(t, db, users.CountSQL, planned, c.role, c.isActive, kit.TotalBound); count.Read > 2*kit.TotalBound {
				t.Errorf("the count reads %d rows:\n%s", count.Read, count.Text)
			}
		})
	}
	for name, c := range map[string]struct {
		pattern string
		rank    int
		key     string
		id      int
	}{
		"one e-mail":       {"user123456%", 0, "", 0},
		"e-mails":          {"user1%", 0, "", 0},
		"e-mails, deep":    {"user1%", 0, "user150000@example.com", 150000},
		"names":            {"abcd%", 0, "", 0},
		"many names":       {"a%", 0, "", 0},
		"many names, deep": {"a%", 1, "a8", 5},
		"nothing":          {"nothing%", 0, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			kittest.PlanOf(t, db, users.SearchSQL, planned, c.pattern, "", nil, c.rank, c.key, c.id, limit+1, 0, limit+1).WantIndexed(t, 500, 2*limit+2)
			kittest.PlanOf(t, db, users.SearchCountSQL, planned, c.pattern, "", nil, kit.TotalBound).WantIndexed(t, 4*kit.TotalBound, 2*kit.TotalBound)
		})
	}
}

// planned has the queries planned for their values, as production does.
const planned = kit.PlanWithValues
