package orders

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/services/orders/events"
)

// deliveryLock is the first half of the advisory locks of deliveries, one for
// each order.
const deliveryLock = 0x686f6f6b // "hook"

func deliveryKey(orderID string) int32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(orderID)) // never fails
	return int32(h.Sum32())
}

const recordSQL = `
	INSERT INTO webhook_deliveries (endpoint_id, event_id, order_id, state, message)
	SELECT e.id, v.id, v.order_id,
	       CASE WHEN v.id > min(v.id) OVER (PARTITION BY e.id, v.order_id)
	              OR EXISTS (SELECT FROM webhook_deliveries d WHERE d.endpoint_id = e.id AND d.order_id = v.order_id
	                         AND d.delivered_at IS NULL AND d.state <> 'waiting')
	            THEN 'waiting' ELSE 'pending' END,
	       json_build_object('event', to_json(v), 'order', json_build_object(
	           'id', o.id, 'user_id', o.user_id, 'total', o.total::text, 'status', o.status,
	           'items', (SELECT json_agg(json_build_object('sku', sku, 'quantity', quantity, 'price', price::text) ORDER BY position)
	                     FROM order_lines WHERE order_id = o.id),
	           'created_at', o.created_at, 'updated_at', o.updated_at))
	FROM webhook_endpoints e
	JOIN order_events v ON 'order.' || v.event_type = ANY (e.events)
	JOIN orders o ON o.id = v.order_id
	WHERE v.id = ANY ($1) AND e.deleted_at IS NULL
	ORDER BY e.id, v.id`

// recordDeliveries queues events for the endpoints of this moment, in the
// transaction that numbers them. What is queued holds the order as it is now.
func recordDeliveries(ctx context.Context, tx pgx.Tx, list []events.Event) error {
	ids := make([]int64, len(list))
	for i, e := range list {
		ids[i] = e.ID
	}
	_, err := tx.Exec(ctx, recordSQL, ids)
	return err
}

// lockDeliveries makes queueing an event of an order and finishing a delivery of
// the same order take turns, so that neither misses the other: what is queued
// behind a delivery is sent when that is done.
func lockDeliveries(ctx context.Context, tx pgx.Tx, orders ...string) error {
	keys := make([]int32, len(orders))
	for i, id := range orders {
		keys[i] = deliveryKey(id)
	}
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1::int, $2::int)`, int32(deliveryLock), key); err != nil {
			return fmt.Errorf("lock deliveries: %w", err)
		}
	}
	return nil
}

// deliveryID is the webhook-id of an event at an endpoint: the same for every
// attempt.
func deliveryID(endpoint, event int64) string { return fmt.Sprintf("msg_%d_%d", endpoint, event) }

func parseDeliveryID(id string) (endpoint, event int64, err error) {
	_, err = fmt.Sscanf(id, "msg_%d_%d", &endpoint, &event)
	return endpoint, event, err
}

// leased is a delivery that belongs to this sender until its lease is over.
type leased struct {
	EndpointID int64
	EventID    int64
	OrderID    string
	Attempt    int // the fencing number: noting a result needs the newest
	Failures   int
	First      bool // it has never arrived, so that others may wait for it
	Message    message
}

func (d leased) id() string { return deliveryID(d.EndpointID, d.EventID) }

const dueSQL = `
	SELECT id, url, secret FROM webhook_endpoints e
	WHERE deleted_at IS NULL AND disabled_at IS NULL
	  AND EXISTS (SELECT FROM webhook_deliveries WHERE endpoint_id = e.id AND state = 'pending' AND next_at <= now())`

// dueTargets lists the enabled endpoints for which something is due.
func (s *Store) dueTargets(ctx context.Context) ([]target, error) {
	return kit.Rows[target](ctx, s.db, dueSQL)
}

const leaseSQL = `
	WITH due AS MATERIALIZED (
		SELECT endpoint_id, event_id FROM webhook_deliveries
		WHERE endpoint_id = $1 AND state = 'pending' AND next_at <= now()
		ORDER BY next_at, event_id LIMIT $2 FOR UPDATE SKIP LOCKED)
	UPDATE webhook_deliveries d SET attempt = d.attempt + 1, next_at = now() + $3, leased_until = now() + $3
	FROM due WHERE d.endpoint_id = due.endpoint_id AND d.event_id = due.event_id
	RETURNING d.endpoint_id, d.event_id, d.order_id, d.attempt, d.failures, d.delivered_at IS NULL AS first, d.message`

// lease takes up to limit due deliveries of an endpoint. Nobody else gets them
// until the lease is over; then a sender that still has one is taken for dead.
func (s *Store) lease(ctx context.Context, endpoint int64, limit int, lease time.Duration) ([]leased, error) {
	return kit.Rows[leased](ctx, s.db, leaseSQL, endpoint, limit, lease)
}

// delivered notes that a delivery has arrived, and lets the next one of the same
// order go. It is false if another sender has taken over since.
func (s *Store) delivered(ctx context.Context, d leased, r result) (current bool, err error) {
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		if err := lockDeliveries(ctx, tx, d.OrderID); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `
			UPDATE webhook_deliveries SET state = 'delivered', delivered_at = coalesce(delivered_at, now()), failures = 0, leased_until = NULL
			WHERE endpoint_id = $1 AND event_id = $2 AND attempt = $3 AND state = 'pending'`, d.EndpointID, d.EventID, d.Attempt)
		if current = err == nil && tag.RowsAffected() == 1; !current {
			return err
		}
		if d.First {
			if err := letNext(ctx, tx, d); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `UPDATE webhook_endpoints SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL`, d.EndpointID)
		if err != nil {
			return err
		}
		return noteAttempt(ctx, tx, d, r)
	})
	return current, err
}

// letNext makes the oldest delivery that waits behind d the one to send.
func letNext(ctx context.Context, tx pgx.Tx, d leased) error {
	_, err := tx.Exec(ctx, `
		UPDATE webhook_deliveries SET state = 'pending', next_at = now()
		WHERE endpoint_id = $1 AND event_id = (
			SELECT event_id FROM webhook_deliveries WHERE endpoint_id = $1 AND order_id = $2 AND state = 'waiting'
			ORDER BY event_id LIMIT 1)`, d.EndpointID, d.OrderID)
	return err
}

// failure is what an attempt that failed leads to.
type failure struct {
	Last         bool          // there are no more attempts
	Retry        time.Duration // when the next one is, from now on
	DisableAfter time.Duration // how long an endpoint may fail
}

// failed notes that an attempt has failed: the delivery is tried again, or
// parked, and the endpoint may be disabled. It is false if another sender has
// taken over since.
func (s *Store) failed(ctx context.Context, d leased, r result, f failure) (current bool, err error) {
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			UPDATE webhook_deliveries
			SET failures = failures + 1, next_at = now() + $4, leased_until = NULL,
			    state = CASE WHEN $5 THEN 'parked' ELSE 'pending' END,
			    reason = CASE WHEN $5 THEN format('Given up after %s attempts. %s', failures + 1, $6::text) END
			WHERE endpoint_id = $1 AND event_id = $2 AND attempt = $3 AND state = 'pending' AND leased_until IS NOT NULL`,
			d.EndpointID, d.EventID, d.Attempt, f.Retry, f.Last, r.Reason)
		if current = err == nil && tag.RowsAffected() == 1; !current {
			return err
		}
		gone := r.Code == 410
		_, err = tx.Exec(ctx, `
			UPDATE webhook_endpoints
			SET failing_since = coalesce(failing_since, now()),
			    disabled_at = CASE WHEN $2 OR failing_since < now() - $3::interval THEN now() END,
			    disabled_reason = CASE WHEN $2 THEN $4 WHEN failing_since < now() - $3::interval THEN 'Every attempt has failed for too long. ' || $4 END
			WHERE id = $1 AND disabled_at IS NULL AND (failing_since IS NULL OR $2 OR failing_since < now() - $3::interval)`,
			d.EndpointID, gone, f.DisableAfter, r.Reason)
		if err != nil {
			return err
		}
		return noteAttempt(ctx, tx, d, r)
	})
	return current, err
}

func noteAttempt(ctx context.Context, tx pgx.Tx, d leased, r result) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO webhook_attempts (endpoint_id, event_id, attempt, code, error, ms)
		VALUES ($1, $2, $3, nullif($4::int, 0), nullif($5, ''), $6)`, d.EndpointID, d.EventID, d.Attempt, r.Code, r.Reason, r.Took.Milliseconds())
	return err
}

// handBack gives a delivery to whoever comes next, at once.
func (s *Store) handBack(ctx context.Context, d leased) error {
	_, err := s.db.Exec(ctx, `
		UPDATE webhook_deliveries SET next_at = now(), leased_until = NULL
		WHERE endpoint_id = $1 AND event_id = $2 AND attempt = $3 AND state = 'pending'`, d.EndpointID, d.EventID, d.Attempt)
	return err
}
