package webhooks

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/services/orders/events"
)

// purgeBatch is how many rows are removed at once.
const purgeBatch = 1000

// purge measures the queue, and removes what the log no longer keeps.
func (s *Sender) purge(ctx context.Context) error {
	queued, err := s.store.queueLength(ctx)
	if err != nil {
		return err
	}
	for state, n := range queued {
		s.queued.WithLabelValues(state).Set(float64(n))
	}
	return s.store.purge(ctx, s.settings.Retention)
}

// queueLength counts the deliveries that are not done, by state, up to
// kit.TotalBound.
func (s store) queueLength(ctx context.Context) (map[string]int, error) {
	var pending, waiting, parked int
	err := s.db.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM (SELECT FROM webhook_deliveries WHERE state = 'pending' LIMIT $1) AS p),
		       (SELECT count(*) FROM (SELECT FROM webhook_deliveries WHERE state = 'waiting' LIMIT $1) AS w),
		       (SELECT count(*) FROM (SELECT FROM webhook_deliveries WHERE state = 'parked' LIMIT $1) AS s)`, kit.TotalBound).
		Scan(&pending, &waiting, &parked)
	return map[string]int{"pending": pending, "waiting": waiting, "parked": parked}, err
}

// purge removes what is older than retention, and what is left of deleted endpoints.
func (s store) purge(ctx context.Context, retention time.Duration) error {
	for _, purge := range []func(context.Context, time.Duration) (int64, error){s.purgeDelivered, s.purgeStuck, s.purgeDeleted} {
		for {
			n, err := purge(ctx, retention)
			if err != nil {
				return err
			}
			if n < purgeBatch {
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

// purgeDelivered removes old deliveries that have arrived. In the same statement the
// log of their endpoint begins after them.
func (s store) purgeDelivered(ctx context.Context, retention time.Duration) (n int64, err error) {
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
		SELECT count(*) FROM gone`, retention, purgeBatch).Scan(&n)
	return n, err
}

// purgeStuck removes old deliveries that will not be sent, with those that wait for
// them if they are old too. None may be queued after them meanwhile.
func (s store) purgeStuck(ctx context.Context, retention time.Duration) (n int64, err error) {
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
			SELECT count(*) FROM gone`, retention, purgeBatch).Scan(&n)
	})
	return n, err
}

func (s store) purgeDeleted(ctx context.Context, _ time.Duration) (int64, error) {
	tag, err := s.db.Exec(ctx, `
		DELETE FROM webhook_deliveries d USING (
			SELECT l.endpoint_id, l.event_id FROM webhook_endpoints e
			JOIN LATERAL (SELECT endpoint_id, event_id FROM webhook_deliveries WHERE endpoint_id = e.id LIMIT $1) AS l ON true
			WHERE e.deleted_at IS NOT NULL LIMIT $1) AS gone
		WHERE d.endpoint_id = gone.endpoint_id AND d.event_id = gone.event_id`, purgeBatch)
	return tag.RowsAffected(), err
}
