package demo

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"time"

	"microdemo/tool/apiclient"
)

// demo makes the demo shop: items, buyers, and their orders of the past through
// the import of files, and open orders as an administrator would. What is there
// already stays as it is.
func (s *seeder) demo(ctx context.Context, admin string, today time.Time) error {
	if err := s.demoStock(ctx, admin); err != nil {
		return err
	}
	buyers, err := s.demoBuyers(ctx, admin)
	if err != nil {
		return err
	}
	rows, err := orderRows(today, buyers)
	if err != nil {
		return err
	}
	there, err := s.anyOrder(ctx, admin, "DEMO-2")
	if err != nil {
		return err
	}
	if !there {
		if err := s.importRows(ctx, admin, "/orders/import/csv", "orders.csv", rows); err != nil {
			return err
		}
	}
	s.say(fmt.Sprintf("%d orders of %d days", len(rows)-1, Days), !there)

	made := false
	for _, status := range []string{"pending", "processing", "shipped", "delivered", "completed", "cancelled"} {
		for n := range 2 {
			one, err := s.openOrder(ctx, admin, status, n, buyers)
			if err != nil {
				return err
			}
			made = made || one
		}
	}
	s.say("orders in each status", made)
	return nil
}

// demoStock makes the items that are not there: an import would set the others
// back.
func (s *seeder) demoStock(ctx context.Context, admin string) error {
	rows := itemRows()
	missing := rows[:1:1]
	for n, item := range items() {
		there, err := s.exists(ctx, admin, "/inventory/sku/"+item.sku)
		if err != nil {
			return err
		}
		if !there {
			missing = append(missing, rows[n+1])
		}
	}
	if len(missing) > 1 {
		if err := s.importRows(ctx, admin, "/inventory/import/csv", "items.csv", missing); err != nil {
			return err
		}
	}
	s.say(fmt.Sprintf("%d items", len(rows)-1), len(missing) > 1)
	return nil
}

// demoBuyers makes the buyers that are not there, and gives the ids of all.
func (s *seeder) demoBuyers(ctx context.Context, admin string) (ids map[string]int64, err error) {
	rows := userRows()
	missing := rows[:1:1]
	ids = map[string]int64{}
	for n, person := range people {
		email := emailOf(person)
		if ids[email], err = s.userID(ctx, admin, email); err != nil {
			return nil, err
		}
		if ids[email] == 0 {
			missing = append(missing, rows[n+1])
		}
	}
	if len(missing) > 1 {
		if err := s.importRows(ctx, admin, "/users/import/csv", "users.csv", missing); err != nil {
			return nil, err
		}
	}
	for email, id := range ids {
		if id != 0 {
			continue
		}
		if ids[email], err = s.userID(ctx, admin, email); err != nil {
			return nil, err
		}
	}
	s.say(fmt.Sprintf("%d buyers", len(people)), len(missing) > 1)
	return ids, nil
}

// openOrder places an order that takes stock and brings it to a status, step by
// step, from wherever it stands.
func (s *seeder) openOrder(ctx context.Context, admin, status string, n int, buyers map[string]int64) (made bool, err error) {
	id := fmt.Sprintf("DEMO-%s-%d", status, n+1)
	path := map[string][]string{
		"pending": {}, "processing": {"processing"}, "shipped": {"processing", "shipped"},
		"delivered": {"processing", "shipped", "delivered"}, "completed": {"processing", "shipped", "delivered", "completed"},
		"cancelled": {"cancelled"},
	}[status]
	var order struct{ Status string }
	err = s.Call(ctx, http.MethodGet, "/orders/"+id, admin, nil, &order)
	if apiclient.IsStatus(err, http.StatusNotFound) {
		item := items()[len(path)*2+n]
		made, _, err = s.place(ctx, admin, admin, id, apiclient.Object{
			"id": id, "user_id": buyers[emailOf(people[len(path)+n])],
			"items": []apiclient.Object{{"sku": item.sku, "quantity": 1 + n}},
		}, &order)
		if err == nil && !made {
			return false, nil
		}
	}
	if err != nil {
		return made, err
	}
	reached := order.Status == "pending"
	for _, next := range path {
		if !reached {
			reached = next == order.Status
			continue
		}
		made = true
		if err := s.Call(ctx, http.MethodPut, "/orders/"+id, admin, apiclient.Object{"status": next}, nil); err != nil {
			return made, fmt.Errorf("order %s: %w", id, err)
		}
	}
	return made, nil
}

// exists tells whether there is something at a path.
func (s *seeder) exists(ctx context.Context, token, path string) (bool, error) {
	err := s.Call(ctx, http.MethodGet, path, token, nil, nil)
	if apiclient.IsStatus(err, http.StatusNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (s *seeder) anyOrder(ctx context.Context, token, prefix string) (bool, error) {
	var found []struct{}
	err := s.Call(ctx, http.MethodGet, "/orders/?limit=1&q="+prefix, token, nil, &found)
	return len(found) > 0, err
}

// demoImportTimeout bounds one import; a demo's take a second or two.
const demoImportTimeout = 2 * time.Minute

// importRows sends rows as a file. A row that is refused is an error: the demo's
// are right.
func (s *seeder) importRows(ctx context.Context, token, path, name string, rows [][]string) error {
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
	ctx, cancel := context.WithTimeout(ctx, demoImportTimeout)
	defer cancel()
	status, _, raw, err := s.Send(ctx, http.MethodPost, path, token, &body, "Content-Type", form.FormDataContentType())
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
