package orders_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

// TestListOrders_PagesInAStableOrder goes through whole lists by Link and by
// skip. Orders were placed after B-01 to B-10, three at a time.
// Four have the same total each, and about three the same time of their change.
func TestListOrders_PagesInAStableOrder(t *testing.T) {
	t.Parallel()
	r := startReplicas(t, kittest.Redis(t), 0)
	for _, sql := range []string{
		`INSERT INTO orders (id, user_id, status, total, imported, created_at, updated_at)
		SELECT CASE WHEN i > 10 THEN 'A-' ELSE 'B-' END || lpad((1 + (i - 1) % 10)::text, 2, '0'), 2 + i % 2,
		       CASE WHEN i % 5 = 0 THEN 'pending' ELSE 'completed' END, CASE WHEN i = 7 THEN 1e18 - 0.01 ELSE 9.99 + i % 4 END, true,
		       '2026-01-01'::timestamptz + i / 3 * interval '1 hour', '2026-02-01'::timestamptz + i * 7 % 6 * interval '1 hour'
		FROM generate_series(1, 20) AS i`,
		`INSERT INTO order_lines (order_id, position, sku, quantity, price, created_at)
		SELECT id, line, sku, 1, 5, created_at FROM orders, (VALUES (0, 'TEA'), (1, 'CUP')) AS l (line, sku)
		WHERE sku = 'TEA' OR user_id = 2`,
	} {
		if _, err := r.db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	all := placed(t, r.db, `ORDER BY created_at DESC, id DESC`)
	even := placed(t, r.db, `WHERE user_id = 2 ORDER BY created_at DESC, id DESC`)
	some := placed(t, r.db, `WHERE created_at BETWEEN '2026-01-01 03:00Z' AND '2026-01-01 05:00Z' ORDER BY created_at DESC, id DESC`)
	cases := map[string][]string{
		"":                                       all,
		"sku=TEA":                                all,
		"sku=CUP":                                even,
		"user_id=2":                              even,
		"sku=TEA&user_id=2":                      even,
		"user_id=3000000000":                     nil, // more than 32 bits
		"sku=CUP&user_id=3":                      nil,
		"status=pending":                         placed(t, r.db, `WHERE status = 'pending' ORDER BY created_at DESC, id DESC`),
		"q=B-":                                   placed(t, r.db, `WHERE id LIKE 'B-%' ORDER BY id DESC`),
		"q=B-&sku=CUP":                           placed(t, r.db, `WHERE id LIKE 'B-%' AND user_id = 2 ORDER BY id DESC`),
		"q=B_":                                   nil,
		"sort=-created_at":                       all,
		"sort=created_at":                        placed(t, r.db, `ORDER BY created_at, id`),
		"sort=total":                             placed(t, r.db, `ORDER BY total, id`),
		"sort=-total":                            placed(t, r.db, `ORDER BY total DESC, id DESC`),
		"sort=updated_at":                        placed(t, r.db, `ORDER BY updated_at, id`),
		"sort=-updated_at":                       placed(t, r.db, `ORDER BY updated_at DESC, id DESC`),
		"sort=-total&status=completed&user_id=2": placed(t, r.db, `WHERE status = 'completed' AND user_id = 2 ORDER BY total DESC, id DESC`),
		"sort=created_at&sku=CUP":                placed(t, r.db, `WHERE user_id = 2 ORDER BY created_at, id`),
		"sort=total&sku=CUP":                     placed(t, r.db, `WHERE user_id = 2 ORDER BY total, id`),
		"sort=-updated_at&q=B-":                  placed(t, r.db, `WHERE id LIKE 'B-%' ORDER BY updated_at DESC, id DESC`),
		"sort=created_at&q=B-&sku=CUP":           placed(t, r.db, `WHERE id LIKE 'B-%' AND user_id = 2 ORDER BY created_at, id`),
		"created_from=2026-01-01T03:00:00Z&created_to=2026-01-01T05:00:00Z":         some,
		"sku=TEA&created_from=2026-01-01T03:00:00Z&created_to=2026-01-01T05:00:00Z": some,
	}
	for query, want := range cases {
		t.Run(query, func(t *testing.T) {
			var got, skipped []string
			for next := "/orders/?limit=4&" + query; next != ""; {
				answer := r.clients[0].Do(t, http.MethodGet, next, nil).Want(http.StatusOK)
				if total := answer.Header.Get("X-Total-Count"); total != fmt.Sprint(len(want)) {
					t.Errorf("total %s, want %d", total, len(want))
				}
				got = append(got, idsOf(answer)...)
				next, _, _ = strings.Cut(strings.TrimPrefix(answer.Header.Get("Link"), "<"), ">")
			}
			if !slices.Equal(got, want) {
				t.Errorf("by Link %v\nwant    %v", got, want)
			}
			for skip := 0; skip < len(want); skip += 3 {
				skipped = append(skipped, idsOf(r.clients[0].Do(t, http.MethodGet, fmt.Sprintf("/orders/?limit=3&skip=%d&%s", skip, query), nil))...)
			}
			if !slices.Equal(skipped, want) {
				t.Errorf("by skip %v\nwant    %v", skipped, want)
			}
		})
	}
}

func placed(t *testing.T, db *pgxpool.Pool, where string) (ids []string) {
	t.Helper()
	err := db.QueryRow(t.Context(), `SELECT array_agg(id) FROM (SELECT id FROM orders `+where+`) AS o`).Scan(&ids)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func idsOf(answer kittest.Answer) (ids []string) {
	var page []struct {
		ID        string           `json:"id"`
		UserID    int64            `json:"user_id"`
		Total     kit.Money        `json:"total"`
		Status    string           `json:"status"`
		Items     []map[string]any `json:"items"`
		CreatedAt string           `json:"created_at"`
		UpdatedAt string           `json:"updated_at"`
	}
	answer.Into(&page)
	for _, o := range page {
		ids = append(ids, o.ID)
	}
	return ids
}

func TestListOrders_LeavesOutDeletedOnes(t *testing.T) {
	t.Parallel()
	r := startReplicas(t, kittest.Redis(t), 3)
	r.clients[0].Do(t, http.MethodDelete, "/orders/ORD-1", nil).Want(http.StatusNoContent)
	for _, query := range []string{"", "sku=TEA", "q=ORD-", "sku=TEA&q=ORD-", "user_id=1", "user_id=1&status=pending", "user_id=1&sku=TEA", "user_id=1&q=ORD"} {
		answer := r.clients[1].Do(t, http.MethodGet, "/orders/?"+query, nil).Want(http.StatusOK)
		ids := idsOf(answer)
		slices.Sort(ids)
		if total := answer.Header.Get("X-Total-Count"); !slices.Equal(ids, []string{"ORD-0", "ORD-2"}) || total != "2" {
			t.Errorf("%q lists %v, in all %s", query, ids, total)
		}
	}
}

func TestListOrders_SortsOnlySoMany(t *testing.T) {
	t.Parallel()
	r := startReplicas(t, kittest.Redis(t), 0)
	if _, err := r.db.Exec(t.Context(), `
		INSERT INTO orders (id, user_id, status, total, imported, created_at)
		SELECT 'ORD-' || i, 2 + i % 2, 'completed', i, true, '2026-01-01'::timestamptz + i * interval '1 second'
		FROM generate_series(1, 10001) AS i`); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"sort=total&user_id=2":     "ORD-2",
		"sort=-total&user_id=3":    "ORD-10001",
		"sort=created_at":          "ORD-1",
		"sort=-created_at":         "ORD-10001",
		"sort=-created_at&q=ORD-1": "ORD-10001",
		"q=ORD-":                   "ORD-9999",
		"sort=":                    "ORD-10001",
	} {
		if ids := idsOf(r.clients[0].Do(t, http.MethodGet, "/orders/?"+query, nil).Want(http.StatusOK)); ids[0] != want {
			t.Errorf("%s begins with %s, want %s", query, ids[0], want)
		}
	}
	for _, query := range []string{"sort=total", "sort=-updated_at", "sort=-created_at&q=ORD-", "sort=id", "sort=-id", "sort=total,-id"} {
		r.clients[0].Do(t, http.MethodGet, "/orders/?"+query, nil).WantProblem(http.StatusUnprocessableEntity, "query.sort")
	}
}

func TestListOrders_RefusesTheCursorOfAnotherSort(t *testing.T) {
	t.Parallel()
	r := startReplicas(t, kittest.Redis(t), 3)
	cursor := func(query string) string {
		next, _, _ := strings.Cut(strings.TrimPrefix(r.clients[0].Do(t, http.MethodGet, "/orders/?limit=1&"+query, nil).Header.Get("Link"), "<"), ">")
		link, err := url.Parse(next)
		if err != nil {
			t.Fatal(err)
		}
		return link.Query().Get("cursor")
	}
	sorts := []string{"created_at", "updated_at", "total"}
	for _, of := range sorts {
		for _, by := range sorts {
			answer := r.clients[0].Do(t, http.MethodGet, "/orders/?sort=-"+by+"&cursor="+cursor("sort="+of), nil)
			if of == by {
				answer.Want(http.StatusOK) // the same place, looked at from the other side
			} else {
				answer.WantProblem(http.StatusUnprocessableEntity, "query.cursor")
			}
		}
	}
}
