package webhooks_test

import (
	"slices"
	"testing"
	"time"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/orders/webhooks"
)

// TestQueue_CostsTheSameHoweverManyDeliveriesThereAre looks at how the queue is used when
// one endpoint has been down for long and another has a long log.
func TestQueue_CostsTheSameHoweverManyDeliveriesThereAre(t *testing.T) {
	t.Parallel()
	w := start(t, kit.Defaults[webhooks.Settings]())
	w.stop() // nothing is to be sent
	for _, sql := range []string{
		`INSERT INTO webhook_endpoints (url, events, secret, after_event) SELECT 'http://127.0.0.1:1', '{order.created}', '', 0 FROM generate_series(1, 3)`,
		// The first one's order i has the events i and 10,000 + i, and is in back-off.
		`INSERT INTO webhook_deliveries (endpoint_id, event_id, order_id, state, message, next_at)
		SELECT 1, i, 'ORD-' || i % 10000, CASE WHEN i < 10000 THEN 'pending' ELSE 'waiting' END, '{"event":{"event_type":"created"}}', now() + interval '1 hour'
		FROM generate_series(0, 19999) AS i`,
		`INSERT INTO webhook_deliveries (endpoint_id, event_id, order_id, state, message, delivered_at, reason)
		SELECT 2, i, 'ORD-' || i, CASE WHEN i % 2000 = 7 THEN 'parked' ELSE 'delivered' END, '{"event":{"event_type":"created"}}', now(), CASE WHEN i % 2000 = 7 THEN 'x' END
		FROM generate_series(0, 19999) AS i`,
		`INSERT INTO webhook_attempts (endpoint_id, event_id, attempt, code, ms) SELECT 2, i, 1, 200, 1 FROM generate_series(0, 19999) AS i`,
		`INSERT INTO orders (id, user_id, status, total, imported) SELECT 'ORD-' || i, 1, 'pending', 10, true FROM generate_series(0, 19999) AS i`,
		`INSERT INTO order_events (order_id, event_type, description) SELECT 'ORD-' || i, 'created', '' FROM generate_series(0, 19999) AS i`,
		`INSERT INTO order_lines (order_id, position, sku, quantity, price, created_at) SELECT id, 0, 'TEA', 1, 10, created_at FROM orders`,
		`VACUUM ANALYZE`,
	} {
		w.exec(sql)
	}
	costs := func(most int, sql string, args ...any) {
		t.Helper()
		plan := kittest.PlanOf(t, w.db.Pool, sql, args...)
		plan.SeqScans = slices.DeleteFunc(plan.SeqScans, func(table string) bool { return table == "webhook_endpoints" }) // of which there are few
		plan.WantIndexed(t, most, 100)
	}
	costs(10, webhooks.DueSQL)
	costs(40, webhooks.LeaseSQL, 1, 8, time.Minute)
	costs(40, webhooks.EnqueueSQL, []int64{20_000}, []string{"ORD-19999"}, []string{"order.created"}, []string{"{}"})
	w.exec(`UPDATE webhook_deliveries SET next_at = now() WHERE endpoint_id = 1 AND event_id < 5000`)
	w.exec(`VACUUM ANALYZE webhook_deliveries`)
	costs(10, webhooks.DueSQL)
	costs(40, webhooks.LeaseSQL, 1, 8, time.Minute)
	for _, endpoint := range []int{1, 2} {
		costs(400, webhooks.DeliveriesSQL, kit.PlanWithValues, endpoint, 15000, false, 0, 51, 0)
		costs(100, webhooks.DeliveriesSQL, kit.PlanWithValues, endpoint, 0, true, 0, 51, 0)
		costs(10, webhooks.DeliveriesSQL, endpoint, 0, false, 0, 1, 4711)
	}
	costs(100, webhooks.DeliveriesOfOrderSQL, kit.PlanWithValues, "ORD-4711", 0, 0, 0, 51)
	costs(100, webhooks.DeliveriesOfOrderSQL, kit.PlanWithValues, "ORD-4711", 15000, 2, 0, 51)
}
