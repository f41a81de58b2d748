package e2e

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"microdemo/kit/kittest"
)

func TestRelease_OnePoisonedReservationDoesNotKeepTheOthers(t *testing.T) {
	t.Parallel()
	w := &wire{}
	s := start(t, throughWire(w))
	for _, sku := range []string{"BAD", "TEA"} {
		s.stock(sku, 100, "10.00")
		s.bob.Do(t, "POST", "/orders/", m{"id": sku, "items": []m{{"sku": sku, "quantity": 5}}}).Want(201)
	}
	s.inInventory(`UPDATE items SET allocated = 0 WHERE sku = 'BAD'`) // nothing in the system does that
	w.setCut(true)
	for _, id := range []string{"BAD", "TEA"} {
		s.bob.Do(t, "PUT", "/orders/"+id, m{"status": "cancelled"}).Want(200)
	}
	w.setCut(false)
	s.eventuallyStock("TEA", 100, 0)
}

func TestPlaceOrder_AnItemThatIsLockedHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.stock("HOT", 100, "1.00")
	s.stock("TEA", 100, "1.00")
	conn, err := pgx.Connect(t.Context(), string(s.inventory.DatabaseURL))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `SELECT FROM items WHERE sku = 'HOT' FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 20 {
		sku, want := "TEA", 201
		if i%2 == 0 {
			sku, want = "HOT", 503
		}
		wg.Go(func() {
			if a, err := s.bob.Try("POST", "/orders/", lines(sku, 1)); err != nil || a.Status != want {
				t.Errorf("%s: %d %s, %v, want %d", sku, a.Status, a.Raw, err, want)
			}
		})
	}
	wg.Wait()
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.eventuallyStock("HOT", 100, 0)
	s.wantStock("TEA", 90, 10)
	s.audit()
}

func TestPlaceOrder_AWrongTotalTakesNothing(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.stock("TEA", 100, "10.00")
	body := m{"total": "0.01", "items": []m{{"sku": "TEA", "quantity": 100}}}
	p := s.bob.Do(t, "POST", "/orders/", body, "Idempotency-Key", "k").WantProblem(422, "body.total")
	if want := "body.total: expected the sum of the lines, 1000.00."; p.Detail != want {
		t.Errorf("detail %q, want %q", p.Detail, want)
	}
	if n := countIn(t, s.inventory.DatabaseURL, `SELECT count(*) FROM reservations`); n != 0 {
		t.Errorf("%d reservations were made", n)
	}
}

func TestPlaceOrder_AnOrderThatChangedHandsIsNotReplayed(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.stock("TEA", 100, "10.00")
	_, eveID := s.register("eve@example.com")
	s.bob.Do(t, "POST", "/orders/", m{"id": "A", "items": []m{{"sku": "TEA", "quantity": 1}}}, "Idempotency-Key", "k").Want(201)
	s.admin.Do(t, "PUT", "/orders/A", m{"user_id": eveID}).Want(200)
	s.bob.Do(t, "POST", "/orders/", m{"id": "A", "items": []m{{"sku": "TEA", "quantity": 1}}}, "Idempotency-Key", "k").WantProblem(409, "")
}

func TestPlaceOrder_OneKeyAndIDOnTwoReplicas(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.stock("TEA", 1000, "10.00")
	second := kittest.Client{Base: s.startOrders(), Token: s.bob.Token}
	for i := range 60 {
		body := m{"id": fmt.Sprint("X", i), "items": []m{{"sku": "TEA", "quantity": 1}}}
		var wg sync.WaitGroup
		for _, client := range []kittest.Client{s.bob, second} {
			wg.Go(func() {
				if a, err := client.Persist("POST", "/orders/", body, "Idempotency-Key", fmt.Sprint("k", i)); err != nil || a.Status != 201 {
					t.Errorf("%d %s, %v", a.Status, a.Raw, err)
				}
			})
		}
		wg.Wait()
	}
	s.eventuallyStock("TEA", 940, 60)
	s.audit()
}

func TestInput_LargeNumbersAreJustNumbers(t *testing.T) {
	t.Parallel()
	s := start(t)
	id := s.stock("TEA", 1, "1.00")
	s.admin.Do(t, "GET", "/orders/?user_id=9223372036854775807", nil).Want(200)
	s.admin.Do(t, "GET", fmt.Sprintf("/inventory/%d/movements?cursor=MzAwMDAwMDAwMA", id), nil).Want(200)
	s.bob.Do(t, "POST", "/orders/", lines("TEA", 1), "Idempotency-Key", "").WantProblem(422, "header.Idempotency-Key")
}

// inInventory runs a statement in the database of inventory.
func (s *system) inInventory(statement string) {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), string(s.inventory.DatabaseURL))
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(s.t.Context(), statement); err != nil {
		s.t.Fatal(err)
	}
}
