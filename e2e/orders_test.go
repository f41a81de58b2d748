package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPlaceOrder_TakesStockAndTellsItsStory(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.stock("TEA", 200, "10.00")

	var placed order
	s.bob.Do(t, "POST", "/orders/", m{"id": "ORD-001", "items": []m{{"sku": "TEA", "quantity": 2}}}).Want(201).Into(&placed)
	if placed.UserID != s.bobID || placed.Total != "20.00" || placed.Status != "pending" || !cmp.Equal(placed.Items, []orderLine{{"TEA", 2, "10.00"}}) {
		t.Errorf("placed %+v", placed)
	}
	s.wantStock("TEA", 198, 2)

	var read order
	s.bob.Do(t, "GET", "/orders/ORD-001", nil).Want(200).Into(&read)
	if diff := cmp.Diff(placed, read); diff != "" {
		t.Errorf("read differs from placed: %s", diff)
	}
	var list []order
	s.bob.Do(t, "GET", "/orders/", nil).Want(200).Into(&list)
	if diff := cmp.Diff([]order{placed}, list); diff != "" {
		t.Errorf("list differs from placed: %s", diff)
	}

	s.admin.Do(t, "PUT", "/orders/ORD-001", m{"status": "processing"}).Want(200)
	s.admin.Do(t, "PUT", "/orders/ORD-001", m{"status": "cancelled"}).Want(200)
	s.wantStock("TEA", 200, 0)
	var events []struct {
		EventType string  `json:"event_type"`
		OldValue  *string `json:"old_value"`
		NewValue  *string `json:"new_value"`
	}
	unmarshal(t, s.bob.Do(t, "GET", "/orders/ORD-001/timeline", nil).Want(200), &events)
	var story []string
	for _, e := range events {
		story = append(story, e.EventType+" "+*e.NewValue)
	}
	if diff := cmp.Diff([]string{"created pending", "status_changed processing", "status_changed cancelled"}, story); diff != "" {
		t.Errorf("timeline: %s", diff)
	}
	s.audit("ORD-001")
}

func TestPlaceOrder_SixtyFourClientsCannotOversell(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	s.stock("HOT", 500, "1.00")
	statuses, ids := s.swarm(64, 2000, func() m { return lines("HOT", 1) })
	if statuses[201] != 500 || statuses[409] != 1500 {
		t.Errorf("answers %v, want 500 × 201 and 1500 × 409", statuses)
	}
	s.wantStock("HOT", 0, 500)
	s.audit(ids...)
}

func TestPlaceOrder_ManyLinesInAnyOrderDoNotDeadlock(t *testing.T) {
	t.Parallel()
	s := start(t)
	for i := range 20 {
		s.stock(fmt.Sprintf("ITEM-%02d", i), 100_000, "2.50")
	}
	// A second replica takes stock at the same time, so batches meet in inventory.
	second := s.startOrders()
	statuses, ids := s.swarm(64, 2000, func() m {
		var items []m
		for _, i := range rand.Perm(20)[:5] {
			items = append(items, m{"sku": fmt.Sprintf("ITEM-%02d", i), "quantity": 1 + rand.IntN(3)})
		}
		return m{"items": items}
	}, second)
	if statuses[201] != 2000 {
		t.Errorf("answers %v, want 2000 × 201", statuses)
	}
	s.audit(ids...)
}

// swarm places n orders from so many clients at once, through the gateway and
// the replicas given, and counts the answers by status.
func (s *system) swarm(clients, n int, body func() m, replicas ...string) (statuses map[int]int, acknowledged []string) {
	s.t.Helper()
	statuses = map[int]int{}
	var mu sync.Mutex
	work := make(chan int)
	var wg sync.WaitGroup
	bases := append([]string{s.bob.Base}, replicas...)
	for range clients {
		wg.Go(func() {
			for i := range work {
				client := s.bob
				client.Base = bases[i%len(bases)]
				a, err := client.Persist("POST", "/orders/", body(), "Idempotency-Key", fmt.Sprint("swarm-", i))
				mu.Lock()
				if err != nil {
					s.t.Errorf("place: %v", err)
				}
				statuses[a.Status]++
				if a.Status == http.StatusCreated {
					var o order
					unmarshal(s.t, a, &o)
					acknowledged = append(acknowledged, o.ID)
				}
				mu.Unlock()
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	wg.Wait()
	return statuses, acknowledged
}

func TestPlaceOrder_OneKeyMakesOneOrder(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	s.stock("TEA", 200, "10.00")
	second := s.startOrders()
	var mu sync.Mutex
	ids := map[string]int{}
	statuses := map[int]int{}
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			client := s.bob
			if i%2 == 1 {
				client.Base = second
			}
			a, err := client.Persist("POST", "/orders/", lines("TEA", 3), "Idempotency-Key", "cart-1")
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			statuses[a.Status]++
			if a.Status == 201 {
				var o order
				unmarshal(t, a, &o)
				ids[o.ID]++
			} else if a.Status != 409 {
				t.Errorf("%d: %s", a.Status, a.Raw)
			}
		})
	}
	wg.Wait()
	if len(ids) != 1 {
		t.Errorf("orders %v (answers %v), want one", ids, statuses)
	}
	s.wantOrders(1)
	s.eventuallyStock("TEA", 197, 3)

	var again order
	a := s.bob.Do(t, "POST", "/orders/", lines("TEA", 3), "Idempotency-Key", "cart-1").Want(201).Into(&again)
	if ids[again.ID] == 0 || a.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("replay answered %s, replayed %q", again.ID, a.Header.Get("Idempotency-Replayed"))
	}
	s.bob.Do(t, "POST", "/orders/", lines("TEA", 4), "Idempotency-Key", "cart-1").WantProblem(422, "header.Idempotency-Key")
	// Another caller's key of the same name is another key.
	eve, _ := s.register("eve@example.com")
	eve.Do(t, "POST", "/orders/", lines("TEA", 3), "Idempotency-Key", "cart-1").Want(201)
	s.bob.Do(t, "DELETE", "/orders/"+again.ID, nil).Want(204)
	s.bob.Do(t, "POST", "/orders/", lines("TEA", 3), "Idempotency-Key", "cart-1").WantProblem(409, "")
	s.audit()
}

func TestPlaceOrder_AdminsNameBuyerPriceAndStatus(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.stock("TEA", 10, "10.00")
	s.admin.Do(t, "POST", "/inventory/", m{"sku": "UNPRICED", "qty": 5, "price": nil}).Want(201)
	items := []m{{"sku": "TEA", "quantity": 2, "price": 0.1 + 0.2}, {"sku": "UNPRICED", "quantity": 1, "price": "5"}}
	var placed order
	s.admin.Do(t, "POST", "/orders/", m{"user_id": s.bobID, "status": "shipped", "total": "5.60", "items": items}).Want(201).Into(&placed)
	want := order{placed.ID, s.bobID, "5.60", "shipped", []orderLine{{"TEA", 2, "0.30"}, {"UNPRICED", 1, "5.00"}}, placed.CreatedAt, placed.UpdatedAt}
	if diff := cmp.Diff(want, placed); diff != "" || !strings.HasPrefix(placed.ID, "ORD-") {
		t.Errorf("placed %s (-want +got):\n%s", placed.ID, diff)
	}
	s.bob.Do(t, "GET", "/orders/"+placed.ID, nil).Want(200)
	s.bob.Do(t, "PUT", "/orders/"+placed.ID, m{"status": "cancelled"}).Want(200)
	s.admin.Do(t, "POST", "/orders/", m{"items": []m{{"sku": "UNPRICED", "quantity": 1, "price": nil}}}).WantProblem(409, "body.items[0].price")
	s.audit(placed.ID)
}
