package orders_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/orders"
)

func TestImport_RecordsHistoryWithoutTakingStock(t *testing.T) {
	t.Parallel()
	a := startArchive(t)
	a.wantLoad(report{Created: 3, Inventory: 1}, "",
		`OLD-0,1,304.1,completed,"[{""price"":1e2,""sku"":""TEA"",""quantity"":3},{""price"":4.1,""sku"":""CUP"",""quantity"":1}]",1970-01-01T00:00:00Z`,
		csvRow("OLD-1", 2, "27.50", "shipped", "2020-02-29T23:30:00.123456789+02:00", "TEA", 2, "10.00", "CUP", 1, "7.50"),
		csvRow("OLD-2", 999, "0.00", "cancelled", "", "CUP", 1, "0"))
	var got struct {
		ID        string        `json:"id"`
		UserID    int64         `json:"user_id"`
		Total     string        `json:"total"`
		Status    string        `json:"status"`
		Items     []orders.Line `json:"items"`
		CreatedAt string        `json:"created_at"`
		UpdatedAt string        `json:"updated_at"`
	}
	a.user.Do(t, http.MethodGet, "/orders/OLD-1", nil).Want(http.StatusOK).Into(&got)
	if got.Total != "27.50" || got.Status != "shipped" || got.CreatedAt != "2020-02-29T21:30:00.123456Z" || len(got.Items) != 2 || got.Items[1].SKU != "CUP" {
		t.Errorf("imported %+v", got)
	}
	var events []struct {
		ID          int64   `json:"id"`
		OrderID     string  `json:"order_id"`
		EventType   string  `json:"event_type"`
		Description string  `json:"description"`
		OldValue    *string `json:"old_value"`
		NewValue    *string `json:"new_value"`
		UserID      *int64  `json:"user_id"`
		CreatedAt   string  `json:"created_at"`
	}
	a.user.Do(t, http.MethodGet, "/orders/OLD-1/timeline", nil).Want(http.StatusOK).Into(&events)
	if len(events) != 1 || events[0].EventType != "imported" || events[0].OldValue != nil || *events[0].NewValue != "shipped" || *events[0].UserID != 1 {
		t.Errorf("its events: %+v", events)
	}
	if ids := idsOf(a.admin.Do(t, http.MethodGet, "/orders/?sku=CUP", nil)); !slices.Equal(ids, []string{"OLD-2", "OLD-1", "OLD-0"}) {
		t.Errorf("listed by item: %v", ids)
	}
	a.wantSound()
	for _, status := range []string{"pending", "cancelled", "pending"} { // it owns no stock, so inventory is not asked
		a.admin.Do(t, http.MethodPut, "/orders/OLD-2", map[string]string{"status": status}).Want(http.StatusOK)
	}
	a.admin.Do(t, http.MethodDelete, "/orders/OLD-2", nil).Want(http.StatusNoContent)
}

func TestImport_AgainWritesOnlyWhatDiffers(t *testing.T) {
	t.Parallel()
	a := startArchive(t)
	const day = "2020-01-01T00:00:00Z"
	row := func(id string, lines ...any) string { return csvRow(id, 2, "20.00", "pending", day, lines...) }
	first := []string{
		row("SAME", "TEA", 2, "10.00"), row("STATUS", "TEA", 2, "10.00"), row("BUYER", "TEA", 2, "10.00"), row("TIME", "TEA", 2, "10.00"),
		row("LINES", "TEA", 1, "10.00", "CUP", 1, "10.00"), row("MOVED", "TEA", 2, "10.00"), row("LEFT-OUT", "TEA", 2, "10.00"),
	}
	a.wantLoad(report{Created: 7, Inventory: 1}, "", first...)
	before := a.state()
	a.wantLoad(report{Updated: 7}, "", first...)
	if after := a.state(); after != before {
		t.Error("importing the same again wrote something")
	}
	for _, id := range []string{"SAME", "STATUS", "LINES"} { // now they are cached
		a.user.Do(t, http.MethodGet, "/orders/"+id, nil).Want(http.StatusOK)
	}
	a.admin.Do(t, http.MethodPut, "/orders/MOVED", map[string]string{"status": "processing"}).Want(http.StatusOK)
	a.wantLoad(report{Created: 1, Updated: 6}, "",
		first[0], csvRow("STATUS", 2, "20.00", "delivered", "", "TEA", 2, "10.00"), csvRow("BUYER", 3, "20.00", "pending", day, "TEA", 2, "10.00"),
		csvRow("TIME", 2, "20.00", "pending", "2019-12-31T23:59:59.5Z", "TEA", 2, "10.00"),
		csvRow("LINES", 2, "21.00", "pending", day, "CUP", 1, "10.00", "TEA", 1, "11.00"), row("MOVED", "TEA", 2, "10.00"), row("NEW", "TEA", 2, "10.00"))
	for id, want := range map[string]string{
		"SAME": "", "LEFT-OUT": "", "STATUS": "pending delivered Imported again, with another status.", "BUYER": "pending pending Imported again, with another buyer.",
		"TIME": "pending pending Imported again, with another time.", "LINES": "pending pending Imported again, with another total, lines.",
		"MOVED": "processing pending Imported again, with another status.",
	} {
		var described string
		var version int64
		err := a.db.QueryRow(t.Context(), `
			SELECT coalesce(string_agg(concat_ws(' ', old_value, new_value, description), '; ' ORDER BY id), ''), (SELECT version FROM orders WHERE id = $1)
			FROM order_events WHERE order_id = $1 AND event_type = 'imported' AND old_value IS NOT NULL`, id).Scan(&described, &version)
		if err != nil || described != want || (version > 1) != (want != "") {
			t.Errorf("%s has the events %q at version %d, want %q (%v)", id, described, version, want, err)
		}
	}
	for id, want := range map[string]string{"SAME": `"status":"pending"`, "STATUS": `"status":"delivered"`, "LINES": `"total":"21.00"`} {
		if got := a.user.Do(t, http.MethodGet, "/orders/"+id, nil).Want(http.StatusOK); !strings.Contains(string(got.Raw), want) {
			t.Errorf("read after the import: %s, want %s", got.Raw, want)
		}
	}
	a.wantSound()
}

func TestImport_SkipsBadRowsAndSaysWhy(t *testing.T) {
	t.Parallel()
	a := startArchive(t)
	a.placed("PLACED")
	a.load("", csvRow("GONE", 2, "1.00", "pending", "", "TEA", 1, "1.00"))
	a.admin.Do(t, http.MethodDelete, "/orders/GONE", nil).Want(http.StatusNoContent)
	before := a.state()
	bad := []struct{ row, why string }{
		{csvRow("PLACED", 2, "1.00", "pending", "", "TEA", 1, "1.00"), "id: the order PLACED was placed; only imported orders can be changed"},
		{csvRow("GONE", 2, "1.00", "pending", "", "TEA", 1, "1.00"), "id: the order GONE was deleted; its id is never free again"},
		{csvRow("", 2, "1.00", "pending", "", "TEA", 1, "1.00"), "id: expected string to be 1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit"},
		{csvRow("-A", 2, "1.00", "pending", "", "TEA", 1, "1.00"), "id: expected string to be 1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit"},
		{csvRow(strings.Repeat("x", 65), 2, "1.00", "pending", "", "TEA", 1, "1.00"), "id: expected string to be 1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit"},
		{csvRow("webhooks", 2, "1.00", "pending", "", "TEA", 1, "1.00"), "id: webhooks cannot be an order's id"},
		{csvRow("A", 0, "1.00", "pending", "", "TEA", 1, "1.00"), "user_id: expected a whole number from 1 to 9007199254740991"},
		{`A,9007199254740992,1.00,pending,[],`, "user_id: expected a whole number from 1 to 9007199254740991"},
		{`A,2.0,1.00,pending,[],`, "user_id: expected a whole number from 1 to 9007199254740991"},
		{csvRow("A", 2, "1.00", "paid", "", "TEA", 1, "1.00"), "status: expected pending, processing, shipped, delivered, completed or cancelled"},
		{csvRow("A", 2, "1.00", "", "", "TEA", 1, "1.00"), "status: expected pending, processing, shipped, delivered, completed or cancelled"},
		{csvRow("A", 2, "1.00", "pending", ""), "items_json: expected at least one line"},
		{csvRow("A", 2, "1.00", "pending", "", "TEA", 1, "1.005"), `items_json[0].price: expected an amount such as "10.00"`},
		{csvRow("A", 2, "1.01", "pending", "", "TEA", 1, "1.00"), "total: expected the sum of the lines, 1.00"},
		{csvRow("A", 2, "", "pending", "", "TEA", 1, "1.00"), `total: expected an amount such as "10.00"`},
		{csvRow("A", 2, "-1.00", "pending", "", "TEA", 1, "1.00"), `total: expected an amount such as "10.00"`},
		{csvRow("A", 2, "1e0", "pending", "", "TEA", 1, "1.00"), `total: expected an amount such as "10.00"`},
		{csvRow("A", 2, "1.00", "pending", "2020-01-01", "TEA", 1, "1.00"), "created_at: expected a time such as 2026-01-02T15:04:05Z"},
		{csvRow("A", 2, "1.00", "pending", "1969-12-31T23:59:59Z", "TEA", 1, "1.00"), "created_at: expected a time not before 1970"},
		{csvRow("A", 2, "1.00", "pending", "0000-01-01T00:00:00+23:59", "TEA", 1, "1.00"), "created_at: expected a time not before 1970"},
		{csvRow("A", 2, "1.00", "pending", time.Now().Add(time.Hour).Format(time.RFC3339), "TEA", 1, "1.00"), "created_at: expected a time that is not in the future"},
	}
	var rows, why []string
	for chunk := range slices.Chunk(bad, 10) { // as many as a report explains
		rows, why = nil, nil
		for i, b := range chunk {
			rows, why = append(rows, b.row), append(why, fmt.Sprintf("Row %d: %s", i+2, b.why))
		}
		a.wantLoad(report{Skipped: len(chunk), Errors: why}, "", rows...)
	}
	if after := a.state(); after != before {
		t.Error("a bad row wrote something")
	}
	rows, why = nil, nil
	for i, b := range bad {
		rows, why = append(rows, b.row), append(why, fmt.Sprintf("Row %d: %s", i+2, b.why))
	}
	rows = append(rows, csvRow("GOOD", 2, "1.00", "pending", "", "TEA", 1, "1.00"), csvRow("DEAR", 2, "99999999999900.00", "pending", "", "TEA", 10000, "9999999999.99"))
	for _, query := range []string{"?dry_run=true", ""} {
		a.wantLoad(report{Created: 2, Skipped: len(bad), Errors: why[:10]}, query, rows...)
	}
	a.wantSound()
}

func TestImport_DryRunCountsTheSameAndWritesNothing(t *testing.T) {
	t.Parallel()
	a := startArchive(t)
	a.load("", csvRow("OLD", 2, "1.00", "pending", "", "TEA", 1, "1.00"))
	a.placed("PLACED")
	before := a.state()
	rows := []string{
		csvRow("PLACED", 2, "1.00", "pending", "", "UNUSED", 1, "1.00"), csvRow("OLD", 2, "2.00", "completed", "", "CUP", 2, "1.00"),
		csvRow("BAD", 2, "3.00", "pending", "", "UNUSED", 1, "1.00"), csvRow("NEW", 2, "1.00", "pending", "", "POT", 1, "1.00"),
	}
	want := report{Created: 1, Updated: 1, Skipped: 2, Inventory: 2, Errors: []string{
		"Row 2: id: the order PLACED was placed; only imported orders can be changed", "Row 4: total: expected the sum of the lines, 1.00",
	}}
	for range 2 {
		a.wantLoad(want, "?dry_run=true", rows...)
	}
	if after := a.state(); after != before || a.stock.skus["CUP"] {
		t.Error("a dry run wrote something")
	}
	a.wantLoad(want, "", rows...)
	if a.stock.skus["UNUSED"] || !a.stock.skus["CUP"] || !a.stock.skus["POT"] {
		t.Errorf("inventory has %v", a.stock.skus)
	}
	a.wantSound()
}

func TestImport_AsksInventoryInBatchesBeforeItWrites(t *testing.T) {
	t.Parallel()
	a := startArchive(t)
	before := a.state()
	var rows []string
	for i := range 1500 {
		rows = append(rows, csvRow(fmt.Sprint("O-", i), 2, "3.00", "completed", "", fmt.Sprint("SKU-", i%1250), 1, "2.00", "TEA", 1, "1.00"))
	}
	a.stock.setAway(true)
	for _, query := range []string{"?dry_run=true", ""} {
		refused := a.admin.Do(t, http.MethodPost, importPath+query, kittest.CSV(append([]string{csvHeader}, rows...)...))
		refused.WantProblem(http.StatusServiceUnavailable, "")
		if refused.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	if after := a.state(); after != before {
		t.Error("an import that was refused wrote something")
	}
	a.stock.setAway(false)
	a.wantLoad(report{Created: 1500, Inventory: 1250}, "", rows...)
	if !slices.Equal(a.stock.calls, []int{1000, 251}) {
		t.Errorf("inventory was asked for %v", a.stock.calls)
	}
	a.wantLoad(report{Updated: 1500}, "", rows...)
	a.wantSound()
}

func TestImport_RefusesAMalformedFileWhole(t *testing.T) {
	t.Parallel()
	a := startArchive(t)
	good := csvRow("A", 2, "1.00", "pending", "", "TEA", 1, "1.00")
	before := a.state()
	for name, c := range map[string]struct {
		file   kittest.File
		detail string
	}{
		"an order twice":   {kittest.CSV(csvHeader, good, csvRow("B", 2, "1.00", "pending", "", "TEA", 1, "1.00"), good), "Row 4: the id A is already in row 2."},
		"a missing column": {kittest.CSV("id,user_id,total,status", "A,2,1.00,pending"), "Row 1: the column items_json is missing."},
		"an open quote":    {kittest.CSV(csvHeader, good, `B,2,1.00,pending,"[`), "Row 3 is not valid CSV"},
		"a field too few":  {kittest.CSV(csvHeader, good, `B,2,1.00,pending`), "Row 3 has 4 fields, but the header has 6."},
	} {
		p := a.admin.Do(t, http.MethodPost, importPath, c.file).WantProblem(http.StatusBadRequest, "")
		if !strings.HasPrefix(p.Detail, c.detail) {
			t.Errorf("%s: %q, want %q", name, p.Detail, c.detail)
		}
	}
	if after := a.state(); after != before || len(a.stock.calls) > 0 {
		t.Errorf("a refused file had an effect; inventory was asked for %v", a.stock.calls)
	}
}

func TestExport_HasTheCallersOrdersOrForAdminsAll(t *testing.T) {
	t.Parallel()
	a := startArchive(t)
	a.load("", csvRow("B", 2, "27.50", "shipped", "2020-02-29T21:30:00.1Z", "TEA", 2, "10.00", "CUP", 1, "7.5"),
		csvRow("A", 3, "1.00", "cancelled", "2020-01-01T00:00:00Z", "TEA", 1, "1.00"), csvRow("GONE", 2, "1.00", "pending", "", "TEA", 1, "1.00"))
	a.admin.Do(t, http.MethodDelete, "/orders/GONE", nil).Want(http.StatusNoContent)
	const (
		head = "id,user_id,total,status,items_json,created_at\r\n"
		rowA = `A,3,1.00,cancelled,"[{""sku"":""TEA"",""quantity"":1,""price"":""1.00""}]",2020-01-01T00:00:00Z` + "\r\n"
		rowB = `B,2,27.50,shipped,"[{""sku"":""TEA"",""quantity"":2,""price"":""10.00""},{""sku"":""CUP"",""quantity"":1,""price"":""7.50""}]",2020-02-29T21:30:00.1Z` + "\r\n"
	)
	for _, c := range []struct {
		client kittest.Client
		want   string
	}{{a.admin, head + rowA + rowB}, {a.user, head + rowB}, {a.admin.As(kittest.Token(t, 4, kit.RoleUser)), head}} {
		if diff := cmp.Diff(c.want, a.export(c.client)); diff != "" {
			t.Error(diff)
		}
	}
	answer := a.user.Do(t, http.MethodGet, exportPath, nil).Want(http.StatusOK)
	if got := answer.Header.Get("Content-Type") + " " + answer.Header.Get("Content-Disposition"); got != `text/csv; charset=utf-8 attachment; filename=orders.csv` {
		t.Errorf("headers: %s", got)
	}
	a.user.Do(t, http.MethodPost, importPath, kittest.CSV(csvHeader)).WantProblem(http.StatusForbidden, "")
}
