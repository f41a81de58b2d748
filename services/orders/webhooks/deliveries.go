package webhooks

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

// Delivery is one event for one endpoint, and how far it has come.
type Delivery struct {
	ID          string     `json:"id" doc:"Its webhook-id, the same in every attempt" example:"msg_1_42"`
	WebhookID   int64      `json:"webhook_id" doc:"The webhook's number" example:"1"`
	EventID     int64      `json:"event_id" doc:"The event's number" example:"42"`
	OrderID     string     `json:"order_id" doc:"The order" example:"ORD-001"`
	Type        string     `json:"type" doc:"The event's type" example:"order.created"`
	Status      string     `json:"status" enum:"pending,waiting,delivered,parked" doc:"pending: it will be sent. waiting: an earlier one of the same order comes first. parked: given up until it is redelivered, and so are those that wait for it" example:"delivered"`
	Reason      *string    `json:"reason" nullable:"true" doc:"Why it is not sent" example:"Given up after 15 attempts. The receiver answered 500."`
	Attempts    int        `json:"attempts" doc:"How often it was sent" example:"2"`
	Code        *int       `json:"code" nullable:"true" doc:"The HTTP status of the last answer" example:"200"`
	MS          *int       `json:"ms" nullable:"true" doc:"How long the last attempt took, in milliseconds" example:"12"`
	NextTry     *time.Time `json:"next_try" nullable:"true" doc:"When it will be sent" example:"2026-01-02T15:04:05Z"`
	CreatedAt   time.Time  `json:"created_at" doc:"When it was queued" example:"2026-01-02T15:04:05Z"`
	DeliveredAt *time.Time `json:"delivered_at" nullable:"true" doc:"When it first arrived" example:"2026-01-02T15:04:05Z"`
	Log         []Attempt  `json:"log" doc:"The last 20 attempts, newest first"`
}

// Attempt is one attempt to deliver.
type Attempt struct {
	Number int       `json:"number" doc:"Missing numbers were sent by a sender that died" example:"1"`
	At     time.Time `json:"at" doc:"When it ended" example:"2026-01-02T15:04:05Z"`
	Code   *int      `json:"code" nullable:"true" doc:"The HTTP status of the answer" example:"500"`
	MS     int       `json:"ms" doc:"How long it took, in milliseconds" example:"12"`
	Error  *string   `json:"error" nullable:"true" doc:"Why it failed" example:"The receiver answered 500."`
}

// The queries for a page of deliveries. One that waits for a parked one is parked
// with it.
const (
	deliveriesSQL = deliveryColumns + `
	FROM (SELECT * FROM webhook_deliveries
	      WHERE endpoint_id = $1 AND ($2::bigint = 0 OR event_id < $2) AND ($3 = false OR state = 'parked') AND ($6::bigint = 0 OR event_id = $6)
	      ORDER BY event_id DESC OFFSET $4 LIMIT $5) AS page` + deliveryJoins

	deliveriesOfOrderSQL = deliveryColumns + `
	FROM (SELECT d.* FROM order_events v JOIN webhook_deliveries d ON d.event_id = v.id JOIN webhook_endpoints e ON e.id = d.endpoint_id
	      WHERE v.order_id = $1 AND e.deleted_at IS NULL AND ($2::bigint = 0 OR (d.event_id, d.endpoint_id) < ($2, $3))
	      ORDER BY d.event_id DESC, d.endpoint_id DESC OFFSET $4 LIMIT $5) AS page` + deliveryJoins

	deliveryColumns = `
	SELECT format('msg_%s_%s', page.endpoint_id, page.event_id) AS id, page.endpoint_id AS webhook_id, page.event_id, page.order_id,
	       'order.' || (page.message -> 'event' ->> 'event_type') AS type,
	       CASE WHEN head.state = 'parked' THEN 'parked' ELSE page.state END AS status,
	       CASE WHEN head.state = 'parked' THEN format('It waits for msg_%s_%s, which is parked.', head.endpoint_id, head.event_id)
	            WHEN page.state IN ('pending', 'waiting') AND e.disabled_at IS NOT NULL THEN 'The webhook is disabled.'
	            ELSE page.reason END AS reason,
	       page.attempt AS attempts, (log.entries -> 0 ->> 'code')::int AS code, (log.entries -> 0 ->> 'ms')::int AS ms,
	       CASE WHEN page.state = 'pending' AND coalesce(page.leased_until < now(), true) AND e.disabled_at IS NULL THEN page.next_at END AS next_try,
	       page.created_at, page.delivered_at, coalesce(log.entries, '[]') AS log`

	deliveryJoins = `
	JOIN webhook_endpoints e ON e.id = page.endpoint_id
	LEFT JOIN webhook_deliveries head ON page.state = 'waiting' AND head.endpoint_id = page.endpoint_id AND head.order_id = page.order_id
	     AND head.delivered_at IS NULL AND head.state <> 'waiting'
	LEFT JOIN LATERAL (
		SELECT json_agg(json_build_object('number', attempt, 'at', created_at, 'code', code, 'ms', ms, 'error', error) ORDER BY attempt DESC) AS entries
		FROM (SELECT attempt, created_at, code, ms, error FROM webhook_attempts
		      WHERE endpoint_id = page.endpoint_id AND event_id = page.event_id ORDER BY attempt DESC LIMIT 20) AS latest) AS log ON true
	ORDER BY page.event_id DESC, page.endpoint_id DESC`
)

// deliveries lists the deliveries of an endpoint, newest first, one more than limit,
// and counts them up to kit.TotalBound. before is the id of an event, or 0 to begin;
// parked selects those that were given up.
func (s store) deliveries(ctx context.Context, endpoint, before int64, parked bool, skip, limit int) (list []Delivery, total int, err error) {
	if _, err := s.target(ctx, endpoint); err != nil {
		return nil, 0, err
	}
	list, err = kit.Rows[Delivery](ctx, s.db, deliveriesSQL, kit.PlanWithValues, endpoint, before, parked, skip, limit+1, 0)
	if err != nil {
		return nil, 0, err
	}
	err = s.db.QueryRow(ctx, `
		SELECT count(*) FROM (SELECT FROM webhook_deliveries WHERE endpoint_id = $1 AND ($2 = false OR state = 'parked') LIMIT $3) AS counted`,
		kit.PlanWithValues, endpoint, parked, kit.TotalBound).Scan(&total)
	return list, total, err
}

// deliveriesOfOrder lists the deliveries of an order's events, newest first, one more
// than limit, and counts them up to kit.TotalBound. before is the event and endpoint
// of a delivery, or 0 to begin.
func (s store) deliveriesOfOrder(ctx context.Context, order string, before deliveryCursor, skip, limit int) (list []Delivery, total int, err error) {
	list, err = kit.Rows[Delivery](ctx, s.db, deliveriesOfOrderSQL, kit.PlanWithValues, order, before.Event, before.Webhook, skip, limit+1)
	if err != nil {
		return nil, 0, err
	}
	err = s.db.QueryRow(ctx, `
		SELECT count(*) FROM (
			SELECT FROM order_events o JOIN webhook_deliveries d ON d.event_id = o.id JOIN webhook_endpoints e ON e.id = d.endpoint_id
			WHERE o.order_id = $1 AND e.deleted_at IS NULL LIMIT $2) AS counted`, order, kit.TotalBound).Scan(&total)
	return list, total, err
}

// redeliver queues a delivery again, with all its attempts: those that wait for a
// parked one follow it, and one that has arrived is repeated.
func (s store) redeliver(ctx context.Context, endpoint, event int64) (d Delivery, err error) {
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		var state string
		var enabled bool
		err := tx.QueryRow(ctx, `
			SELECT d.state, e.disabled_at IS NULL FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
			WHERE d.endpoint_id = $1 AND d.event_id = $2 AND e.deleted_at IS NULL FOR UPDATE OF d`, endpoint, event).Scan(&state, &enabled)
		switch {
		case kit.IsNoRows(err):
			return deliveryNotFound.With("id", deliveryID(endpoint, event))
		case err != nil:
			return err
		case !enabled:
			return webhookDisabled.With("id", endpoint)
		case state == "waiting":
			return deliveryWaiting.With()
		}
		_, err = tx.Exec(ctx, `
			UPDATE webhook_deliveries SET state = 'pending', next_at = now(), failures = 0, reason = NULL
			WHERE endpoint_id = $1 AND event_id = $2 AND (leased_until IS NULL OR leased_until < now())`, endpoint, event)
		if err != nil {
			return err
		}
		d, err = kit.Row[Delivery](ctx, tx, deliveriesSQL, endpoint, 0, false, 0, 1, event)
		return err
	})
	return d, err
}
