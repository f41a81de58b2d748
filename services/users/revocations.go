package users

import (
	"context"
	"time"

	"github.com/gofrs/uuid/v5"
	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

// revocationLock lets one transaction at a time number revocations.
const revocationLock = 0x7265766f6b65 // "revoke"

// revokeSessions revokes all sessions of users except keep, in the transaction that
// has changed the rows of the users. The keys are to be evicted after it.
func (s *Store) revokeSessions(ctx context.Context, tx pgx.Tx, keep string, users ...int64) (keys []string, err error) {
	ids, err := lockSessions(ctx, tx, `
		SELECT id FROM sessions
		WHERE user_id = ANY($1) AND id::text <> $2 AND revoked_at IS NULL
		ORDER BY id FOR UPDATE`, users, keep)
	for _, id := range ids {
		keys = append(keys, sessionKey(id))
	}
	if err != nil {
		return nil, err
	}
	return keys, revoke(ctx, tx, s.now(), ids)
}

func lockSessions(ctx context.Context, tx pgx.Tx, sql string, args ...any) ([]uuid.UUID, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

// revoke revokes locked sessions. Its lock must be the last that the transaction
// waits for.
func revoke(ctx context.Context, tx pgx.Tx, now time.Time, ids []uuid.UUID) error {
	if len(ids) == 0 {
		return nil
	}
	// Held to the end of the transaction: if a lower number became visible after a
	// higher one, services that ask for what is new would miss it.
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(revocationLock)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		UPDATE sessions SET revoked_at = $2, expires_at = least(expires_at, $2), revocation = nextval('session_revocations')
		WHERE id = ANY($1)`, ids, now)
	return err
}

const revocationsSQL = `
	SELECT revocation AS number, id::text AS session
	FROM sessions WHERE revocation > $1
	ORDER BY revocation LIMIT $2`

// Revocations are the sessions that were revoked after the one with this number.
func (s *Store) Revocations(ctx context.Context, after int64) (page kit.RevocationPage, err error) {
	page.Revoked, err = kit.Rows[kit.Revocation](ctx, s.db, revocationsSQL, after, kit.RevocationsPerPage)
	if err != nil {
		return page, err
	}
	err = s.db.QueryRow(ctx, `SELECT last_value FROM session_revocations`).Scan(&page.Last)
	return page, err
}
