package e2e

import (
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"microdemo/kit/kittest"
)

type report struct {
	Created int      `json:"created_count"`
	Updated int      `json:"updated_count"`
	Skipped int      `json:"skipped_count"`
	Errors  []string `json:"errors"`
}

// load imports a file as the administrator.
func (s *system) load(path string, lines ...string) (r report) {
	s.t.Helper()
	s.admin.Do(s.t, "POST", path, kittest.CSV(lines...)).Want(200).Into(&r)
	return r
}

// table reads an export.
func (s *system) table(client kittest.Client, path string) [][]string {
	s.t.Helper()
	a := client.Do(s.t, "GET", path, nil).Want(200)
	if ct := a.Header.Get("Content-Type"); ct != "text/csv; charset=utf-8" {
		s.t.Errorf("%s: content type %q", path, ct)
	}
	if cd := a.Header.Get("Content-Disposition"); !strings.HasPrefix(cd, "attachment; filename=") {
		s.t.Errorf("%s: disposition %q", path, cd)
	}
	rows, err := csv.NewReader(strings.NewReader(string(a.Raw))).ReadAll()
	if err != nil {
		s.t.Fatal(err)
	}
	return rows
}

func TestCSV_InventoryThereAndBack(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	s.stock("TEA", 10, "10.00")
	lines := []string{"\uFEFFQty,SKU,Name,Price,Reorder_Level\r", "7,TEA,Green tea,12.5,3\r", "5,NEW,=1+1,,\r", "-1,BAD,,,\r"}
	var dry report
	s.admin.Do(t, "POST", "/inventory/import/csv?dry_run=true", kittest.CSV(lines...)).Want(200).Into(&dry)
	if s.item("TEA").Qty != 10 {
		t.Error("a dry run has written")
	}
	got := s.load("/inventory/import/csv", lines...)
	if got.Created != 1 || got.Updated != 1 || got.Skipped != 1 || len(got.Errors) != 1 || !strings.HasPrefix(got.Errors[0], "Row 4: qty: ") || fmt.Sprint(dry) != fmt.Sprint(got) {
		t.Errorf("reported %+v, dry %+v", got, dry)
	}
	s.wantStock("TEA", 7, 0)
	s.bob.Do(t, "POST", "/orders/", m{"items": []m{{"sku": "TEA", "quantity": 2}}}).Want(201)
	exported := s.table(s.bob, "/inventory/export/csv")
	for _, row := range exported {
		row[len(row)-1] = "" // created_at
	}
	want := [][]string{
		{"id", "sku", "name", "qty", "price", "reorder_level", ""},
		{"1", "TEA", "Green tea", "5", "12.50", "3", ""},
		{"2", "NEW", "'=1+1", "5", "", "20", ""},
	}
	if !slices.EqualFunc(exported, want, slices.Equal) {
		t.Errorf("exported %q", exported)
	}
	again := s.bob.Do(t, "GET", "/inventory/export/csv", nil).Want(200).Raw
	s.admin.Do(t, "POST", "/inventory/import/csv", kittest.File{Name: "inventory.csv", Content: string(again)}).Want(200)
	if after := s.bob.Do(t, "GET", "/inventory/export/csv", nil).Want(200).Raw; string(after) != string(again) {
		t.Errorf("exported %s, then %s", again, after)
	}
	s.wantStock("TEA", 5, 2)
	s.audit()
}

func TestCSV_UsersThereAndBack(t *testing.T) {
	t.Parallel()
	s := start(t, unawareOfRevocations)
	got := s.load("/users/import/csv", "email,name,is_active", "BOB@example.com,Robert,false", "eve@example.com,Eve,")
	if got.Created != 1 || got.Updated != 1 || got.Skipped != 0 {
		t.Errorf("reported %+v", got)
	}
	s.anyone.Do(t, "POST", "/users/login", m{"email": "bob@example.com", "password": "password123"}).WantProblem(403, "")
	s.anyone.Do(t, "POST", "/users/login", m{"email": "eve@example.com", "password": "password123"}).WantProblem(401, "")
	s.bob.Do(t, "POST", "/orders/", lines("TEA", 1)).WantProblem(403, "")
	rows := s.table(s.admin, "/users/export/csv")
	if len(rows) != 4 || !slices.Equal(rows[2][1:5], []string{"Robert", "bob@example.com", "user", "false"}) {
		t.Errorf("exported %q", rows)
	}
	exported := s.admin.Do(t, "GET", "/users/export/csv", nil).Want(200).Raw
	s.admin.Do(t, "POST", "/users/import/csv", kittest.File{Name: "users.csv", Content: string(exported)}).Want(200)
	if after := s.admin.Do(t, "GET", "/users/export/csv", nil).Want(200).Raw; string(after) != string(exported) {
		t.Errorf("exported %s, then %s", exported, after)
	}
}

func TestCSV_BadFilesAreRefusedWholeThroughTheGateway(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	s.stock("TEA", 10, "10.00")
	for path, good := range map[string]string{
		"/inventory/import/csv": "sku,qty\nTEA,1\nNEW,2\n", "/users/import/csv": "email,name\nbob@example.com,B\nnew@example.com,N\n",
		"/orders/import/csv": "id,user_id,total,status,items_json\n" + pastOrder("A", 1, "pending", "TEA") + "\n" + pastOrder("B", 1, "pending", "POT") + "\n",
	} {
		before := s.admin.Do(t, "GET", strings.Replace(path, "import", "export", 1), nil).Want(200).Raw
		for name, c := range map[string]struct{ content, says string }{
			"encoding":       {good + "caf\xe9,1\n", "Row 4"},
			"missing column": {"name\nx\n", "Row 1"},
			"key twice":      {good + strings.SplitAfter(good, "\n")[1], "Row 4"},
			"open quote":     {good + "\"x,1\n", "Row 4"},
			"fields":         {good + "x\n", "Row 4"},
		} {
			p := s.admin.Do(t, "POST", path, kittest.File{Name: "a.csv", Content: c.content}).WantProblem(400, "")
			if !strings.Contains(p.Detail, c.says) {
				t.Errorf("%s, %s: %q does not say %q", path, name, p.Detail, c.says)
			}
		}
		cut := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n" + good
		s.admin.Do(t, "POST", path, cut, "Content-Type", "multipart/form-data; boundary=x").WantProblem(400, "")
		s.admin.Do(t, "POST", path, good, "Content-Type", "text/csv").WantProblem(415, "")
		after := s.admin.Do(t, "GET", strings.Replace(path, "import", "export", 1), nil).Want(200).Raw
		if string(after) != string(before) {
			t.Errorf("%s: %s became %s", path, before, after)
		}
	}
}

// TestCSV_KilledInTheMiddleLeavesTheTableAsItWas kills inventory while a file is on
// its way, and while it is applied.
func TestCSV_KilledInTheMiddleLeavesTheTableAsItWas(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.load("/inventory/import/csv", "sku,qty", "TEA,10")
	before := s.bob.Do(t, "GET", "/inventory/export/csv", nil).Want(200).Raw
	staged := func() bool {
		return countIn(t, s.inventory.DatabaseURL, `SELECT count(*) FROM pg_class WHERE relname = 'staged'`) > 0
	}
	applied := func() bool { // the locks of the transaction that applies
		return countIn(t, s.inventory.DatabaseURL, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
			AND query LIKE '%INSERT INTO items%' AND state = 'active' AND pid <> pg_backend_pid()`) > 0
	}
	for name, c := range map[string]struct {
		whole  bool
		moment func() bool
	}{"arriving": {false, staged}, "applied": {true, applied}} {
		victim := s.process("inventory", s.inventory.Settings, "USERS_URL="+s.usersURL)
		r, w := io.Pipe()
		req, err := http.NewRequestWithContext(t.Context(), "POST", victim.client.Base+"/inventory/import/csv", r)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+s.admin.Token)
		req.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		answered := make(chan error, 1)
		go func() {
			res, err := http.DefaultClient.Do(req)
			if err == nil {
				res.Body.Close()
			}
			answered <- err
		}()
		go func() {
			_ = writeItems(w, 100_000, 0) // the process dies meanwhile
			if c.whole {
				_, _ = io.WriteString(w, "\r\n--x--\r\n")
				_ = w.Close() // it always can be
			}
		}()
		kittest.Eventually(t, "the file is being "+name, c.moment)
		if err := victim.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := <-answered; err == nil {
			t.Error("a killed process answered")
		}
		kittest.Eventually(t, "the database has noticed", func() bool { return !staged() && !applied() })
		if after := s.bob.Do(t, "GET", "/inventory/export/csv", nil).Want(200).Raw; string(after) != string(before) {
			t.Errorf("%s: the table has changed: %d bytes became %d", name, len(before), len(after))
		}
	}
	s.audit()
}

// writeItems writes a form with a file of so many items, but not its end. With
// another shift they have another qty.
func writeItems(w io.Writer, rows, shift int) error {
	_, err := io.WriteString(w, "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nsku,name,qty,price,reorder_level\r\n")
	for i := 0; i < rows && err == nil; i++ {
		_, err = fmt.Fprintf(w, "SKU-%07d,\"Item number %d, of many\",%d,%d.%02d,20\r\n", i, i, (i+shift)%1000, i%500, i%100)
	}
	return err
}
