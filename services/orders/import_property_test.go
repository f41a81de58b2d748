package orders_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/orders"
)

// TestImport_ExportImportExportIsIdentical imports generated orders and exports them,
// and imports that file into the same and into an empty database.
func TestImport_ExportImportExportIsIdentical(t *testing.T) {
	t.Parallel()
	a := startArchive(t)
	rapid.Check(t, func(t *rapid.T) {
		history := rapid.SliceOfNDistinct(rapid.Custom(anyOrder), 0, 12, func(o pastOrder) string { return o.id }).Draw(t, "history")
		a.empty(t)
		first := a.roundTrip(t, fileOf(t, history), report{Created: len(history)})
		again := a.roundTrip(t, first, report{Updated: len(history)})
		if diff := cmp.Diff(first, again); diff != "" {
			t.Fatalf("imported over itself: %s", diff)
		}
		a.empty(t)
		elsewhere := a.roundTrip(t, first, report{Created: len(history)})
		if diff := cmp.Diff(first, elsewhere); diff != "" {
			t.Fatalf("imported into an empty database: %s", diff)
		}
	})
	a.wantSound()
}

type pastOrder struct {
	id      string
	userID  int64
	status  string
	lines   []orders.Line
	created time.Time
}

func anyOrder(t *rapid.T) pastOrder {
	name := rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._-]{0,63}`)
	anyLine := rapid.Custom(func(t *rapid.T) orders.Line {
		return orders.Line{
			SKU: name.Draw(t, "sku"), Quantity: rapid.Int64Range(1, 10_000).Draw(t, "quantity"),
			Price: kit.NewMoney(decimal.New(rapid.Int64Range(0, 999_999_999_999).Draw(t, "cents"), -2)),
		}
	})
	return pastOrder{
		id: name.Draw(t, "id"), userID: rapid.Int64Range(1, 1<<53-1).Draw(t, "user"),
		status:  rapid.SampledFrom([]string{"pending", "processing", "shipped", "delivered", "completed", "cancelled"}).Draw(t, "status"),
		lines:   rapid.SliceOfNDistinct(anyLine, 1, 5, func(l orders.Line) string { return l.SKU }).Draw(t, "lines"),
		created: time.UnixMicro(rapid.Int64Range(0, 1_790_000_000_000_000).Draw(t, "created")).UTC(),
	}
}

func fileOf(t *rapid.T, history []pastOrder) string {
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	rows := [][]string{{"created_at", "items_json", "status", "total", "user_id", "id"}}
	for _, o := range history {
		var total kit.Money
		for _, l := range o.lines {
			total = total.Plus(l.Price.Times(l.Quantity))
		}
		items, err := json.MarshalIndent(o.lines, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, []string{o.created.Format(time.RFC3339Nano), string(items), o.status, total.String(), fmt.Sprint(o.userID), o.id})
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

func (a *archive) empty(t *rapid.T) {
	if _, err := a.db.Exec(a.t.Context(), `DELETE FROM order_events; DELETE FROM order_lines; DELETE FROM orders`); err != nil {
		t.Fatal(err)
	}
}

// roundTrip imports a file and exports the orders.
func (a *archive) roundTrip(t *rapid.T, file string, want report) string {
	answer, err := a.admin.Try(http.MethodPost, importPath, kittest.File{Name: "orders.CSV", Content: file})
	if err != nil {
		t.Fatal(err)
	}
	var got report
	if err := json.Unmarshal(answer.Raw, &got); err != nil || got.Created != want.Created || got.Updated != want.Updated || got.Skipped != 0 {
		t.Fatalf("import answered %d %s, %v; want %+v\n%s", answer.Status, answer.Raw, err, want, file)
	}
	exported, err := a.admin.Try(http.MethodGet, exportPath, nil)
	if err != nil || exported.Status != http.StatusOK {
		t.Fatalf("export answered %d %s, %v", exported.Status, exported.Raw, err)
	}
	return string(exported.Raw)
}
