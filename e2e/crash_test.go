package e2e

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestPlaceOrder_RefusedWhileInventoryIsAway(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"gone", "hanging"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			w := &wire{}
			s := startBoth(t, throughWire(w))
			s.stock("TEA", 200, "10.00")
			hang := make(chan struct{})
			if how == "gone" {
				w.setCut(true)
			} else {
				w.setHang(hang)
			}
			a := s.bob.Do(t, "POST", "/orders/", lines("TEA", 1))
			a.WantProblem(503, "")
			if a.Header.Get("Retry-After") == "" {
				t.Error("503 without Retry-After")
			}
			close(hang)
			s.wantOrders(0)
			s.wantStock("TEA", 200, 0)
			w.setCut(false)
			w.setHang(nil)
			s.bob.Do(t, "POST", "/orders/", lines("TEA", 1)).Want(201)
			s.wantStock("TEA", 199, 1)
			s.audit()
		})
	}
}

func TestPlaceOrder_WakesAfterItsReservationWasVoided(t *testing.T) {
	t.Parallel()
	w := &wire{}
	s := start(t, throughWire(w))
	s.stock("TEA", 200, "10.00")
	w.onceReserved(func(<-chan struct{}) {
		stop := s.settle()
		defer stop()
		s.eventuallyStock("TEA", 200, 0) // reconciliation has given the stock back
	})
	s.bob.Do(t, "POST", "/orders/", lines("TEA", 5), "Idempotency-Key", "slow").WantProblem(503, "")
	s.wantOrders(0)
	s.wantStock("TEA", 200, 0)
	// The same request takes the next attempt, and is one order.
	s.bob.Do(t, "POST", "/orders/", lines("TEA", 5), "Idempotency-Key", "slow").Want(201)
	s.wantOrders(1)
	s.eventuallyStock("TEA", 195, 5)
	s.audit()
}

func TestPlaceOrder_CommitOrItsAnswerIsLost(t *testing.T) {
	t.Parallel()
	for _, lost := range []string{"commit", "answer"} {
		t.Run(lost, func(t *testing.T) {
			t.Parallel()
			w := &commitWire{}
			s := start(t, throughCommitWire(w))
			s.stock("TEA", 200, "10.00")
			w.next(lost)
			a := s.bob.Do(t, "POST", "/orders/", lines("TEA", 5))
			if !w.hasLost() {
				t.Fatal("no COMMIT came by")
			}
			if lost == "commit" {
				a.WantProblem(503, "")
				s.wantOrders(0)
				s.eventuallyStock("TEA", 200, 0)
			} else {
				a.Want(201)
				s.wantOrders(1)
				s.wantStock("TEA", 195, 5)
			}
			s.audit()
		})
	}
}

func TestCancel_GivesStockBackWhenInventoryReturns(t *testing.T) {
	t.Parallel()
	w := &wire{}
	s := start(t, throughWire(w))
	s.stock("TEA", 200, "10.00")
	s.bob.Do(t, "POST", "/orders/", m{"id": "A", "items": []m{{"sku": "TEA", "quantity": 5}}}).Want(201)
	s.bob.Do(t, "POST", "/orders/", m{"id": "B", "items": []m{{"sku": "TEA", "quantity": 7}}}).Want(201)
	w.setCut(true)
	s.bob.Do(t, "PUT", "/orders/A", m{"status": "cancelled"}).Want(200)
	s.bob.Do(t, "DELETE", "/orders/B", nil).Want(204)
	s.admin.Do(t, "PUT", "/orders/A", m{"status": "pending"}).WantProblem(503, "") // nothing to take it from
	s.wantStock("TEA", 188, 12)
	s.stopOrders() // what is left to do stands in the database
	w.setCut(false)
	s.startOrders()
	s.eventuallyStock("TEA", 200, 0)
	s.audit()
}

func TestPlaceOrder_KilledBetweenReservingAndRecording(t *testing.T) {
	t.Parallel()
	w := &wire{}
	s := start(t, throughWire(w))
	s.stopOrders() // only what starts below settles
	s.stock("TEA", 200, "10.00")

	victim := s.ordersProcess()
	killed := make(chan struct{})
	w.onceReserved(func(done <-chan struct{}) {
		_ = victim.cmd.Process.Kill()
		<-done // the kernel has closed the process's connections
		close(killed)
	})
	if a, err := victim.client.Try("POST", "/orders/", lines("TEA", 5), "Idempotency-Key", "k"); err == nil {
		t.Fatalf("a killed process answered %d", a.Status)
	}
	<-killed
	s.wantStock("TEA", 195, 5) // reserved, and nobody knows for whom

	stop := s.settle()
	s.eventuallyStock("TEA", 200, 0)
	stop()
	s.ordersProcess().client.Do(t, "POST", "/orders/", lines("TEA", 5), "Idempotency-Key", "k").Want(201)
	s.eventuallyStock("TEA", 195, 5)
	if n := s.count(`SELECT count(*) FROM orders`); n != 1 {
		t.Errorf("%d orders, want 1", n)
	}
	s.audit()
}

func TestPlaceOrder_KilledAgainAndAgainUnderLoad(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.stopOrders()
	s.stock("TEA", 1_000_000, "10.00")
	var mu sync.Mutex
	var journal []string
	for round := range 4 {
		victim := s.ordersProcess()
		enough := make(chan struct{})
		var once sync.Once
		var wg sync.WaitGroup
		for c := range 16 {
			wg.Go(func() {
				for i := 0; ; i++ { // ends with the process
					id := fmt.Sprintf("R%d-%d-%d", round, c, i)
					a, err := victim.client.Try("POST", "/orders/", m{"id": id, "items": []m{{"sku": "TEA", "quantity": 1}}})
					if err != nil {
						return
					}
					if a.Status == 503 {
						continue // overtaken by reconciliation
					}
					if a.Status != 201 {
						t.Errorf("%d: %s", a.Status, a.Raw)
						return
					}
					mu.Lock()
					journal = append(journal, id)
					if strings.HasPrefix(id, fmt.Sprintf("R%d-", round)) && i >= 3 {
						once.Do(func() { close(enough) })
					}
					mu.Unlock()
				}
			})
		}
		<-enough
		if err := victim.cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		wg.Wait()
	}
	s.settle()
	s.audit(journal...)
	n := int64(s.count(`SELECT count(*) FROM orders`))
	s.eventuallyStock("TEA", 1_000_000-n, n)
	if n < int64(len(journal)) {
		t.Errorf("%d orders, but %d were acknowledged", n, len(journal))
	}
}
