package audit

import "microdemo/services/orders"

// checks are those of each service's own database.
var checks = map[string][]check{
	"users":     {emailCheck, userAnalytics},
	"inventory": {ledgerCheck, allocationCheck, stockAnalytics},
	"orders":    {totalCheck, keyCheck, historyCheck, statusCheck, stepCheck(), orderAnalytics, deliveryCheck},
}

var emailCheck = check{
	holds:  "every e-mail address has one user",
	counts: `SELECT count(*) FROM users`,
	units:  []string{"users"},
	breakers: `
		SELECT format('%s: users %s', lower(email), string_agg(id::text, ', ' ORDER BY id))
		FROM users GROUP BY lower(email) HAVING count(*) > 1 ORDER BY lower(email)`,
}

var ledgerCheck = check{
	holds:  "stock equals its ledger and is never negative",
	counts: `SELECT (SELECT count(*) FROM items), (SELECT count(*) FROM movements)`,
	units:  []string{"items", "movements"},
	// Items are deleted, their movements are not.
	breakers: `
		SELECT format('item %s: ', i.sku) || CASE
		       WHEN i.qty < 0 THEN format('qty is %s', i.qty)
		       WHEN i.qty <> coalesce(l.sum, 0) THEN format('qty is %s, but its movements add up to %s', i.qty, coalesce(l.sum, 0))
		       ELSE format('qty is %s, but its newest movement, %s, left %s', i.qty, n.id, n.qty_after) END
		FROM items i
		LEFT JOIN (SELECT item_id, sum(delta) AS sum, max(id) AS newest FROM movements GROUP BY item_id) l ON l.item_id = i.id
		LEFT JOIN movements n ON n.id = l.newest
		WHERE i.qty < 0 OR i.qty <> coalesce(l.sum, 0) OR i.qty <> n.qty_after
		ORDER BY i.id`,
}

var allocationCheck = check{
	holds: "allocated stock equals the live reservations",
	counts: `
		SELECT (SELECT count(*) FROM items),
		       (SELECT count(*) FROM reservation_lines l JOIN reservations r ON r.id = l.reservation_id WHERE r.state <> 'released')`,
	units: []string{"items", "live reservation lines"},
	breakers: `
		SELECT coalesce('item ' || i.sku, format('item number %s, which does not exist', l.item_id))
		       || format(': allocated is %s, but live reservations have %s', coalesce(i.allocated, 0), coalesce(l.sum, 0))
		FROM items i
		FULL JOIN (SELECT item_id, sum(quantity) AS sum
		           FROM reservation_lines JOIN reservations r ON r.id = reservation_id
		           WHERE r.state <> 'released' GROUP BY item_id) l ON l.item_id = i.id
		WHERE coalesce(i.allocated, 0) <> coalesce(l.sum, 0)
		ORDER BY coalesce(i.id, l.item_id)`,
}

var totalCheck = check{
	holds:  "every order costs what its lines cost",
	counts: `SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM order_lines)`,
	units:  []string{"orders", "lines"},
	breakers: `
		SELECT format('order %s: ', o.id) || CASE
		       WHEN l.sum IS NULL THEN 'it has no lines'
		       ELSE format('its total is %s, but its lines cost %s', o.total, l.sum) END
		FROM orders o
		LEFT JOIN (SELECT order_id, sum(quantity * price) AS sum FROM order_lines GROUP BY order_id) l ON l.order_id = o.id
		WHERE l.sum IS NULL OR l.sum <> o.total
		ORDER BY o.id`,
}

var keyCheck = check{
	holds:  "every order id and Idempotency-Key has one order",
	counts: `SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM orders WHERE idem_key IS NOT NULL)`,
	units:  []string{"orders", "keys"},
	breakers: `
		SELECT format('order %s: it exists %s times', id, count(*)) FROM orders GROUP BY id HAVING count(*) > 1
		UNION ALL
		SELECT format('key %s of user %s: it has the orders %s', idem_key, idem_owner, string_agg(id, ', ' ORDER BY id))
		FROM orders WHERE idem_key IS NOT NULL GROUP BY idem_owner, idem_key HAVING count(*) > 1`,
}

var historyCheck = check{
	holds:  "every history begins once and ends once",
	counts: `SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM order_events)`,
	units:  []string{"orders", "events"},
	breakers: `
		SELECT format('order %s: %s', id, problem) FROM (
			SELECT o.id, CASE
			       WHEN e.events IS NULL THEN 'it has no events'
			       WHEN e.begun <> 1 THEN format('it was created %s times', e.begun)
			       WHEN e.begin <> e.first THEN format('event %s is older than its creation', e.first)
			       WHEN o.deleted_at IS NULL AND e.ended > 0 THEN 'it has a deleted event, but is not deleted'
			       WHEN o.deleted_at IS NOT NULL AND e.ended <> 1 THEN format('it is deleted and has %s deleted events', e.ended)
			       WHEN e.ending <> e.last THEN format('event %s is newer than its deletion', e.last)
			       END AS problem
			FROM orders o
			LEFT JOIN (SELECT order_id, count(*) AS events, min(id) AS first, max(id) AS last,
			                  count(*) FILTER (WHERE event_type = 'created')
			                  + max((event_type = 'imported')::int) AS begun, -- history may be imported again
			                  min(id) FILTER (WHERE event_type IN ('created', 'imported')) AS begin,
			                  count(*) FILTER (WHERE event_type = 'deleted') AS ended,
			                  max(id) FILTER (WHERE event_type = 'deleted') AS ending
			           FROM order_events GROUP BY order_id) e ON e.order_id = o.id) AS histories
		WHERE problem IS NOT NULL
		ORDER BY id`,
}

var statusCheck = check{
	holds:  "every status is the last one of its history",
	counts: `SELECT count(*) FROM orders`,
	units:  []string{"orders"},
	breakers: `
		SELECT format('order %s: its status is %s, but its history ends in %s', o.id, o.status, coalesce(e.new_value, 'none'))
		FROM orders o
		LEFT JOIN LATERAL (SELECT new_value FROM order_events
		                   WHERE order_id = o.id AND event_type IN ('created', 'imported', 'status_changed')
		                   ORDER BY id DESC LIMIT 1) e ON true
		WHERE e.new_value IS DISTINCT FROM o.status
		ORDER BY o.id`,
}

func stepCheck() check {
	var from, to []string // the status machine
	for _, s := range []orders.Status{
		orders.Pending, orders.Processing, orders.Shipped, orders.Delivered, orders.Completed, orders.Cancelled,
	} {
		for _, next := range s.Next() {
			from, to = append(from, string(s)), append(to, string(next))
		}
	}
	return check{
		holds:  "every status change was legal",
		counts: `SELECT count(*) FROM order_events WHERE event_type = 'status_changed'`,
		units:  []string{"changes"},
		breakers: `
			SELECT format('order %s: event %s changed it from %s to %s', order_id, id, coalesce(old_value, 'none'), coalesce(new_value, 'none'))
			       || CASE WHEN old_value IS DISTINCT FROM before THEN format(', but it was %s', coalesce(before, 'none')) ELSE '' END
			FROM (SELECT id, order_id, event_type, old_value, new_value,
			             lag(new_value) OVER (PARTITION BY order_id ORDER BY id) AS before
			      FROM order_events WHERE event_type IN ('created', 'imported', 'status_changed')) AS statuses
			WHERE event_type = 'status_changed'
			  AND (old_value IS DISTINCT FROM before
			       OR NOT EXISTS (SELECT FROM unnest($1::text[], $2::text[]) AS legal (a, b) WHERE a = old_value AND b = new_value))
			ORDER BY order_id, id`,
		args: []any{from, to},
	}
}

// deliveryCheck is of the events after after_event, where the deliveries of an
// endpoint begin. A delivery that waits must have an earlier one to wait for.
var deliveryCheck = check{
	holds:  "every event was delivered or is in the queue",
	counts: `SELECT (SELECT count(*) FROM webhook_endpoints WHERE deleted_at IS NULL), (SELECT count(*) FROM webhook_deliveries)`,
	units:  []string{"webhooks", "deliveries"},
	breakers: `
		SELECT format('webhook %s: event %s of order %s was never queued', e.id, v.id, v.order_id)
		FROM webhook_endpoints e
		JOIN order_events v ON v.id > e.after_event AND 'order.' || v.event_type = ANY (e.events)
		LEFT JOIN webhook_deliveries d ON d.endpoint_id = e.id AND d.event_id = v.id
		WHERE e.deleted_at IS NULL AND d.event_id IS NULL
		UNION ALL
		SELECT format('webhook %s: event %s of order %s waits for no earlier one', w.endpoint_id, w.event_id, w.order_id)
		FROM webhook_deliveries w
		LEFT JOIN webhook_deliveries h ON h.endpoint_id = w.endpoint_id AND h.order_id = w.order_id AND h.event_id < w.event_id
		     AND h.delivered_at IS NULL AND h.state <> 'waiting'
		WHERE w.state = 'waiting' AND h.event_id IS NULL
		UNION ALL
		SELECT format('webhook %s: event %s of order %s overtook an earlier one', d.endpoint_id, d.event_id, d.order_id)
		FROM webhook_deliveries d
		WHERE d.delivered_at IS NOT NULL
		  AND EXISTS (SELECT FROM webhook_deliveries h WHERE h.endpoint_id = d.endpoint_id AND h.order_id = d.order_id
		              AND h.event_id < d.event_id AND h.delivered_at IS NULL)`,
}
