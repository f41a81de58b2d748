package e2e

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"microdemo/kit/kittest"
)

// getAddresses is one address of every operation that reads, and of what is not
// an operation.
func getAddresses(t *testing.T) []string {
	t.Helper()
	all := []string{"/healthz", "/nothing", "/users", "/orders/none", "/orders/?limit=x", "/users/revocations", "/inventory/reservations"}
	for _, service := range []string{"users", "orders", "inventory"} {
		for _, page := range []string{"healthz", "readyz", "docs", "openapi.json"} {
			all = append(all, "/"+service+"/"+page)
		}
	}
	eachOperation(t, func(name string, _ *openapi3.Operation) {
		if template, ok := strings.CutPrefix(name, "GET "); ok {
			all = append(all, regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(template, "1"))
		}
	})
	return all
}

// TestHEAD_AnswersAsGETWithoutTheContent compares what GET and HEAD answer, as
// RFC 9110, section 9.3.2, has it, to everybody who may ask.
func TestHEAD_AnswersAsGETWithoutTheContent(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	s.stock("1", 10, "10.00")
	s.admin.Do(t, "POST", "/orders/", m{"id": "1", "items": []m{{"sku": "1", "quantity": 1}}}).Want(201)
	seen := map[int]int{}
	for _, caller := range []kittest.Client{s.admin, s.bob, s.anyone} {
		caller.Check = nil // HEAD is not in the documents
		for _, address := range getAddresses(t) {
			head := caller.Do(t, "HEAD", address, nil)
			seen[head.Status]++
			if len(head.Raw) > 0 {
				t.Errorf("HEAD %s has content: %s", address, head.Raw)
			}
			if address == "/orders/events" && caller.Token != "" { // GET would not end
				if got := head.Header.Get("Content-Type"); head.Status != http.StatusOK || got != "text/event-stream" {
					t.Errorf("HEAD %s answered %d %s", address, head.Status, got)
				}
				continue
			}
			get := caller.Do(t, "GET", address, nil)
			if head.Status != get.Status {
				t.Errorf("HEAD %s answered %d, GET %d", address, head.Status, get.Status)
			}
			if diff := cmp.Diff(lasting(get.Header), lasting(head.Header)); diff != "" {
				t.Errorf("headers of %s (-GET +HEAD):\n%s", address, diff)
			}
		}
	}
	for _, status := range []int{200, 308, 401, 403, 404, 422} {
		if seen[status] == 0 {
			t.Errorf("nothing was answered %d: %v", status, seen)
		}
	}
}

// lasting is headers without what differs from answer to answer, or is only
// known when the content was made.
func lasting(h http.Header) http.Header {
	h = maps.Clone(h)
	for _, name := range []string{"Date", "X-Request-Id", "Content-Length", "Transfer-Encoding"} {
		h.Del(name)
	}
	return h
}

func TestHEAD_IsRefusedWhereThereIsNothingToRead(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	s.admin.Check = nil
	for _, address := range []string{"/users/1/reset_password", "/inventory/1/adjustments", "/inventory/import/csv", "/users/me/password"} {
		a := s.admin.Do(t, "HEAD", address, nil).Want(http.StatusMethodNotAllowed)
		if allow := strings.Split(a.Header.Get("Allow"), ", "); slices.Contains(allow, "HEAD") || len(allow) != 1 {
			t.Errorf("HEAD %s: allowed is %q", address, allow)
		}
	}
	if allow := s.admin.Do(t, "PATCH", "/users/", nil).Want(http.StatusMethodNotAllowed).Header.Get("Allow"); allow != "GET, HEAD, POST" {
		t.Errorf("allowed is %q", allow)
	}
}
