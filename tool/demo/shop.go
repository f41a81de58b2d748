package demo

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"slices"
	"time"

	"microdemo/tool/apiclient"
)

// shop creates the demo shop: items, buyers and past orders by importing CSV files,
// open orders one by one as an administrator does. It leaves what exists as it is.
func (s *seeder) shop(ctx context.Context, today time.Time) error {
	if err := s.stock(ctx); err != nil {
		return err
	}
	buyers, err := s.buyers(ctx)
	if err != nil {
		return err
	}
	rows, err := orderRows(today, buyers)
	if err != nil {
		return err
	}
	var past []struct{}
	if err := s.Call(ctx, http.MethodGet, "/orders/?limit=1&q=DEMO-2", s.admin, nil, &past); err != nil {
		return err
	}
	if len(past) == 0 {
		if err := s.importRows(ctx, "/orders/import/csv", "orders.csv", rows); err != nil {
			return err
		}
	}
	s.say(fmt.Sprintf("%d orders of %d days", len(rows)-1, Days), len(past) == 0)

	changed := false
	for _, status := range []string{"pending", "processing", "shipped", "delivered", "completed", "cancelled"} {
		for n := range 2 {
			one, err := s.openOrder(ctx, status, n, buyers)
			if err != nil {
				return err
			}
			changed = changed || one
		}
	}
	s.say("orders in each status", changed)
	return nil
}

// stock creates the missing items: importing the others would reset their stock.
func (s *seeder) stock(ctx context.Context) error {
	rows := itemRows()
	missing := rows[:1:1]
	for _, row := range rows[1:] {
		exists, err := s.exists(ctx, "/inventory/sku/"+row[0])
		if err != nil {
			return err
		}
		if !exists {
			missing = append(missing, row)
		}
	}
	if err := s.importRows(ctx, "/inventory/import/csv", "items.csv", missing); err != nil {
		return err
	}
	s.say(fmt.Sprintf("%d items", len(rows)-1), len(missing) > 1)
	return nil
}

// buyers creates the missing buyers and returns the ids of all, by e-mail address.
func (s *seeder) buyers(ctx context.Context) (ids map[string]int64, err error) {
	rows := userRows()
	missing := rows[:1:1]
	ids = map[string]int64{}
	for _, row := range rows[1:] {
		if ids[row[1]], err = s.userID(ctx, row[1]); err != nil {
			return nil, err
		}
		if ids[row[1]] == 0 {
			missing = append(missing, row)
		}
	}
	if err := s.importRows(ctx, "/users/import/csv", "users.csv", missing); err != nil {
		return nil, err
	}
	for _, row := range missing[1:] {
		if ids[row[1]], err = s.userID(ctx, row[1]); err != nil {
			return nil, err
		}
	}
	s.say(fmt.Sprintf("%d buyers", len(rows)-1), len(missing) > 1)
	return ids, nil
}

// openOrder places the nth order of a status, which takes stock, and moves it to
// the status step by step, from the one it has. It reports whether it changed
// anything.
func (s *seeder) openOrder(ctx context.Context, status string, n int, buyers map[string]int64) (changed bool, err error) {
	id := fmt.Sprintf("DEMO-%s-%d", status, n+1)
	path := []string{"pending", "processing", "shipped", "delivered", "completed"}
	if status == "cancelled" {
		path = []string{"pending", "cancelled"}
	}
	path = path[:slices.Index(path, status)+1]
	steps := len(path) - 1
	var order struct{ Status string }
	err = s.Call(ctx, http.MethodGet, "/orders/"+id, s.admin, nil, &order)
	if apiclient.IsStatus(err, http.StatusNotFound) {
		changed, _, err = s.place(ctx, s.admin, id, apiclient.Object{
			"id": id, "user_id": buyers[emailOf(people[steps+n])],
			"items": []apiclient.Object{{"sku": catalog()[steps*2+n].sku, "quantity": 1 + n}},
		}, &order)
		if err == nil && !changed {
			return false, nil
		}
	}
	if err != nil {
		return changed, err
	}
	at := slices.Index(path, order.Status)
	if at < 0 { // an administrator took it elsewhere
		return changed, nil
	}
	for _, next := range path[at+1:] {
		changed = true
		if err := s.Call(ctx, http.MethodPut, "/orders/"+id, s.admin, apiclient.Object{"status": next}, nil); err != nil {
			return changed, fmt.Errorf("order %s: %w", id, err)
		}
	}
	return changed, nil
}

// importTimeout bounds one import; those of the demo take a second or two.
const importTimeout = 2 * time.Minute

// importRows imports rows as a CSV file, if there are any below the header. A
// skipped row is an error.
func (s *seeder) importRows(ctx context.Context, path, name string, rows [][]string) error {
	if len(rows) == 1 {
		return nil
	}
	s.report(fmt.Sprintf("importing %d rows of %s …", len(rows)-1, name))
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		return err
	}
	if err := csv.NewWriter(part).WriteAll(rows); err != nil {
		return err
	}
	if err := form.Close(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, importTimeout)
	defer cancel()
	status, _, raw, err := s.Send(ctx, http.MethodPost, path, s.admin, &body, "Content-Type", form.FormDataContentType())
	if err != nil {
		return err
	}
	var answer struct {
		Detail  string
		Skipped int `json:"skipped_count"`
		Errors  []string
	}
	if err := json.Unmarshal(raw, &answer); err != nil || status != http.StatusOK || answer.Skipped > 0 {
		return fmt.Errorf("import %s: answered %d: %s %v", name, status, answer.Detail, answer.Errors)
	}
	return nil
}
