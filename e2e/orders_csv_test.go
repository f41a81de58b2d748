package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"microdemo/kit/kittest"
)

// imported is the answer to an import of orders.
type imported struct {
	Created   int      `json:"created_count"`
	Updated   int      `json:"updated_count"`
	Skipped   int      `json:"skipped_count"`
	Inventory int      `json:"inventory_created_count"`
	Errors    []string `json:"errors"`
}

// pastOrder is a row of a file: an order of two of one item at 5.00.
func pastOrder(id string, buyer int64, status, sku string) string {
	return fmt.Sprintf(`%s,%d,10.00,%s,"[{""sku"":""%s"",""quantity"":2,""price"":""5.00""}]"`, id, buyer, status, sku)
}

// importOrders imports rows and fails the test unless the answer is this.
func (s *system) importOrders(query string, want imported, rows ...string) {
	s.t.Helper()
	if want.Errors == nil {
		want.Errors = []string{}
	}
	var got imported
	file := kittest.CSV(append([]string{"id,user_id,total,status,items_json"}, rows...)...)
	s.admin.Do(s.t, "POST", "/orders/import/csv"+query, file).Want(200).Into(&got)
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("import%s: %s", query, diff)
	}
}

func TestImportOrders_HistoryOwnsNoStock(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.stock("TEA", 100, "10.00")
	s.bob.Do(t, "POST", "/orders/", m{"id": "PLACED", "items": []m{{"sku": "TEA", "quantity": 3}}}).Want(201)
	rows := []string{
		pastOrder("OLD-1", s.bobID, "pending", "TEA"), pastOrder("OLD-2", s.bobID, "shipped", "CUP"),
		pastOrder("PLACED", s.bobID, "cancelled", "POT"), pastOrder("OLD-3", 1, "completed", "CUP"),
	}
	skipped := []string{"Row 4: id: the order PLACED was placed; only imported orders can be changed"}
	for _, query := range []string{"?dry_run=true", ""} {
		s.importOrders(query, imported{Created: 3, Skipped: 1, Inventory: 1, Errors: skipped}, rows...)
	}
	s.wantStock("TEA", 97, 3)
	s.wantStock("CUP", 0, 0)
	s.admin.Do(t, "GET", "/inventory/sku/POT", nil).WantProblem(404, "")

	// A past order goes on like any other, and neither takes stock nor gives it back.
	for _, status := range []string{"cancelled", "pending", "processing", "completed"} {
		s.admin.Do(t, "PUT", "/orders/OLD-1", m{"status": status}).Want(200)
	}
	s.bob.Do(t, "PUT", "/orders/OLD-2", m{"status": "cancelled"}).Want(200)
	s.admin.Do(t, "DELETE", "/orders/OLD-3", nil).Want(204)
	s.importOrders("", imported{Updated: 2, Skipped: 2, Errors: append(skipped, "Row 5: id: the order OLD-3 was deleted; its id is never free again")}, rows...)
	var back order
	s.bob.Do(t, "GET", "/orders/OLD-1", nil).Want(200).Into(&back)
	if back.Status != "pending" {
		t.Errorf("imported again as pending, it is %s", back.Status)
	}
	s.wantStock("TEA", 97, 3)
	s.audit("PLACED", "OLD-1", "OLD-2", "OLD-3")
}

func TestExportOrders_CanBeImportedElsewhere(t *testing.T) {
	t.Parallel()
	s, elsewhere := start(t), start(t)
	s.stock("TEA", 100, "12.34")
	s.bob.Do(t, "POST", "/orders/", m{"id": "A", "items": []m{{"sku": "TEA", "quantity": 3}}}).Want(201)
	s.admin.Do(t, "POST", "/orders/", m{"id": "B", "items": []m{{"sku": "TEA", "quantity": 1, "price": 0.5}}}).Want(201)
	all := s.admin.Do(t, "GET", "/orders/export/csv", nil).Want(200)
	var got imported
	elsewhere.admin.Do(t, "POST", "/orders/import/csv", kittest.File{Name: "orders.csv", Content: string(all.Raw)}).Want(200).Into(&got)
	if got.Created != 2 || got.Inventory != 1 || got.Skipped != 0 {
		t.Errorf("import answered %+v", got)
	}
	again := elsewhere.admin.Do(t, "GET", "/orders/export/csv", nil).Want(200)
	if diff := cmp.Diff(string(all.Raw), string(again.Raw)); diff != "" {
		t.Error(diff)
	}
	own := string(s.bob.Do(t, "GET", "/orders/export/csv", nil).Want(200).Raw)
	if !strings.Contains(own, "\nA,") || strings.Contains(own, "\nB,") {
		t.Errorf("bob's own orders: %s", own)
	}
	elsewhere.wantStock("TEA", 0, 0)
	elsewhere.audit("A", "B")
}

func TestImportOrders_WhileInventoryIsAwayChangesNothing(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.importOrders("", imported{Created: 1, Inventory: 1}, pastOrder("OLD", s.bobID, "pending", "TEA"))
	s.stopInventory()
	for _, query := range []string{"", "?dry_run=true"} {
		refused := s.admin.Do(t, "POST", "/orders/import/csv"+query, kittest.CSV("id,user_id,total,status,items_json", pastOrder("OLD", s.bobID, "shipped", "CUP"), pastOrder("NEW", 1, "pending", "TEA")))
		refused.WantProblem(503, "")
		if refused.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	if n := s.count(`SELECT count(*) FROM orders WHERE status = 'pending'`); n != 1 {
		t.Errorf("%d orders as they were, want 1", n)
	}
	s.wantOrders(1)
}

// TestImportOrders_KilledInTheMiddleLeavesEverythingAsItWas kills the service
// while the file arrives, and at the very end of the transaction.
func TestImportOrders_KilledInTheMiddleLeavesEverythingAsItWas(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.importOrders("", imported{Created: 1, Inventory: 1}, pastOrder("OLD", s.bobID, "pending", "TEA"))
	before := s.admin.Do(t, "GET", "/orders/export/csv", nil).Want(200).Raw
	conn, err := pgx.Connect(t.Context(), string(s.orders.DatabaseURL))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	count := func(sql string) (n int) {
		if err := conn.QueryRow(t.Context(), sql).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for name, c := range map[string]struct {
		hold, release string // the lock under which events become visible
		end           string
		there         string
	}{
		"while the file arrives": {`SELECT 1`, `SELECT 1`, "", `SELECT count(*) FROM pg_class WHERE relname = 'staged'`},
		"before the commit": {
			`SELECT 1 FROM pg_advisory_lock(x'6f72646572'::bigint)`, `SELECT pg_advisory_unlock(x'6f72646572'::bigint)::int`, "\r\n--x--\r\n",
			`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`,
		},
	} {
		victim := s.ordersProcess()
		count(c.hold)
		r, w := io.Pipe()
		req, err := http.NewRequestWithContext(t.Context(), "POST", victim.client.Base+"/orders/import/csv", r)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+s.admin.Token)
		req.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		failed := make(chan error, 1)
		go func() {
			res, err := http.DefaultClient.Do(req)
			if err == nil {
				res.Body.Close()
			}
			failed <- err
		}()
		var rows strings.Builder
		rows.WriteString("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nid,user_id,total,status,items_json\n")
		fmt.Fprintln(&rows, pastOrder("OLD", s.bobID, "shipped", "CUP"))
		for i := range 6000 {
			fmt.Fprintln(&rows, pastOrder(fmt.Sprint("NEW-", i), s.bobID, "completed", "TEA"))
		}
		rows.WriteString(c.end)
		if _, err := io.WriteString(w, rows.String()); err != nil {
			t.Fatal(err)
		}
		if c.end != "" {
			_ = w.Close() // of a pipe, as below: it cannot fail
		}
		kittest.Eventually(t, name, func() bool { return count(c.there) == 1 })
		if err := victim.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = w.Close() // the client waits for its own body
		if err := <-failed; err == nil {
			t.Errorf("%s: a killed process answered", name)
		}
		count(c.release)
		kittest.Eventually(t, "nothing is left of the import", func() bool {
			return count(`SELECT count(*) FROM pg_class WHERE relpersistence = 't' AND relkind = 'r'`) == 0
		})
		after := s.admin.Do(t, "GET", "/orders/export/csv", nil).Want(200).Raw
		if n := count(`SELECT count(*) FROM order_events`); n != 1 || string(after) != string(before) {
			t.Errorf("%s: %d events, and %s became %s", name, n, before, after)
		}
	}
	s.importOrders("", imported{Updated: 1}, pastOrder("OLD", s.bobID, "shipped", "TEA"))
	s.audit()
}
