package e2e

import (
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"testing"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

// TestCSV_WhoIsPutOutWhileAFileArrivesChangesNothing begins imports as an admin
// who is deactivated before the files end.
func TestCSV_WhoIsPutOutWhileAFileArrivesChangesNothing(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	var eve user
	s.admin.Do(t, "POST", "/users/", m{"name": "Eve", "email": "eve@example.com", "password": "password123", "role": "admin"}).Want(201).Into(&eve)
	client := s.login("eve@example.com", "password123")
	bodies := map[string][2]string{
		"/users/import/csv":     {"name,email,role,is_active\n", "Eve,eve@example.com,admin,true\nDoor,door@example.com,admin,true\n"},
		"/inventory/import/csv": {"sku,qty\n", "EVIL,777\n"},
		"/orders/import/csv":    {"id,user_id,total,status,items_json\n", `EVIL,1,1.00,completed,"[{""sku"":""EVIL"",""quantity"":1,""price"":""1.00""}]"` + "\n"},
	}
	type outcome struct {
		path   string
		status int
		err    error
	}
	outcomes := make(chan outcome, len(bodies))
	finish := make(chan struct{})
	for path, body := range bodies {
		r, w := io.Pipe()
		form := multipart.NewWriter(w)
		begun := make(chan struct{})
		go func() {
			part, err := form.CreateFormFile("file", "evil.csv")
			if err == nil {
				_, err = io.WriteString(part, body[0])
			}
			close(begun)
			<-finish
			if err == nil {
				_, err = io.WriteString(part, body[1])
			}
			if err == nil {
				err = form.Close()
			}
			w.CloseWithError(err)
		}()
		req, err := http.NewRequestWithContext(t.Context(), "POST", client.Base+path, r)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+client.Token)
		req.Header.Set("Content-Type", form.FormDataContentType())
		go func() {
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				outcomes <- outcome{path, 0, err}
				return
			}
			res.Body.Close()
			outcomes <- outcome{path, res.StatusCode, nil}
		}()
		<-begun
	}
	// Every service has let her in and waits for rows.
	for _, database := range []kit.Secret{s.users.DatabaseURL, s.inventory.DatabaseURL, s.orders.DatabaseURL} {
		kittest.Eventually(t, "an import has begun", func() bool {
			return countIn(t, database, `SELECT count(*) FROM pg_class WHERE relpersistence = 't' AND relkind = 'r'`) > 0
		})
	}
	s.admin.Do(t, "PUT", fmt.Sprintf("/users/%d", eve.ID), m{"is_active": false}).Want(200)
	for _, path := range []string{"/users/me", "/inventory/", "/orders/"} {
		kittest.Eventually(t, "put out of "+path, func() bool { return client.Do(t, "GET", path, nil).Status == 401 })
	}
	close(finish)
	for range bodies {
		if o := <-outcomes; o.err != nil || o.status != 401 {
			t.Errorf("%s answered %d, %v", o.path, o.status, o.err)
		}
	}
	s.anyone.Do(t, "POST", "/users/login", m{"email": "eve@example.com", "password": "password123"}).WantProblem(403, "")
	s.admin.Do(t, "GET", "/inventory/sku/EVIL", nil).WantProblem(404, "")
	s.admin.Do(t, "GET", "/orders/EVIL", nil).WantProblem(404, "")
}
