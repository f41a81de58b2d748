package e2e

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"microdemo/kit/kittest"
)

// orderFigures is what GET /orders/analytics answers.
type orderFigures struct {
	TotalOrders    int            `json:"total_orders"`
	TotalRevenue   string         `json:"total_revenue"`
	Breakdown      map[string]int `json:"status_breakdown"`
	RecentOrders7d int            `json:"recent_orders_7d"`
	RecentOrders   []struct {
		ID        string `json:"id"`
		UserID    int64  `json:"user_id"`
		Total     string `json:"total"`
		Status    string `json:"status"`
		CreatedAt string `json:"created_at"`
	} `json:"recent_orders"`
}

func figures(t *testing.T, client kittest.Client) (f orderFigures) {
	t.Helper()
	client.Do(t, "GET", "/orders/analytics", nil).Want(200).Into(&f)
	return f
}

// sold adds up a time series, which does not depend on the day it is.
func sold(t *testing.T, client kittest.Client, days int) (orders int, revenue json.Number) {
	t.Helper()
	var got struct {
		Days   int
		Series []struct {
			Date    string
			Orders  int
			Revenue float64
		}
	}
	client.Do(t, "GET", fmt.Sprintf("/orders/analytics/timeseries?days=%d", days), nil).Want(200).Into(&got)
	if got.Days != days || len(got.Series) != days {
		t.Errorf("%d days, %d in the series, want %d", got.Days, len(got.Series), days)
	}
	var sum float64
	for _, p := range got.Series {
		orders, sum = orders+p.Orders, sum+p.Revenue
	}
	return orders, json.Number(fmt.Sprintf("%.2f", sum))
}

func TestAnalytics_FollowsWhatHappensAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t)
	eve, eveID := s.register("eve@example.com")
	tea := s.stock("TEA", 30, "10.50")
	for _, id := range []string{"ORD-1", "ORD-2", "ORD-3"} {
		s.bob.Do(t, "POST", "/orders/", m{"id": id, "items": []m{{"sku": "TEA", "quantity": 2}}}).Want(201)
	}
	eve.Do(t, "POST", "/orders/", m{"id": "ORD-4", "items": []m{{"sku": "TEA", "quantity": 5}}}).Want(201)
	want := func(who string, client kittest.Client, orders, kept int, revenue string) orderFigures {
		t.Helper()
		f := figures(t, client)
		n, sum := sold(t, client, 7)
		if f.TotalOrders != orders || f.RecentOrders7d != orders || f.TotalRevenue != revenue || n != kept || sum.String() != revenue {
			t.Errorf("%s: %+v, series of %d orders for %s; want %d orders, %d not cancelled, for %s", who, f, n, sum, orders, kept, revenue)
		}
		return f
	}
	want("bob", s.bob, 3, 3, "63.00")
	want("eve", eve, 1, 1, "52.50")
	all := want("admin", s.admin, 4, 4, "115.50")
	if newest := all.RecentOrders[0]; newest.ID != "ORD-4" || newest.UserID != eveID || newest.Total != "52.50" || newest.Status != "pending" {
		t.Errorf("the newest order is %+v", newest)
	}

	s.bob.Do(t, "PUT", "/orders/ORD-1", m{"status": "cancelled"}).Want(200)
	s.bob.Do(t, "DELETE", "/orders/ORD-2", nil).Want(204)
	s.admin.Do(t, "PUT", "/orders/ORD-3", m{"status": "processing", "user_id": eveID}).Want(200)
	bobs := want("bob", s.bob, 1, 0, "0.00")
	if bobs.Breakdown["cancelled"] != 1 || bobs.Breakdown["pending"] != 0 {
		t.Errorf("bob: %v", bobs.Breakdown)
	}
	eves := want("eve", eve, 2, 2, "73.50")
	if eves.Breakdown["processing"] != 1 || eves.Breakdown["pending"] != 1 {
		t.Errorf("eve: %v", eves.Breakdown)
	}
	s.admin.Do(t, "PUT", "/orders/ORD-1", m{"status": "pending"}).Want(200)
	want("admin, with the one that was opened again", s.admin, 3, 3, "94.50")

	type low struct {
		ID  int64  `json:"id"`
		SKU string `json:"sku"`
		Qty int    `json:"qty"`
	}
	var stock struct {
		TotalItems    int   `json:"total_items"`
		TotalQuantity int   `json:"total_quantity"`
		OutOfStock    int   `json:"out_of_stock"`
		LowStock      int   `json:"low_stock"`
		LowStockItems []low `json:"low_stock_items"`
	}
	s.bob.Do(t, "GET", "/inventory/analytics", nil).Want(200).Into(&stock)
	if stock.TotalItems != 1 || stock.TotalQuantity != 21 || stock.LowStock != 0 || len(stock.LowStockItems) != 0 {
		t.Errorf("stock %+v", stock)
	}
	eve.Do(t, "POST", "/orders/", m{"items": []m{{"sku": "TEA", "quantity": 5}}}).Want(201)
	s.bob.Do(t, "GET", "/inventory/analytics", nil).Want(200).Into(&stock)
	if stock.TotalQuantity != 16 || stock.LowStock != 1 || stock.OutOfStock != 0 || len(stock.LowStockItems) != 1 || stock.LowStockItems[0] != (low{tea, "TEA", 16}) {
		t.Errorf("stock %+v", stock)
	}

	var people struct {
		TotalUsers      int            `json:"total_users"`
		ActiveUsers     int            `json:"active_users"`
		InactiveUsers   int            `json:"inactive_users"`
		RoleBreakdown   map[string]int `json:"role_breakdown"`
		RecentSignups7d int            `json:"recent_signups_7d"`
	}
	s.admin.Do(t, "PUT", fmt.Sprintf("/users/%d", eveID), m{"is_active": false}).Want(200)
	s.admin.Do(t, "GET", "/users/analytics", nil).Want(200).Into(&people)
	if people.TotalUsers != 3 || people.ActiveUsers != 2 || people.InactiveUsers != 1 || people.RecentSignups7d != 3 ||
		people.RoleBreakdown["user"] != 2 || people.RoleBreakdown["admin"] != 1 {
		t.Errorf("people %+v", people)
	}
	s.audit()
}

// TestAnalytics_IsRightWhileOrdersComeIn has many clients place orders, all of
// the same price, while others read what was sold.
func TestAnalytics_IsRightWhileOrdersComeIn(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.stock("TEA", 100_000, "2.50")
	done := make(chan struct{})
	var readers sync.WaitGroup
	for _, client := range []kittest.Client{s.bob, s.admin} {
		readers.Go(func() {
			for before := 0; ; {
				f := figures(t, client)
				if f.TotalOrders < before || f.TotalRevenue != fmt.Sprintf("%.2f", 2.5*float64(f.TotalOrders)) || f.Breakdown["pending"] != f.TotalOrders {
					t.Errorf("%+v after %d orders", f, before)
				}
				before = f.TotalOrders
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	const n = 600
	statuses, ids := s.swarm(16, n, func() m { return lines("TEA", 1) })
	close(done)
	readers.Wait()
	if statuses[201] != n {
		t.Errorf("answers %v, want %d × 201", statuses, n)
	}
	for who, client := range map[string]kittest.Client{"bob": s.bob, "admin": s.admin} {
		if f := figures(t, client); f.TotalOrders != n || f.TotalRevenue != "1500.00" {
			t.Errorf("%s: %+v", who, f)
		}
	}
	s.audit(ids...)
}
