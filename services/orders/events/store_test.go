package events_test

import (
	"testing"

	"microdemo/kit/kittest"
	"microdemo/services/orders/events"
)

// TestStore_ReadingCostsTheSameHoweverManyEventsThereAre looks at how pages
// of events are read and counted. All users but user 2 have many; half are imported.
func TestStore_ReadingCostsTheSameHoweverManyEventsThereAre(t *testing.T) {
	t.Parallel()
	w := start(t, 1, nil)
	w.exec(`INSERT INTO order_events (order_id, event_type, description, buyer)
		SELECT 'ORD-' || buyer, CASE WHEN i % 4 < 2 THEN 'imported' ELSE 'created' END, 'd', buyer
		FROM generate_series(1, 100000) AS i, LATERAL (SELECT CASE WHEN i % 10000 = 3 THEN 2 ELSE 1 + i % 2 * 2 END AS buyer) AS b`)
	w.exec(`VACUUM ANALYZE order_events`)
	const limit = 500
	for _, after := range []int64{0, 50_000, 99_990} {
		kittest.PlanOf(t, w.db.Pool, events.AfterSQL, after, limit).WantIndexed(t, limit, 0)
		kittest.PlanOf(t, w.db.Pool, events.CountAfterSQL, after, limit).WantIndexed(t, limit, 0)
		// Of a buyer who has every fourth event, it is cheaper to pass over the others.
		for buyer := int64(1); buyer <= 4; buyer++ {
			kittest.PlanOf(t, w.db.Pool, events.AfterOfBuyerSQL, after, limit, buyer).WantIndexed(t, 5*limit, limit)
			kittest.PlanOf(t, w.db.Pool, events.CountAfterOfBuyerSQL, after, limit, buyer).WantIndexed(t, 5*limit, limit)
		}
	}
}
