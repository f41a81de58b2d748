package webhooks

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/services/orders/events"
)

// lockClass is the first half of the advisory locks of deliveries. The second half
// is a hash of the order's id.
const lockClass = 0x686f6f6b // "hook"

// Lock acquires the lock of an order's deliveries until the transaction ends. It
// makes queueing an event of the order and finishing a delivery of the same order
// take turns, so that neither misses the other: an event that is queued after a
// delivery is sent once that is done. It comes before events.Lock.
func Lock(ctx context.Context, tx pgx.Tx, orderID string) error {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(orderID)) // never fails
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1::int, $2::int)`, int32(lockClass), int32(hash.Sum32())); err != nil {
		return fmt.Errorf("lock deliveries: %w", err)
	}
	return nil
}

// message is what is stored of an event: the order after it, in JSON that this
// package does not read, and the event.
type message struct {
	Order json.RawMessage `json:"order"`
	Event events.Event    `json:"event"`
}

const enqueueSQL = `
	INSERT INTO webhook_deliveries (endpoint_id, event_id, order_id, state, message)
	SELECT e.id, v.id, v.order_id,
	       CASE WHEN v.id > min(v.id) OVER (PARTITION BY e.id, v.order_id)
	              OR EXISTS (SELECT FROM webhook_deliveries d WHERE d.endpoint_id = e.id AND d.order_id = v.order_id
	                         AND d.delivered_at IS NULL AND d.state <> 'waiting')
	            THEN 'waiting' ELSE 'pending' END,
	       v.message::json
	FROM webhook_endpoints e
	JOIN unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) AS v (id, order_id, name, message) ON v.name = ANY (e.events)
	WHERE e.deleted_at IS NULL
	ORDER BY e.id, v.id`

// Enqueue queues events for the endpoints of this moment, in the transaction that
// appended them. orders has the JSON of each event's order as the event left it.
// Unless the orders are new, the transaction has called Lock for them.
func Enqueue(ctx context.Context, tx pgx.Tx, list []events.Event, orders [][]byte) error {
	var (
		ids                       []int64
		orderIDs, names, messages []string
	)
	for i, e := range list {
		raw, err := json.Marshal(message{orders[i], e})
		if err != nil {
			return err
		}
		ids, orderIDs = append(ids, e.ID), append(orderIDs, e.OrderID)
		names, messages = append(names, e.Name()), append(messages, string(raw))
	}
	_, err := tx.Exec(ctx, enqueueSQL, ids, orderIDs, names, messages)
	return err
}

// store holds endpoints and the queue of deliveries.
type store struct{ db *kit.DB }

// deliveryID is the webhook-id of an event at an endpoint, the same for every attempt.
func deliveryID(endpoint, event int64) string { return fmt.Sprintf("msg_%d_%d", endpoint, event) }

func parseDeliveryID(id string) (endpoint, event int64, err error) {
	_, err = fmt.Sscanf(id, "msg_%d_%d", &endpoint, &event)
	return endpoint, event, err
}

// leased is a delivery that belongs to this sender until its lease ends.
type leased struct {
	EndpointID int64
	EventID    int64
	OrderID    string
	Attempt    int // the fencing number: only the newest may record a result
	Failures   int
	First      bool // it has never arrived, so others may wait for it
	Message    message
}

func (d leased) id() string { return deliveryID(d.EndpointID, d.EventID) }

const dueSQL = `
	SELECT id, url, secret FROM webhook_endpoints e
	WHERE deleted_at IS NULL AND disabled_at IS NULL
	  AND EXISTS (SELECT FROM webhook_deliveries WHERE endpoint_id = e.id AND state = 'pending' AND next_at <= now())`

// dueTargets lists the enabled endpoints that have due deliveries.
func (s store) dueTargets(ctx context.Context) ([]target, error) {
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

// lease takes up to limit due deliveries of an endpoint. No other sender gets them
// until the lease ends; a sender that still has one then is taken for dead.
func (s store) lease(ctx context.Context, endpoint int64, limit int, lease time.Duration) ([]leased, error) {
	return kit.Rows[leased](ctx, s.db, leaseSQL, endpoint, limit, lease)
}
