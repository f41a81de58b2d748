package inventory_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

const importPath, exportPath = "/inventory/import/csv", "/inventory/export/csv"

type report struct {
	Created int      `json:"created_count"`
	Updated int      `json:"updated_count"`
	Skipped int      `json:"skipped_count"`
	Errors  []string `json:"errors"`
}

func (b *bench) load(t testing.TB, query string, lines ...string) (r report) {
	t.Helper()
	b.admin.Do(t, http.MethodPost, importPath+query, kittest.CSV(lines...)).Want(http.StatusOK).Into(&r)
	return r
}

func wantReport(t testing.TB, got report, created, updated, skipped int) {
	t.Helper()
	if got.Created != created || got.Updated != updated || got.Skipped != skipped {
		t.Errorf("reported %+v, want %d created, %d updated, %d skipped", got, created, updated, skipped)
	}
}

func (b *bench) export(t testing.TB) string {
	t.Helper()
	return string(b.user.Do(t, http.MethodGet, exportPath, nil).Want(http.StatusOK).Raw)
}

func (b *bench) bySKU(t testing.TB, sku string) (found item) {
	t.Helper()
	b.user.Do(t, http.MethodGet, "/inventory/sku/"+sku, nil).Want(http.StatusOK).Into(&found)
	return found
}

func TestImport_CreatesAndUpdatesBySKU(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea := b.item(t, "TEA", 10)
	before := b.read(t, tea.ID) // cached
	got := b.load(t, "", "qty,sku,name,price,reorder_level", "7,TEA,Green tea,12.5,3", "5,NEW,=1+1,,", "0,NONE,\"a, \"\"b\"\"\",3,0")
	wantReport(t, got, 2, 1, 0)
	changed := b.read(t, tea.ID)
	if changed.Qty != 7 || changed.Name != "Green tea" || *changed.Price != "12.50" || changed.ReorderLevel != 3 || changed.UpdatedAt == before.UpdatedAt {
		t.Errorf("got %+v", changed)
	}
	made := b.bySKU(t, "NEW")
	if made.Qty != 5 || made.Name != "=1+1" || made.Price != nil || made.ReorderLevel != 20 {
		t.Errorf("got %+v", made)
	}
	if none := b.bySKU(t, "NONE"); none.Name != `a, "b"` || none.ReorderLevel != 0 {
		t.Errorf("got %+v", none)
	}
	ledger := b.ledger(t, tea.ID)
	if len(ledger) != 2 || ledger[0].Delta != -3 || ledger[0].QtyAfter != 7 || ledger[0].Reason != "imported" || ledger[0].UserID != 1 {
		t.Errorf("ledger %+v", ledger)
	}
	if ledger := b.ledger(t, made.ID); len(ledger) != 1 || ledger[0].Delta != 5 {
		t.Errorf("ledger %+v", ledger)
	}
	if ledger := b.ledger(t, b.bySKU(t, "NONE").ID); len(ledger) != 0 {
		t.Errorf("ledger %+v", ledger)
	}
	b.wantSound(t)
}

func TestImport_KeepsValuesThatTheFileLeavesOut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea := b.create(t, object{"sku": "TEA", "qty": 10, "price": "10.00", "name": "Tea", "reorder_level": 4})
	wantReport(t, b.load(t, "", "sku,qty", "TEA,11"), 0, 1, 0)
	if got := b.read(t, tea.ID); got.Qty != 11 || got.Name != "Tea" || *got.Price != "10.00" || got.ReorderLevel != 4 {
		t.Errorf("got %+v", got)
	}
	wantReport(t, b.load(t, "", "sku,qty,price,reorder_level", "TEA,11,,"), 0, 1, 0)
	if got := b.read(t, tea.ID); got.Price != nil || got.ReorderLevel != 4 {
		t.Errorf("got %+v", got)
	}
	after := b.read(t, tea.ID)
	counts := b.counts(t)
	wantReport(t, b.load(t, "", "sku,qty", "TEA,11"), 0, 1, 0)
	if got := b.read(t, tea.ID); got.UpdatedAt != after.UpdatedAt || b.counts(t) != counts {
		t.Error("an item that is as the file has it was touched")
	}
}

func TestImport_SkipsBadRowsAndSaysWhy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	got := b.load(t, "", "sku,qty,name,price,reorder_level",
		"OK,1,,,",            // 2
		",1,,,",              // 3
		"-A,1,,,",            // 4
		"A,,,,",              // 5
		"A,-1,,,",            // 6
		"A,1.5,,,",           // 7
		"A,1e3,,,",           // 8
		"A,1000000000001,,,", // 9
		"A,1,,1.005,",        // 10
		"A,1,,-1,",           // 11
		"A,1,,x,",            // 12
		"A,1,,,-1",           // 13
		"A,1,\"a\tb\",,",     // 14
		"A,1,"+strings.Repeat("é", 201)+",,", // 15
		"OK2,2,"+strings.Repeat("é", 200)+",9999999999.99,0",
	)
	wantReport(t, got, 2, 0, 13)
	if len(got.Errors) != 10 {
		t.Fatalf("%d errors: %q", len(got.Errors), got.Errors)
	}
	for i, column := range []string{"sku", "sku", "qty", "qty", "qty", "qty", "qty", "price", "price", "price"} {
		if want := fmt.Sprintf("Row %d: %s: expected ", i+3, column); !strings.HasPrefix(got.Errors[i], want) {
			t.Errorf("%q, want %q…", got.Errors[i], want)
		}
	}
	if counts := b.counts(t); counts[0] != 2 {
		t.Errorf("%d items", counts[0])
	}
	b.wantSound(t)
}

func TestImport_DryRunReportsTheSameAndWritesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.item(t, "TEA", 10)
	counts := b.counts(t)
	lines := []string{"sku,qty", "TEA,3", "NEW,1", "bad sku,1", "NEW2,x"}
	dry := b.load(t, "?dry_run=true", lines...)
	if b.counts(t) != counts {
		t.Error("a dry run has written")
	}
	real := b.load(t, "", lines...)
	wantReport(t, real, 1, 1, 2)
	if fmt.Sprint(dry) != fmt.Sprint(real) {
		t.Errorf("a dry run reported %+v, then %+v happened", dry, real)
	}
}

func TestImport_RefusesAMalformedFileWhole(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.item(t, "TEA", 10)
	counts := b.counts(t)
	for name, c := range map[string]struct{ content, says string }{
		"empty":           {"", "row 1"},
		"column missing":  {"sku,name\nTEA,x\n", "qty"},
		"column twice":    {"sku,qty,sku\n", "sku"},
		"column unknown":  {"sku,qty,colour\n", "colour"},
		"not UTF-8":       {"sku,qty,name\nTEA,1,x\nA,1,\xe9\n", "Row 3"},
		"fields":          {"sku,qty\nTEA,1\nA\n", "Row 3"},
		"open quote":      {"sku,qty\nTEA,1\n\"A,1\n", "Row 3"},
		"SKU twice":       {"sku,qty\nTEA,1\nA,1\nB,1\nA,2\nB,3\n", "Row 5: the sku A is already in row 3"},
		"SKU twice, dry":  {"sku,qty\nTEA,1\nTEA,1\n", "Row 3"},
		"after good rows": {"sku,qty\n" + manyRows(20_000) + "B,1,2\n", "Row 20002"},
	} {
		t.Run(name, func(t *testing.T) {
			query := ""
			if strings.HasSuffix(name, "dry") {
				query = "?dry_run=true"
			}
			p := b.admin.Do(t, http.MethodPost, importPath+query, kittest.File{Name: "a.csv", Content: c.content}).WantProblem(http.StatusBadRequest, "")
			if !strings.Contains(p.Detail, c.says) {
				t.Errorf("%q does not say %q", p.Detail, c.says)
			}
			if b.counts(t) != counts {
				t.Error("a refused file has changed something")
			}
		})
	}
}

func manyRows(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, "SKU-%07d,%d\n", i, i%1000)
	}
	return out.String()
}

func TestImport_RefusesOtherBodies(t *testing.T) {
	t.Parallel()
	b := setup(t)
	form := kittest.UploadType
	part := func(disposition, content string) string {
		return "--x\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + content + "\r\n"
	}
	whole := part(`name="file"; filename="a.csv"`, "sku,qty\r\nA,1")
	for name, c := range map[string]struct {
		contentType, body string
		status            int
		location          string
	}{
		"JSON":             {"application/json", `{}`, 415, ""},
		"bare CSV":         {"text/csv", "sku,qty\n", 415, ""},
		"no boundary":      {"multipart/form-data", whole + "--x--", 415, ""},
		"no field":         {form, "--x--\r\n", 422, "body.file"},
		"another field":    {form, part(`name="data"; filename="a.csv"`, "sku,qty") + "--x--", 422, "body.data"},
		"no name":          {form, part(`name="file"`, "sku,qty") + "--x--", 422, "body.file"},
		"another name":     {form, part(`name="file"; filename="a.xlsx"`, "sku,qty") + "--x--", 422, "body.file"},
		"two files":        {form, whole + whole + "--x--", 422, "body.file"},
		"empty":            {form, "", 400, ""},
		"no form":          {form, "sku,qty\nA,1\n", 400, ""},
		"cut in the part":  {form, whole[:len(whole)-4], 400, ""},
		"cut in the mark":  {form, whole + "--", 400, ""},
		"cut after a part": {form, whole + "--x", 400, ""},
		"?dry_run=maybe":   {form, whole + "--x--", 422, "query.dry_run"},
		"?dryrun=true":     {form, whole + "--x--", 422, "query.dryrun"},
	} {
		t.Run(name, func(t *testing.T) {
			path := importPath
			if strings.HasPrefix(name, "?") {
				path += name
			}
			b.admin.Do(t, http.MethodPost, path, c.body, "Content-Type", c.contentType).WantProblem(c.status, c.location)
		})
	}
	if counts := b.counts(t); counts[0] != 0 {
		t.Errorf("%d items", counts[0])
	}
	b.admin.Do(t, http.MethodPost, importPath, whole+"--x--", "Content-Type", form).Want(http.StatusOK)
	b.admin.Do(t, http.MethodPost, importPath, kittest.File{Name: "A.CSV", Content: "sku,qty\nA,1\n"}).Want(http.StatusOK)
}

func TestImportAndExport_Access(t *testing.T) {
	t.Parallel()
	b := setup(t)
	file := kittest.CSV("sku,qty", "A,1")
	b.anyone.Do(t, http.MethodPost, importPath, file).WantProblem(http.StatusUnauthorized, "")
	b.user.Do(t, http.MethodPost, importPath, file).WantProblem(http.StatusForbidden, "")
	b.service.Do(t, http.MethodPost, importPath, file).WantProblem(http.StatusForbidden, "")
	b.anyone.Do(t, http.MethodGet, exportPath, nil).WantProblem(http.StatusUnauthorized, "")
	b.service.Do(t, http.MethodGet, exportPath, nil).WantProblem(http.StatusForbidden, "")
	a := b.user.Do(t, http.MethodGet, exportPath, nil).Want(http.StatusOK)
	if ct := a.Header.Get("Content-Type"); ct != "text/csv; charset=utf-8" {
		t.Errorf("content type %q", ct)
	}
	if cd := a.Header.Get("Content-Disposition"); cd != `attachment; filename=inventory.csv` {
		t.Errorf("disposition %q", cd)
	}
	if string(a.Raw) != "id,sku,name,qty,price,reorder_level,created_at\r\n" {
		t.Errorf("got %q", a.Raw)
	}
}

// TestExport_ImportedIsTheSame imports an exported file into the same inventory and
// into an empty one.
func TestExport_ImportedIsTheSame(t *testing.T) {
	t.Parallel()
	b, other := setup(t), setup(t)
	name := rapid.Custom(func(t *rapid.T) string {
		begin := rapid.SampledFrom([]string{"", "", "'", "''", "=", "'=", "+", "''-", "@", "＝", "\uFEFF", `"`, ",", " "}).Draw(t, "begin")
		rest := rapid.StringOfN(rapid.Rune().Filter(func(r rune) bool { return r >= 0x20 && r != 0x7f }), 0, 100, -1).Draw(t, "rest")
		return begin + rest
	})
	rapid.Check(t, func(rt *rapid.T) {
		for _, db := range []*bench{b, other} {
			if _, err := db.db.Exec(context.Background(), `TRUNCATE items RESTART IDENTITY; TRUNCATE movements`); err != nil {
				rt.Fatal(err)
			}
		}
		for i, name := range rapid.SliceOfN(name, 1, 5).Draw(rt, "names") {
			body := object{"sku": fmt.Sprintf("S-%d", i), "name": name, "qty": rapid.Int64Range(0, 1_000_000_000).Draw(rt, "qty"), "reorder_level": i}
			if rapid.Bool().Draw(rt, "priced") {
				body["price"] = fmt.Sprintf("%d.%02d", rapid.IntRange(0, 9_999_999_999).Draw(rt, "price"), i)
			}
			if a, err := b.admin.Try(http.MethodPost, "/inventory/", body); err != nil || a.Status != http.StatusCreated {
				rt.Fatalf("%d %s, %v", a.Status, a.Raw, err)
			}
		}
		first := exported(rt, b)
		for _, into := range []*bench{b, other} {
			a, err := into.admin.Try(http.MethodPost, importPath, kittest.File{Name: "a.csv", Content: first})
			if err != nil || a.Status != http.StatusOK || !strings.Contains(string(a.Raw), `"skipped_count":0`) {
				rt.Fatalf("%d %s, %v", a.Status, a.Raw, err)
			}
		}
		if again := exported(rt, b); again != first {
			rt.Fatalf("exported\n%q, then\n%q", first, again)
		}
		if there := exported(rt, other); withoutTimes(rt, there) != withoutTimes(rt, first) {
			rt.Fatalf("exported\n%q, and from elsewhere\n%q", first, there)
		}
	})
	b.wantSound(t)
	other.wantSound(t)
}

func exported(t *rapid.T, b *bench) string {
	a, err := b.user.Try(http.MethodGet, exportPath, nil)
	if err != nil || a.Status != http.StatusOK {
		t.Fatalf("%d %s, %v", a.Status, a.Raw, err)
	}
	return string(a.Raw)
}

func withoutTimes(t *rapid.T, file string) string {
	rows, err := csv.NewReader(strings.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		rows[i] = slices.Delete(rows[i], 6, 7)
	}
	return fmt.Sprintf("%q", rows)
}

// TestExport_OfMoreThanOnePieceIsWhole exports more rows than are fetched or sent at once.
func TestExport_OfMoreThanOnePieceIsWhole(t *testing.T) {
	t.Parallel()
	b := setup(t)
	wantReport(t, b.load(t, "", "sku,qty", strings.TrimSuffix(manyRows(12_345), "\n")), 12_345, 0, 0)
	if lines := strings.Count(b.export(t), "\r\n"); lines != 12_346 {
		t.Errorf("%d lines", lines)
	}
	b.wantSound(t)
}

func TestImport_OneAtATimeOfEachCaller(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := b.anyone.As(kittest.Token(t, 7, kit.RoleAdmin))
	third := b.anyone.As(kittest.Token(t, 8, kit.RoleAdmin))
	mine, theirs := b.upload(t, b.admin), b.upload(t, other)
	file := kittest.CSV("sku,qty", "B,1")
	b.waitForUploads(t, 2)
	for _, client := range []kittest.Client{b.admin, third} {
		a := client.Do(t, http.MethodPost, importPath, file)
		a.WantProblem(http.StatusTooManyRequests, "")
		if a.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	for _, u := range []*kittest.Upload{mine, theirs} {
		u.End()
		u.Want(http.StatusOK)
	}
	b.admin.Do(t, http.MethodPost, importPath, file).Want(http.StatusOK)
}
