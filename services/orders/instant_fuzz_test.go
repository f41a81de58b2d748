package orders

import (
	"testing"
	"time"

	"microdemo/kit"
)

func FuzzInstant_IsATimeThatCanBeStoredOrRefused(f *testing.F) {
	for _, text := range []string{
		"", "2026-01-31", "2026-02-30", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.123456789+05:30", "2026-01-31T24:00:00Z",
		"0000-01-01", "9999-12-31", "9999-12-31T23:59:59.999999999-23:59", "0000-01-01T00:00:00+23:59", "2026-01-31T12:00:60Z", "yesterday", "2026-1-1",
		"2026-01-31t12:00:00z", "2026-01-31T12:00:00,5Z",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		from, err := instant("query.created_from", text, 0, 0)
		to, errTo := instant("query.created_to", text, 24*time.Hour, time.Microsecond)
		switch {
		case (err == nil) != (errTo == nil):
			t.Errorf("%q: %v as a beginning, %v as an end", text, err, errTo)
		case err != nil:
			if !kit.IsKind(err, kit.Invalid) {
				t.Errorf("%q is refused with %v", text, err)
			}
		case text == "":
			if from != nil || to != nil {
				t.Errorf("nothing is taken as %v to %v", from, to)
			}
		case from.Year() < -1 || to.Year() > 10_000: // PostgreSQL ends in the year 294276
			t.Errorf("%q is taken as %v to %v", text, from, to)
		case !to.After(*from) || to.Sub(*from) > 24*time.Hour:
			t.Errorf("%q is taken as %v to %v", text, from, to)
		}
	})
}
