package e2e

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// machine is the status machine as the contract has it.
var machine = map[string][]string{
	"pending":    {"processing", "completed", "cancelled"},
	"processing": {"shipped", "completed", "cancelled"},
	"shipped":    {"delivered", "completed", "cancelled"},
	"delivered":  {"completed"},
	"cancelled":  {"pending"},
	"completed":  nil,
}

var statuses = []string{"pending", "processing", "shipped", "delivered", "completed", "cancelled"}

// TestStatus_FollowsTheMachine walks at random and checks each answer, and the
// stock, against the machine.
func TestStatus_FollowsTheMachine(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.stock("TEA", 1000, "10.00")
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		id := fmt.Sprintf("W-%d", n)
		s.admin.Do(t, "POST", "/orders/", m{"id": id, "user_id": s.bobID, "items": []m{{"sku": "TEA", "quantity": 2}}}).Want(201)
		before := s.item("TEA")
		status, changes := "pending", 0
		for _, to := range rapid.SliceOfN(rapid.SampledFrom(statuses), 1, 8).Draw(rt, "path") {
			a := s.admin.Do(t, "PUT", "/orders/"+id, m{"status": to})
			switch {
			case to == status:
				a.Want(200) // no change
			case slices.Contains(machine[status], to):
				a.Want(200)
				status = to
				changes++
			default:
				a.WantProblem(409, "")
			}
			want := before.Qty
			if status == "cancelled" {
				want += 2
			}
			if got := s.item("TEA").Qty; got != want {
				rt.Errorf("%s: stock %d, want %d", status, got, want)
			}
		}
		var got order
		s.bob.Do(t, "GET", "/orders/"+id, nil).Want(200).Into(&got)
		if got.Status != status {
			rt.Errorf("status %s, want %s", got.Status, status)
		}
		if events := s.count(`SELECT count(*) FROM order_events WHERE order_id = $1`, id); events != 1+changes {
			rt.Errorf("%d events after %d changes", events, changes)
		}
	})
	s.audit()
}

func TestCancel_GivesStockBackOnce(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.stock("TEA", 200, "10.00")
	s.bob.Do(t, "POST", "/orders/", m{"id": "A", "items": []m{{"sku": "TEA", "quantity": 5}}}).Want(201)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			client := s.bob
			if i%2 == 0 {
				client = s.admin
			}
			if a, err := client.Persist("PUT", "/orders/A", m{"status": "cancelled"}); err != nil || a.Status != 200 {
				t.Errorf("cancel: %d %v %s", a.Status, err, a.Raw)
			}
		})
	}
	wg.Wait()
	s.wantStock("TEA", 200, 0)
	s.audit()
}

func TestReopen_TakesStockAgainOrRefuses(t *testing.T) {
	t.Parallel()
	s := start(t)
	id := s.stock("TEA", 10, "10.00")
	s.bob.Do(t, "POST", "/orders/", m{"id": "A", "items": []m{{"sku": "TEA", "quantity": 8}}}).Want(201)
	s.bob.Do(t, "PUT", "/orders/A", m{"status": "cancelled"}).Want(200)
	s.bob.Do(t, "PUT", "/orders/A", m{"status": "pending"}).WantProblem(403, "")

	s.bob.Do(t, "POST", "/orders/", m{"id": "B", "items": []m{{"sku": "TEA", "quantity": 8}}}).Want(201)
	s.admin.Do(t, "PUT", "/orders/A", m{"status": "pending"}).WantProblem(409, "") // 2 are left
	s.wantStock("TEA", 2, 8)
	s.bob.Do(t, "DELETE", "/orders/B", nil).Want(204)

	// The price has risen since; the order keeps its own.
	s.admin.Do(t, "PUT", fmt.Sprintf("/inventory/%d", id), m{"price": "12.00"}).Want(200)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if a, err := s.admin.Persist("PUT", "/orders/A", m{"status": "pending"}); err != nil || a.Status != 200 {
				// Somebody else's attempt may hold the stock for a moment.
				if a.Status != 409 {
					t.Errorf("re-open: %d %v %s", a.Status, err, a.Raw)
				}
			}
		})
	}
	wg.Wait()
	var got order
	s.admin.Do(t, "PUT", "/orders/A", m{"status": "pending"}).Want(200).Into(&got)
	if got.Total != "80.00" || got.Status != "pending" {
		t.Errorf("re-opened %+v", got)
	}
	s.eventuallyStock("TEA", 2, 8)
	s.audit()
}

func TestDelete_FollowsWhereTheGoodsAre(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.stock("TEA", 100, "10.00")
	for i, c := range []struct {
		path  []string
		owner int   // what the owner's DELETE answers
		stock int64 // how much of 10 comes back
	}{
		{nil, 204, 10},
		{[]string{"cancelled"}, 204, 10},
		{[]string{"processing"}, 409, 10},
		{[]string{"processing", "shipped"}, 409, 0},
		{[]string{"processing", "shipped", "delivered"}, 409, 0},
		{[]string{"completed"}, 409, 0},
	} {
		before := s.item("TEA").Qty
		id := fmt.Sprintf("D-%d", i)
		s.bob.Do(t, "POST", "/orders/", m{"id": id, "items": []m{{"sku": "TEA", "quantity": 10}}}).Want(201)
		for _, status := range c.path {
			s.admin.Do(t, "PUT", "/orders/"+id, m{"status": status}).Want(200)
		}
		s.bob.Do(t, "DELETE", "/orders/"+id, nil).Want(c.owner)
		if c.owner == 409 {
			s.admin.Do(t, "DELETE", "/orders/"+id, nil).Want(204)
		}
		if got := s.item("TEA").Qty - before + 10; got != c.stock {
			t.Errorf("deleted after %v: %d came back, want %d", c.path, got, c.stock)
		}
		s.bob.Do(t, "GET", "/orders/"+id, nil).WantProblem(404, "")
		s.bob.Do(t, "GET", "/orders/"+id+"/timeline", nil).WantProblem(404, "")
		var events []struct {
			EventType string `json:"event_type"`
		}
		unmarshal(t, s.admin.Do(t, "GET", "/orders/"+id+"/timeline", nil).Want(200), &events)
		if last := events[len(events)-1].EventType; last != "deleted" {
			t.Errorf("the trail ends in %s", last)
		}
		s.admin.Do(t, "DELETE", "/orders/"+id, nil).WantProblem(404, "")
		s.bob.Do(t, "POST", "/orders/", m{"id": id, "items": []m{{"sku": "TEA", "quantity": 1}}}).WantProblem(409, "body.id")
	}
	s.audit()
}

func TestChange_LinesAndTotalStay(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.stock("TEA", 100, "10.00")
	eve, eveID := s.register("eve@example.com")
	var placed m
	s.bob.Do(t, "POST", "/orders/", m{"id": "A", "items": []m{{"sku": "TEA", "quantity": 2}}}).Want(201).Into(&placed)
	var same m
	s.bob.Do(t, "PUT", "/orders/A", placed).Want(200).Into(&same) // what was read can be sent back
	if fmt.Sprint(same) != fmt.Sprint(placed) {
		t.Errorf("changed %v to %v", placed, same)
	}
	s.admin.Do(t, "PUT", "/orders/A", m{"total": "21.00"}).WantProblem(409, "")
	s.admin.Do(t, "PUT", "/orders/A", m{"items": []m{{"sku": "TEA", "quantity": 3}}}).WantProblem(409, "")
	s.bob.Do(t, "PUT", "/orders/A", m{"user_id": eveID}).WantProblem(403, "")
	s.admin.Do(t, "PUT", "/orders/A", m{"user_id": 4711}).WantProblem(422, "body.user_id")
	s.admin.Do(t, "PUT", "/orders/A", m{"user_id": eveID, "status": "processing"}).Want(200)
	eve.Do(t, "GET", "/orders/A", nil).Want(200)
	s.bob.Do(t, "GET", "/orders/A", nil).WantProblem(403, "")
	s.audit()
}
