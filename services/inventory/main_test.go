package inventory_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"testing"

	"github.com/gofrs/uuid/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/inventory"
)

func TestMain(m *testing.M) { kittest.Main(m, os.DirFS(".")) }

// bench is a served inventory service and its callers.
type bench struct {
	anyone, admin, user, service kittest.Client
	db                           *pgxpool.Pool
}

func setup(t *testing.T) *bench {
	t.Helper()
	settings := kittest.Settings(t)
	service, err := inventory.New(t.Context(), inventory.Config{Settings: settings}, kittest.Env(t))
	base, _ := kittest.Serve(t, service, err)
	db, err := pgxpool.New(t.Context(), string(settings.DatabaseURL))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	anyone := kittest.Client{Base: base}
	return &bench{
		anyone:  anyone,
		admin:   anyone.As(kittest.Token(t, 1, kit.RoleAdmin)),
		user:    anyone.As(kittest.Token(t, 2, kit.RoleUser)),
		service: anyone.As(kittest.Token(t, 0, kit.RoleService)),
		db:      db,
	}
}

type object map[string]any

// item is an item as a client reads it.
type item struct {
	ID           int64   `json:"id"`
	SKU          string  `json:"sku"`
	Name         string  `json:"name"`
	Qty          int64   `json:"qty"`
	Allocated    int64   `json:"allocated"`
	Price        *string `json:"price"`
	ReorderLevel int64   `json:"reorder_level"`
	CreatedAt    string  `json:"created_at"`
	UpdatedAt    string  `json:"updated_at"`
}

type movement struct {
	ID        int64  `json:"id"`
	Delta     int64  `json:"delta"`
	QtyAfter  int64  `json:"qty_after"`
	Reason    string `json:"reason"`
	OrderID   string `json:"order_id"`
	UserID    int64  `json:"user_id"`
	CreatedAt string `json:"created_at"`
}

func path(id int64) string { return fmt.Sprintf("/inventory/%d", id) }

// item makes an item with a price of 10.00.
func (b *bench) item(t *testing.T, sku string, qty int64) item {
	t.Helper()
	return b.create(t, object{"sku": sku, "qty": qty, "price": "10.00", "name": "The " + sku})
}

func (b *bench) create(t *testing.T, body any) (made item) {
	t.Helper()
	b.admin.Do(t, http.MethodPost, "/inventory/", body).Want(http.StatusCreated).Into(&made)
	return made
}

func (b *bench) read(t *testing.T, id int64) (found item) {
	t.Helper()
	b.user.Do(t, http.MethodGet, path(id), nil).Want(http.StatusOK).Into(&found)
	return found
}

func (b *bench) ledger(t *testing.T, id int64) (movements []movement) {
	t.Helper()
	b.admin.Do(t, http.MethodGet, path(id)+"/movements", nil).Want(http.StatusOK).Into(&movements)
	return movements
}

func (b *bench) wantStock(t *testing.T, id, qty, allocated int64) {
	t.Helper()
	if got := b.read(t, id); got.Qty != qty || got.Allocated != allocated {
		t.Errorf("%s has qty %d and allocated %d, want %d and %d", got.SKU, got.Qty, got.Allocated, qty, allocated)
	}
}

// wantSound fails the test unless the promises about stock hold for every item:
// qty is the sum of its movements and not negative, allocated is the sum of its
// live reservation lines, and each movement leaves what the next one finds.
func (b *bench) wantSound(t *testing.T) {
	t.Helper()
	var broken []string
	err := b.db.QueryRow(t.Context(), `
		SELECT coalesce(array_agg(concat(sku, ' qty ', qty, ' moved ', moved, ' allocated ', allocated, ' live ', live)), '{}')
		FROM items
		CROSS JOIN LATERAL (SELECT coalesce(sum(delta), 0) AS moved FROM movements WHERE item_id = items.id) AS m
		CROSS JOIN LATERAL (SELECT coalesce(sum(quantity), 0) AS live
			FROM reservation_lines l JOIN reservations r ON r.id = l.reservation_id
			WHERE l.item_id = items.id AND r.state <> 'released') AS l
		WHERE qty <> moved OR qty < 0 OR allocated <> live`).Scan(&broken)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range broken {
		t.Errorf("broken stock: %s", one)
	}
	var torn int
	err = b.db.QueryRow(t.Context(), `
		SELECT count(*) FROM (
			SELECT qty_after, sum(delta) OVER (PARTITION BY item_id ORDER BY id) AS running FROM movements) AS m
		WHERE qty_after <> running`).Scan(&torn)
	if err != nil || torn > 0 {
		t.Errorf("%d movements do not follow the one before (%v)", torn, err)
	}
}

// counts says how much is stored, to show that nothing was added.
func (b *bench) counts(t *testing.T) (counts [4]int) {
	t.Helper()
	err := b.db.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM items), (SELECT count(*) FROM movements),
		(SELECT count(*) FROM reservations), (SELECT coalesce(sum(version), 0) FROM items)`).
		Scan(&counts[0], &counts[1], &counts[2], &counts[3])
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

var nextLink = regexp.MustCompile(`^<([^>]+)>; rel="next"$`)

// pages follows the Link headers from address to the last page.
func pages[T any](t *testing.T, client kittest.Client, address string) (all [][]T) {
	t.Helper()
	for address != "" {
		var page []T
		answer := client.Do(t, http.MethodGet, address, nil).Want(http.StatusOK).Into(&page)
		all = append(all, page)
		address = ""
		if link := answer.Header.Get("Link"); link != "" {
			next := nextLink.FindStringSubmatch(link)
			if next == nil {
				t.Fatalf("not a link: %q", link)
			}
			address = next[1]
		}
	}
	return all
}

// inParallel runs do n times at once and gives what it answers, in order.
func inParallel[R any](n int, do func(i int) R) []R {
	begin, done, results := make(chan struct{}), make(chan struct{}), make([]R, n)
	for i := range n {
		go func() {
			<-begin
			results[i] = do(i)
			done <- struct{}{}
		}()
	}
	close(begin)
	for range n {
		<-done
	}
	return results
}

func newID(t testing.TB) uuid.UUID {
	t.Helper()
	id, err := uuid.NewV4()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func ptr[T any](v T) *T { return &v }

func encodeCursor(json string) string { return base64.RawURLEncoding.EncodeToString([]byte(json)) }
