package e2e

import (
	"encoding/json"
	"testing"

	"microdemo/kit/kittest"
)

// unmarshal reads what a test needs of an answer; what the contract says of the
// rest is checked elsewhere.
func unmarshal(t testing.TB, a kittest.Answer, v any) {
	t.Helper()
	if err := json.Unmarshal(a.Raw, v); err != nil {
		t.Fatalf("read %s: %v", a.Raw, err)
	}
}
