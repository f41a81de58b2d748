package webhooks

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// delivered records that a delivery has arrived, and makes the next one of the same
// order due. It is false if another sender has taken over since.
func (s store) delivered(ctx context.Context, d leased, r result) (current bool, err error) {
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		if err := Lock(ctx, tx, d.OrderID); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `
			UPDATE webhook_deliveries SET state = 'delivered', delivered_at = coalesce(delivered_at, now()), failures = 0, leased_until = NULL
			WHERE endpoint_id = $1 AND event_id = $2 AND attempt = $3 AND state = 'pending'`, d.EndpointID, d.EventID, d.Attempt)
		if current = err == nil && tag.RowsAffected() == 1; !current {
			return err
		}
		if d.First {
			if err := releaseNext(ctx, tx, d); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `UPDATE webhook_endpoints SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL`, d.EndpointID)
		if err != nil {
			return err
		}
		return recordAttempt(ctx, tx, d, r)
	})
	return current, err
}

// releaseNext makes the oldest delivery that waits for d due.
func releaseNext(ctx context.Context, tx pgx.Tx, d leased) error {
	_, err := tx.Exec(ctx, `
		UPDATE webhook_deliveries SET state = 'pending', next_at = now()
		WHERE endpoint_id = $1 AND event_id = (
			SELECT event_id FROM webhook_deliveries WHERE endpoint_id = $1 AND order_id = $2 AND state = 'waiting'
			ORDER BY event_id LIMIT 1)`, d.EndpointID, d.OrderID)
	return err
}

// failure is what follows from a failed attempt.
type failure struct {
	Last         bool          // there are no more attempts
	Retry        time.Duration // until the next one
	DisableAfter time.Duration // how long an endpoint may fail
}

// failed records that an attempt has failed: the delivery is tried again, or parked,
// and the endpoint may be disabled. It is false if another sender has taken over
// since.
func (s store) failed(ctx context.Context, d leased, r result, f failure) (current bool, err error) {
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
		return recordAttempt(ctx, tx, d, r)
	})
	return current, err
}

func recordAttempt(ctx context.Context, tx pgx.Tx, d leased, r result) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO webhook_attempts (endpoint_id, event_id, attempt, code, error, ms)
		VALUES ($1, $2, $3, nullif($4::int, 0), nullif($5, ''), $6)`, d.EndpointID, d.EventID, d.Attempt, r.Code, r.Reason, r.Took.Milliseconds())
	return err
}

// handBack ends the lease of a delivery, which is due at once.
func (s store) handBack(ctx context.Context, d leased) error {
	_, err := s.db.Exec(ctx, `
		UPDATE webhook_deliveries SET next_at = now(), leased_until = NULL
		WHERE endpoint_id = $1 AND event_id = $2 AND attempt = $3 AND state = 'pending'`, d.EndpointID, d.EventID, d.Attempt)
	return err
}
