package orders

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/services/orders/events"
)

// Delivery is one event for one endpoint, and what became of it.
type Delivery struct {
	ID          string     `json:"id" doc:"Its webhook-id, the same in every attempt" example:"msg_1_42"`
	WebhookID   int64      `json:"webhook_id" doc:"The webhook's number" example:"1"`
	EventID     int64      `json:"event_id" doc:"The event's number" example:"42"`
	OrderID     string     `json:"order_id" doc:"The order" example:"ORD-001"`
	Type        string     `json:"type" doc:"The event's type" example:"order.created"`
	Status      string     `json:"status" enum:"pending,waiting,delivered,parked" doc:"pending: it will be sent. waiting: an earlier one of the same order comes first. parked: given up until it is redelivered; so is what stands behind it" example:"delivered"`
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
	Number int       `json:"number" doc:"Numbers left out were sent by a sender that died" example:"1"`
	At     time.Time `json:"at" doc:"When it ended" example:"2026-01-02T15:04:05Z"`
	Code   *int      `json:"code" nullable:"true" doc:"The HTTP status of the answer" example:"500"`
	MS     int       `json:"ms" doc:"How long it took, in milliseconds" example:"12"`
	Error  *string   `json:"error" nullable:"true" doc:"Why it failed" example:"The receiver answered 500."`
}

// The queries for a page of deliveries. One that waits behind a parked one is
// parked with it.
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
	       CASE WHEN head.state = 'parked' THEN format('It stands behind msg_%s_%s, which is parked.', head.endpoint_id, head.event_id)
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

// Deliveries lists the deliveries of an endpoint, newest first, one more than
// asked for, and counts them up to kit.TotalBound. before is an event, or 0 to
// begin; parked leaves out all but those that were given up.
func (s *Store) Deliveries(ctx context.Context, endpoint, before int64, parked bool, skip, limit int) (list []Delivery, total int, err error) {
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

// DeliveriesOfOrder lists what webhooks were told of an order, newest first, one
// more than asked for, and counts it up to kit.TotalBound. before is a delivery's
// event and endpoint, or 0 to begin.
func (s *Store) DeliveriesOfOrder(ctx context.Context, order string, before deliveryPlace, skip, limit int) (list []Delivery, total int, err error) {
	if _, _, err := s.Buyer(ctx, order); err != nil {
		return nil, 0, err
	}
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

// Redeliver queues a delivery again, with all its attempts: one that is parked
// then lets go what stands behind it, and one that has arrived is repeated.
func (s *Store) Redeliver(ctx context.Context, endpoint, event int64) (d Delivery, err error) {
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		var state string
		var enabled bool
		err := tx.QueryRow(ctx, `
			SELECT d.state, e.disabled_at IS NULL FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
			WHERE d.endpoint_id = $1 AND d.event_id = $2 AND e.deleted_at IS NULL FOR UPDATE OF d`, endpoint, event).Scan(&state, &enabled)
		switch {
		case kit.IsNoRows(err):
			return kit.Errorf(kit.NotFound, "There is no delivery %s.", deliveryID(endpoint, event))
		case err != nil:
			return err
		case !enabled:
			return kit.Errorf(kit.Conflict, "Webhook %d is disabled; a successful test enables it.", endpoint)
		case state == "waiting":
			return kit.Errorf(kit.Conflict, "An earlier delivery of the same order comes first; redeliver that one.")
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
	if err == nil {
		s.recorded()
	}
	return d, err
}

// queueLength counts the deliveries that are not done, by state, up to
// kit.TotalBound.
func (s *Store) queueLength(ctx context.Context) (map[string]int, error) {
	var pending, waiting, parked int
	err := s.db.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM (SELECT FROM webhook_deliveries WHERE state = 'pending' LIMIT $1) AS p),
		       (SELECT count(*) FROM (SELECT FROM webhook_deliveries WHERE state = 'waiting' LIMIT $1) AS w),
		       (SELECT count(*) FROM (SELECT FROM webhook_deliveries WHERE state = 'parked' LIMIT $1) AS s)`, kit.TotalBound).
		Scan(&pending, &waiting, &parked)
	return map[string]int{"pending": pending, "waiting": waiting, "parked": parked}, err
}

// forgetBatch is how many rows are removed at once.
const forgetBatch = 1000

// forgetDeliveries removes what is older than retention, and what is left of
// endpoints that were deleted.
func (s *Store) forgetDeliveries(ctx context.Context, retention time.Duration) error {
	for _, forget := range []func(context.Context, time.Duration) (int64, error){s.forgetDelivered, s.forgetStuck, s.forgetDeleted} {
		for {
			n, err := forget(ctx, retention)
			if err != nil {
				return err
			}
			if n < forgetBatch {
				break
			}
		}
	}
	// A transaction that has seen the endpoint may still queue events for it.
	_, err := s.db.Exec(ctx, `
		DELETE FROM webhook_endpoints e
		WHERE deleted_at < now() - interval '1 hour' AND NOT EXISTS (SELECT FROM webhook_deliveries WHERE endpoint_id = e.id)`)
	return err
}

// forgetDelivered removes old deliveries that have arrived. In the same step the
// log of their endpoint begins behind them.
func (s *Store) forgetDelivered(ctx context.Context, retention time.Duration) (n int64, err error) {
	err = s.db.QueryRow(ctx, `
		WITH old AS MATERIALIZED (
			SELECT endpoint_id, event_id FROM webhook_deliveries
			WHERE created_at < now() - $1::interval AND state = 'delivered'
			ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED),
		gone AS (
			DELETE FROM webhook_deliveries d USING old
			WHERE d.endpoint_id = old.endpoint_id AND d.event_id = old.event_id RETURNING d.endpoint_id, d.event_id),
		begins AS (
			UPDATE webhook_endpoints e SET after_event = greatest(e.after_event, last)
			FROM (SELECT endpoint_id, max(event_id) AS last FROM gone GROUP BY endpoint_id) AS g WHERE e.id = g.endpoint_id)
		SELECT count(*) FROM gone`, retention, forgetBatch).Scan(&n)
	return n, err
}

// forgetStuck removes old deliveries that will not be sent, with all that stands
// behind them if that is old too. Nothing may be queued behind them meanwhile.
func (s *Store) forgetStuck(ctx context.Context, retention time.Duration) (n int64, err error) {
	const stuck = `
		FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
		WHERE d.created_at < now() - $1::interval AND (d.state = 'parked' OR d.state = 'pending' AND e.disabled_at IS NOT NULL)
		  AND NOT EXISTS (SELECT FROM webhook_deliveries w WHERE w.endpoint_id = d.endpoint_id AND w.order_id = d.order_id
		                  AND w.state = 'waiting' AND w.created_at >= now() - $1::interval)`
	var any bool
	if err := s.db.QueryRow(ctx, `SELECT EXISTS (SELECT `+stuck+`)`, retention).Scan(&any); err != nil || !any {
		return 0, err
	}
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		if err := events.Lock(ctx, tx); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `
			WITH heads AS MATERIALIZED (
				SELECT d.endpoint_id, d.event_id, d.order_id, d.delivered_at IS NULL AS first `+stuck+`
				ORDER BY d.created_at LIMIT $2 FOR UPDATE OF d SKIP LOCKED),
			gone AS (
				DELETE FROM webhook_deliveries d USING heads h
				WHERE d.endpoint_id = h.endpoint_id AND (d.event_id = h.event_id OR h.first AND d.order_id = h.order_id AND d.state = 'waiting')
				RETURNING d.endpoint_id, d.event_id),
			begins AS (
				UPDATE webhook_endpoints e SET after_event = greatest(e.after_event, last)
				FROM (SELECT endpoint_id, max(event_id) AS last FROM gone GROUP BY endpoint_id) AS g WHERE e.id = g.endpoint_id)
			SELECT count(*) FROM gone`, retention, forgetBatch).Scan(&n)
	})
	return n, err
}

func (s *Store) forgetDeleted(ctx context.Context, _ time.Duration) (int64, error) {
	tag, err := s.db.Exec(ctx, `
		DELETE FROM webhook_deliveries d USING (
			SELECT l.endpoint_id, l.event_id FROM webhook_endpoints e
			JOIN LATERAL (SELECT endpoint_id, event_id FROM webhook_deliveries WHERE endpoint_id = e.id LIMIT $1) AS l ON true
			WHERE e.deleted_at IS NOT NULL LIMIT $1) AS gone
		WHERE d.endpoint_id = gone.endpoint_id AND d.event_id = gone.event_id`, forgetBatch)
	return tag.RowsAffected(), err
}
