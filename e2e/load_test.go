package e2e

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"microdemo/tool/load"
)

// TestLoad_FailsNothingAndLosesNothing is a short run of what `microdemo load`
// does for as long as one likes.
func TestLoad_FailsNothingAndLosesNothing(t *testing.T) {
	t.Parallel()
	s := start(t)
	var journal bytes.Buffer
	result, err := load.Run(t.Context(), load.Options{
		Base: s.anyone.Base, AdminEmail: "admin@test.com", AdminPassword: "password123",
		Clients: 8, Duration: 3 * time.Second, Journal: &journal, Report: func(line string) { t.Log(line) },
	})
	if err != nil || result.Failed != 0 || result.Requests < 8 {
		t.Errorf("%+v, %v", result, err)
	}
	s.audit(strings.Fields(journal.String())...)
}
