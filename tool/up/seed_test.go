package up_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"microdemo/kit/kittest"
	"microdemo/tool/demo"
	"microdemo/tool/up"
)

func TestSeed_CanBeRepeated(t *testing.T) {
	t.Parallel()
	system := startSystem(t)
	var lines []string
	o := demo.Options{
		Base: system.BaseURL + "/", AdminEmail: "admin@test.com", AdminPassword: "password123",
		Report: func(line string) { lines = append(lines, strings.Join(strings.Fields(line), " ")) },
	}
	_, err := demo.Seed(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "cannot sign in as admin@test.com") {
		t.Errorf("without an admin: %v", err)
	}
	if _, err := system.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := demo.Seed(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	want := []string{"user bob@example.com already exists", "item SKU-001 already exists", "order ORD-001 already exists"}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("reported (-want +got):\n%s", diff)
	}

	bob := signIn(t, system.BaseURL, "bob@example.com")
	item := bob.Do(t, "GET", "/inventory/sku/SKU-001", nil).Want(http.StatusOK)
	if !strings.Contains(string(item.Raw), `"qty":198`) || !strings.Contains(string(item.Raw), `"price":"10.00"`) {
		t.Errorf("the item is %s", item.Raw)
	}
	order := bob.Do(t, "GET", "/orders/ORD-001", nil).Want(http.StatusOK)
	if !strings.Contains(string(order.Raw), `"total":"20.00"`) {
		t.Errorf("the order is %s", order.Raw)
	}
}

func TestSeed_DoesNotRecreateDeletedOrders(t *testing.T) {
	t.Parallel()
	system := startSystem(t)
	if _, err := system.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	admin := signIn(t, system.BaseURL, "admin@test.com")
	admin.Do(t, "DELETE", "/orders/ORD-001", nil).Want(http.StatusNoContent)
	if _, err := system.Seed(t.Context()); err != nil {
		t.Error(err)
	}
	admin.Do(t, "GET", "/orders/ORD-001", nil).Want(http.StatusNotFound)
}

// until is a writer that calls then once what was written contains a text.
type until struct {
	text string
	then func()
	out  strings.Builder
}

// Write implements io.Writer.
func (u *until) Write(p []byte) (int, error) {
	u.out.Write(p)
	if strings.Contains(u.out.String(), u.text) {
		u.then()
	}
	return len(p), nil
}

func TestUp_PrintsNoPasswordThatWasChanged(t *testing.T) {
	t.Parallel()
	o := withDatabases(t)
	system := startWith(t, o)
	if _, err := system.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	signIn(t, system.BaseURL, "bob@example.com").Do(t, "PUT", "/users/me/password",
		map[string]string{"current_password": "password123", "new_password": "another password"}).Want(http.StatusNoContent)
	stop(t, system)

	ctx, cancel := context.WithTimeout(t.Context(), kittest.Deadline)
	defer cancel()
	printed := &until{text: "Ctrl-C", then: cancel}
	o.Seed, o.Out = true, printed
	if err := up.Run(ctx, o); err != nil {
		t.Fatal(err)
	}
	if out := printed.out.String(); !strings.Contains(out, "admin@test.com, password password123") || !strings.Contains(out, "bob@example.com, but with another password") {
		t.Errorf("printed\n%s", out)
	}
}
