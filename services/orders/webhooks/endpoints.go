package webhooks

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/services/orders/events"
)

// eventNames are the types of events that endpoints can subscribe to. Imported orders
// are history and are not sent.
var eventNames = []string{"order.created", "order.status_changed", "order.updated", "order.deleted"}

// Endpoint is an address that events are sent to.
type Endpoint struct {
	ID              int64      `json:"id" doc:"The endpoint's number" example:"1"`
	URL             string     `json:"url" doc:"Where deliveries are posted to" example:"https://example.com/hooks"`
	Events          []string   `json:"events" doc:"The types of events it subscribes to" example:"[\"order.created\"]"`
	FromEnvironment bool       `json:"from_environment" doc:"Whether WEBHOOK_URLS names it; it cannot be deleted here" example:"false"`
	Enabled         bool       `json:"enabled" doc:"Whether anything is sent to it; a successful test enables it" example:"true"`
	DisabledReason  *string    `json:"disabled_reason" nullable:"true" doc:"Why it is not enabled" example:"The receiver answered 410."`
	FailingSince    *time.Time `json:"failing_since" nullable:"true" doc:"Since when every attempt has failed" example:"2026-01-02T15:04:05Z"`
	CreatedAt       time.Time  `json:"created_at" doc:"When it was registered" example:"2026-01-02T15:04:05Z"`
}

// newSecret makes a secret of 256 random bits.
func newSecret() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// endpointColumns are those of an Endpoint.
const endpointColumns = `id, url, events, from_env AS from_environment, disabled_at IS NULL AS enabled, disabled_reason, failing_since, created_at`

// addEndpoint registers an endpoint. It gets every event that is numbered from now
// on; under the lock of events, "now" is between two of them.
func (s store) addEndpoint(ctx context.Context, url string, types []string, secret string) (e Endpoint, err error) {
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		if err := events.Lock(ctx, tx); err != nil {
			return err
		}
		last, err := events.Last(ctx, tx)
		if err != nil {
			return err
		}
		var there int
		err = tx.QueryRow(ctx, `SELECT count(*) FROM webhook_endpoints WHERE NOT from_env AND deleted_at IS NULL`).Scan(&there)
		if err != nil {
			return err
		}
		if there >= maxEndpoints {
			return webhookLimitReached.With("limit", there)
		}
		e, err = kit.Row[Endpoint](ctx, tx, `
			INSERT INTO webhook_endpoints (url, events, secret, after_event)
			VALUES ($1, $2, $3, $4) RETURNING `+endpointColumns, url, types, secret, last)
		return err
	})
	return e, err
}

// syncEndpoints makes these addresses the endpoints of the environment. Replicas that
// start together register each once.
func (s store) syncEndpoints(ctx context.Context, urls []string, secret kit.Secret) error {
	urls = append([]string{}, urls...) // to SQL, nil would be unknown
	var inSync bool                    // usually: then the start waits for no lock
	err := s.db.QueryRow(ctx, `
		SELECT NOT EXISTS (
			SELECT FROM (SELECT url, secret FROM webhook_endpoints WHERE from_env AND deleted_at IS NULL) AS e
			FULL JOIN (SELECT DISTINCT u FROM unnest($1::text[]) AS u) AS w ON w.u = e.url
			WHERE e.url IS NULL OR w.u IS NULL OR e.secret <> $2)`, urls, string(secret)).Scan(&inSync)
	if err != nil || inSync {
		return err
	}
	return s.db.Tx(ctx, func(tx pgx.Tx) error {
		if err := events.Lock(ctx, tx); err != nil {
			return err
		}
		last, err := events.Last(ctx, tx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE webhook_endpoints SET deleted_at = now(), secret = ''
			WHERE from_env AND deleted_at IS NULL AND url <> ALL ($1::text[])`, urls)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO webhook_endpoints (url, events, secret, from_env, after_event)
			SELECT DISTINCT url, $2::text[], $3, true, $4::bigint FROM unnest($1::text[]) AS u (url)
			ON CONFLICT (url) WHERE from_env AND deleted_at IS NULL DO UPDATE SET secret = excluded.secret
			WHERE webhook_endpoints.secret <> excluded.secret`,
			urls, eventNames, string(secret), last)
		return err
	})
}

// endpoints lists endpoints by id, one more than limit, and counts them.
func (s store) endpoints(ctx context.Context, after int64, skip, limit int) (list []Endpoint, total int, err error) {
	list, err = kit.Rows[Endpoint](ctx, s.db, `
		SELECT `+endpointColumns+` FROM webhook_endpoints WHERE deleted_at IS NULL AND id > $1 ORDER BY id OFFSET $2 LIMIT $3`, after, skip, limit+1)
	if err != nil {
		return nil, 0, err
	}
	err = s.db.QueryRow(ctx, `SELECT count(*) FROM webhook_endpoints WHERE deleted_at IS NULL`).Scan(&total)
	return list, total, err
}

// deleteEndpoint deletes an endpoint. What is left of it is purged in the background.
func (s store) deleteEndpoint(ctx context.Context, id int64) error {
	return s.db.Tx(ctx, func(tx pgx.Tx) error {
		var fromEnv bool
		err := tx.QueryRow(ctx, `SELECT from_env FROM webhook_endpoints WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE`, id).Scan(&fromEnv)
		switch {
		case kit.IsNoRows(err):
			return webhookNotFound.With("id", id)
		case err != nil:
			return err
		case fromEnv:
			return webhookFromEnvironment.With("id", id)
		}
		_, err = tx.Exec(ctx, `UPDATE webhook_endpoints SET deleted_at = now(), secret = '' WHERE id = $1`, id)
		return err
	})
}

// target is an endpoint as the sender needs it.
type target struct {
	ID     int64
	URL    string
	Secret kit.Secret
}

// target finds an endpoint, enabled or not.
func (s store) target(ctx context.Context, id int64) (target, error) {
	t, err := kit.Row[target](ctx, s.db, `SELECT id, url, secret FROM webhook_endpoints WHERE id = $1 AND deleted_at IS NULL`, id)
	if kit.IsNoRows(err) {
		return target{}, webhookNotFound.With("id", id)
	}
	return t, err
}

// enable lets deliveries be sent to an endpoint again.
func (s store) enable(ctx context.Context, id int64) error {
	_, err := s.db.Exec(ctx, `
		UPDATE webhook_endpoints SET disabled_at = NULL, disabled_reason = NULL, failing_since = NULL
		WHERE id = $1 AND (disabled_at IS NOT NULL OR failing_since IS NOT NULL)`, id)
	return err
}
