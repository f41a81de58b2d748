package orders_test

import (
	"strings"
	"testing"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/orders"
)

// TestEvents_ReadingCostsTheSameHoweverManyThereAre looks at how pages of events
// are read and counted. Everyone but user 2 has many; half are imported.
func TestEvents_ReadingCostsTheSameHoweverManyThereAre(t *testing.T) {
	t.Parallel()
	e := startEventful(t, 1, nil)
	e.exec(`INSERT INTO order_events (order_id, event_type, description, buyer)
		SELECT 'ORD-' || buyer, CASE WHEN i % 4 < 2 THEN 'imported' ELSE 'created' END, 'd', buyer
		FROM generate_series(1, 100000) AS i, LATERAL (SELECT CASE WHEN i % 10000 = 3 THEN 2 ELSE 1 + i % 2 * 2 END AS buyer) AS b`)
	e.exec(`VACUUM ANALYZE order_events`)
	const limit = 500
	for _, after := range []int64{0, 50_000, 99_990} {
		kittest.PlanOf(t, e.db, orders.EventsSQL, after, limit).WantIndexed(t, limit, 0)
		kittest.PlanOf(t, e.db, orders.CountEventsSQL, after, limit).WantIndexed(t, limit, 0)
		// Of a buyer who has every fourth event, it is cheaper to pass over the others.
		for buyer := int64(1); buyer <= 4; buyer++ {
			kittest.PlanOf(t, e.db, orders.EventsOfBuyerSQL, after, limit, buyer).WantIndexed(t, 5*limit, limit)
			kittest.PlanOf(t, e.db, orders.CountEventsOfBuyerSQL, after, limit, buyer).WantIndexed(t, 5*limit, limit)
		}
	}
}

func TestEventSettings_ProblemsAreNamed(t *testing.T) {
	t.Parallel()
	required := []string{"DATABASE_URL=postgres://u@localhost/d", "REDIS_URL=redis://localhost", "JWT_SECRET_KEY=" + string(kittest.Secret)}
	if _, err := kit.Load[orders.Config](append(required, "EVENTS_HEARTBEAT=20s", "EVENTS_INTERVAL=1s", "EVENTS_STREAMS=5", "EVENTS_PER_USER=1", "EVENTS_REPLAY=7")); err != nil {
		t.Errorf("good settings: %v", err)
	}
	for _, bad := range []string{"EVENTS_HEARTBEAT=10ms", "EVENTS_HEARTBEAT=2m", "EVENTS_INTERVAL=-1s", "EVENTS_STREAMS=-1", "EVENTS_PER_USER=-1", "EVENTS_REPLAY=-1"} {
		name, _, _ := strings.Cut(bad, "=")
		if _, err := kit.Load[orders.Config](append(required, bad)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
