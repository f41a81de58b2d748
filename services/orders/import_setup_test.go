package orders_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/orders"
)

const (
	importPath = "/orders/import/csv"
	exportPath = "/orders/export/csv"
	csvHeader  = "id,user_id,total,status,items_json,created_at"
)

// stockroom replaces inventory: it knows items by SKU, and can be away.
type stockroom struct {
	mu    sync.Mutex
	skus  map[string]bool
	calls []int // how many SKUs each named
	away  bool
}

func (s *stockroom) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var asked struct {
		SKUs []string `json:"skus"`
	}
	if r.URL.Path != "/inventory/reservations/items" || s.away || json.NewDecoder(r.Body).Decode(&asked) != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	s.calls = append(s.calls, len(asked.SKUs))
	created := []string{}
	for _, sku := range asked.SKUs {
		if !s.skus[sku] {
			created = append(created, sku)
			s.skus[sku] = r.URL.Query().Get("dry_run") != "true"
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"created": created}) // the service under test notices if this fails
}

func (s *stockroom) setAway(away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
}

// archive is an orders service into which history is imported.
type archive struct {
	t           testing.TB
	admin, user kittest.Client // users 1 and 2
	db          *pgxpool.Pool
	stock       *stockroom
	settings    kit.Settings
}

func startArchive(t testing.TB) *archive {
	t.Helper()
	config := alone(t)
	a := &archive{t: t, stock: &stockroom{skus: map[string]bool{"TEA": true}}, settings: config.Settings}
	inventory := httptest.NewServer(a.stock)
	t.Cleanup(inventory.Close)
	config.InventoryURL = inventory.URL
	service, err := orders.New(t.Context(), config, kittest.Env(t))
	base, _ := kittest.Serve(t, service, err)
	a.admin = kittest.Client{Base: base, Token: kittest.Token(t, 1, kit.RoleAdmin)}
	a.user = a.admin.As(kittest.Token(t, 2, kit.RoleUser))
	a.db = openPool(t, a.settings.DatabaseURL)
	return a
}

// report is the answer to an import.
type report struct {
	Created   int      `json:"created_count"`
	Updated   int      `json:"updated_count"`
	Skipped   int      `json:"skipped_count"`
	Inventory int      `json:"inventory_created_count"`
	Errors    []string `json:"errors"`
}

func (a *archive) load(query string, rows ...string) (got report) {
	a.t.Helper()
	a.admin.Do(a.t, http.MethodPost, importPath+query, kittest.CSV(append([]string{csvHeader}, rows...)...)).Want(http.StatusOK).Into(&got)
	return got
}

func (a *archive) wantLoad(want report, query string, rows ...string) {
	a.t.Helper()
	if want.Errors == nil {
		want.Errors = []string{}
	}
	if diff := cmp.Diff(want, a.load(query, rows...)); diff != "" {
		a.t.Errorf("import: %s", diff)
	}
}

func (a *archive) export(client kittest.Client) string {
	a.t.Helper()
	return string(client.Do(a.t, http.MethodGet, exportPath, nil).Want(http.StatusOK).Raw)
}

// state is everything that the service stores, to compare before and after.
func (a *archive) state() (all string) {
	a.t.Helper()
	err := a.db.QueryRow(a.t.Context(), `
		SELECT concat((SELECT json_agg(o ORDER BY id) FROM orders o), (SELECT json_agg(l ORDER BY order_id, position) FROM order_lines l),
		              (SELECT json_agg(e ORDER BY id) FROM order_events e), (SELECT json_agg(h ORDER BY reservation_id) FROM holds h))`).Scan(&all)
	if err != nil {
		a.t.Fatal(err)
	}
	return all
}

// wantSound fails the test unless totals, lines and events match their orders.
func (a *archive) wantSound() {
	a.t.Helper()
	var broken []string
	err := a.db.QueryRow(a.t.Context(), `
		SELECT coalesce(array_agg(o.id), '{}') FROM orders o
		CROSS JOIN LATERAL (
			SELECT sum(quantity * price) AS cost, min(created_at) AS first, max(created_at) AS last, max(position) AS top, count(*) AS lines,
			       bool_or(deleted <> (o.deleted_at IS NOT NULL)) AS misled
			FROM order_lines WHERE order_id = o.id) AS l
		CROSS JOIN LATERAL (
			SELECT new_value FROM order_events WHERE order_id = o.id AND new_value IS NOT NULL ORDER BY id DESC LIMIT 1) AS e
		WHERE cost IS DISTINCT FROM total OR first <> o.created_at OR last <> o.created_at OR top <> lines - 1 OR misled
		   OR new_value <> status`).Scan(&broken)
	if err != nil {
		a.t.Fatal(err)
	}
	if len(broken) > 0 {
		a.t.Errorf("broken orders: %v", broken)
	}
}

// csvRow is a row of a file; lines are SKU, quantity and price of each line.
func csvRow(id string, user int, total, status, created string, lines ...any) string {
	var items []string
	for i := 0; i+2 < len(lines); i += 3 {
		items = append(items, fmt.Sprintf(`{""sku"":""%s"",""quantity"":%d,""price"":""%s""}`, lines[i], lines[i+1], lines[i+2]))
	}
	return fmt.Sprintf(`%s,%d,%s,%s,"[%s]",%s`, id, user, total, status, strings.Join(items, ","), created)
}

// placed inserts an order that was not imported.
func (a *archive) placed(id string) {
	a.t.Helper()
	if _, err := a.db.Exec(a.t.Context(), `
		WITH hold AS (INSERT INTO holds (reservation_id, order_id, state) VALUES (gen_random_uuid(), $1, 'held') RETURNING reservation_id),
		placed AS (INSERT INTO orders (id, user_id, status, total, reservation_id) SELECT $1, 2, 'pending', 7.50, reservation_id FROM hold),
		lines AS (INSERT INTO order_lines (order_id, position, sku, quantity, price) VALUES ($1, 0, 'TEA', 1, 7.50))
		INSERT INTO order_events (order_id, event_type, description, new_value) VALUES ($1, 'created', '', 'pending')`, id); err != nil {
		a.t.Fatal(err)
	}
}
