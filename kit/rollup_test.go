package kit_test

import (
	"testing"
	"time"

	"microdemo/kit"
)

func TestLastDays_AreThoseOfUTC(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("east", 14*3600)
	for now, want := range map[time.Time][2]string{
		time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC):              {"2026-02-27", "2026-03-01"},
		time.Date(2026, 3, 1, 23, 59, 59, 999_999_999, time.UTC): {"2026-02-27", "2026-03-01"},
		time.Date(2026, 3, 2, 13, 0, 0, 0, east):                 {"2026-02-27", "2026-03-01"},
		time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC):             {"2024-02-28", "2024-03-01"},
		time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(-1):      {"2025-12-29", "2025-12-31"},
	} {
		from, to := kit.LastDays(now, 3)
		if from.Format(time.RFC3339) != want[0]+"T00:00:00Z" || to.Format(time.RFC3339) != want[1]+"T00:00:00Z" {
			t.Errorf("%s: %s to %s, want %s", now, from, to, want)
		}
	}
}
