package users_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
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

func TestListUsers_Filters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ids := map[string]int64{"root": b.rootID}
	for _, u := range []object{
		{"name": "Ann Lee", "email": "ann@example.com"},
		{"name": "100% Cotton", "email": "cotton@example.com"},
		{"name": "1000 Cranes", "email": "under_score@example.com", "role": "admin"},
		{"name": "Zed", "email": "ANNA@example.com"},
		{"name": `Back\slash`, "email": "undersscore@example.com"},
	} {
		var made user
		b.root.Do(t, http.MethodPost, "/users/", u).Want(http.StatusCreated).Into(&made)
		ids[made.Name] = made.ID
	}
	b.root.Do(t, http.MethodPut, path(ids["Zed"]), object{"is_active": false}).Want(http.StatusOK)
	some := fmt.Sprintf("ids=%d,%d,999999,%[1]d", ids["Zed"], ids["Ann Lee"])
	for query, want := range map[string][]string{
		"":                              {"root", "Ann Lee", "100% Cotton", "1000 Cranes", "Zed", `Back\slash`},
		"q=ann":                         {"Ann Lee", "Zed"},
		"q=ANN%20l":                     {"Ann Lee"},
		"q=100%25":                      {"100% Cotton"},
		"q=100":                         {"100% Cotton", "1000 Cranes"},
		"q=under_":                      {"1000 Cranes"},
		"q=back%5C":                     {`Back\slash`},
		"q=lee":                         {},
		"q=":                            {"root", "Ann Lee", "100% Cotton", "1000 Cranes", "Zed", `Back\slash`},
		"role=admin":                    {"root", "1000 Cranes"},
		"is_active=false":               {"Zed"},
		"q=ann&is_active=true":          {"Ann Lee"},
		"role=user&is_active=true&q=un": {`Back\slash`},
		"limit=2&skip=1":                {"Ann Lee", "100% Cotton"},
		"skip=9":                        {},
		some:                            {"Ann Lee", "Zed"},
		some + "&is_active=false":       {"Zed"},
		some + "&role=admin":            {},
		some + "&q=anna":                {"Zed"},
		some + "&q=un":                  {},
		some + "&skip=1":                {"Zed"},
		"ids=999999":                    {},
	} {
		t.Run(query, func(t *testing.T) {
			var got []user
			answer := b.root.Do(t, http.MethodGet, "/users/?"+query, nil).Want(http.StatusOK)
			answer.Into(&got)
			if total := answer.Header.Get("X-Total-Count"); !strings.Contains(query, "skip") && total != fmt.Sprint(len(want)) {
				t.Errorf("X-Total-Count = %q, want %d", total, len(want))
			}
			var gotIDs, wantIDs []int64
			for _, u := range got {
				gotIDs = append(gotIDs, u.ID)
			}
			for _, name := range want {
				wantIDs = append(wantIDs, ids[name])
			}
			if !slices.Equal(gotIDs, wantIDs) {
				t.Errorf("got %v, want %v", gotIDs, wantIDs)
			}
		})
	}
}

func TestListUsers_PagesByLink(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range 4 {
		b.root.Do(t, http.MethodPost, "/users/", object{"name": "N", "email": fmt.Sprintf("n%d@example.com", i)}).Want(http.StatusCreated)
	}
	everybody := make([]string, 5)
	for i := range everybody {
		everybody[i] = fmt.Sprint(b.rootID + int64(i))
	}
	for _, filter := range []string{"is_active=true", "ids=" + strings.Join(everybody, ",")} {
		t.Run(filter, func(t *testing.T) { b.pageByLink(t, "/users/?limit=2&"+filter) })
	}
}

// pageByLink wants five users on three pages.
func (b *bench) pageByLink(t *testing.T, next string) {
	t.Helper()
	pages, seen := 0, map[int64]bool{}
	for next != "" {
		answer := b.root.Do(t, http.MethodGet, next, nil).Want(http.StatusOK)
		if got := answer.Header.Get("X-Total-Count"); got != "5" {
			t.Errorf("X-Total-Count = %q, want 5", got)
		}
		var page []user
		if err := json.Unmarshal(answer.Raw, &page); err != nil {
			t.Fatal(err)
		}
		for _, u := range page {
			seen[u.ID] = true
		}
		pages++
		link := answer.Header.Get("Link")
		next, _, _ = strings.Cut(strings.TrimPrefix(link, "<"), ">")
	}
	if pages != 3 || len(seen) != 5 {
		t.Errorf("%d users on %d pages, want 5 on 3", len(seen), pages)
	}
}
