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
	hundred := make([]int64, 100) // as many as may be asked for, from everywhere
	for i := range hundred {
		hundred[i] = int64(1 + 2000*i)
	}
	for name, c := range map[string]struct {
		after    int
		role     string
		isActive any
		ids      []int64
	}{
		"first page":            {0, "", nil, nil},
		"later page":            {150000, "", nil, nil},
		"role":                  {0, "admin", nil, nil},
		"common role":           {150000, "user", nil, nil},
		"inactive":              {0, "", false, nil},
		"ids":                   {0, "", nil, hundred},
		"later ids":             {150000, "", nil, hundred},
		"ids of a role":         {0, "admin", nil, hundred},
		"ids of a common role":  {0, "user", true, hundred},
		"ids that are inactive": {0, "", false, hundred},
	} {
		t.Run(name, func(t *testing.T) {
			kittest.PlanOf(t, db, users.ListSQL, kit.PlanWithValues, c.role, c.isActive, c.ids, c.after, limit+1, 0).WantIndexed(t, 500, limit+1)
			if count := kittest.PlanOf(t, db, users.CountSQL, kit.PlanWithValues, c.role, c.isActive, c.ids, kit.TotalBound); count.Read > 2*kit.TotalBound {
				t.Errorf("the count reads %d rows:\n%s", count.Read, count.Text)
			}
		})
	}
	for name, c := range map[string]struct {
		pattern string
		rank    int
		key     string
		id      int
		ids     []int64
	}{
		"one e-mail":       {"user123456%", 0, "", 0, nil},
		"e-mails":          {"user1%", 0, "", 0, nil},
		"e-mails, deep":    {"user1%", 0, "user150000@example.com", 150000, nil},
		"e-mails of ids":   {"user1%", 0, "", 0, hundred},
		"names":            {"abcd%", 0, "", 0, nil},
		"many names":       {"a%", 0, "", 0, nil},
		"many names, deep": {"a%", 1, "a8", 5, nil},
		"names of ids":     {"a%", 0, "", 0, hundred},
		"nothing":          {"nothing%", 0, "", 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			kittest.PlanOf(t, db, users.SearchSQL, kit.PlanWithValues, "", nil, c.ids, c.pattern, c.rank, c.key, c.id, limit+1, 0, limit+1).WantIndexed(t, 500, 2*limit+2+len(c.ids))
			kittest.PlanOf(t, db, users.SearchCountSQL, kit.PlanWithValues, "", nil, c.ids, c.pattern, kit.TotalBound).WantIndexed(t, 4*kit.TotalBound, 2*kit.TotalBound)
		})
	}
}

