package events_test

import (
	"strings"
	"testing"

	"microdemo/kit"
	"microdemo/services/orders/events"
)

func TestSettings_ProblemsAreNamed(t *testing.T) {
	t.Parallel()
	good := []string{"EVENTS_HEARTBEAT=20s", "EVENTS_INTERVAL=1s", "EVENTS_STREAMS=5", "EVENTS_PER_USER=1", "EVENTS_REPLAY=0"}
	if s, err := kit.Load[events.Settings](good); err != nil || s.MaxReplay != 0 || s.MaxPerUser != 1 {
		t.Errorf("good settings: %+v, %v", s, err)
	}
	if _, err := kit.Load[events.Settings](nil); err != nil {
		t.Errorf("no settings: %v", err)
	}
	for _, bad := range []string{
		"EVENTS_HEARTBEAT=10ms", "EVENTS_HEARTBEAT=2m", "EVENTS_HEARTBEAT=0s", "EVENTS_INTERVAL=-1s", "EVENTS_INTERVAL=0s",
		"EVENTS_STREAMS=-1", "EVENTS_STREAMS=0", "EVENTS_PER_USER=-1", "EVENTS_PER_USER=0", "EVENTS_REPLAY=-1",
	} {
		name, _, _ := strings.Cut(bad, "=")
		if _, err := kit.Load[events.Settings]([]string{bad}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
