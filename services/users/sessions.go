package users

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/gofrs/uuid/v5"
	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/kit/cache"
)

const (
	// sessionsPerUser is how many sessions of one user can be refreshed at a
	// time; signing in once more ends the one that was used least recently.
	sessionsPerUser = 20

	// secretSize is the size of each half of a refresh token, in bytes.
	secretSize = 32

	// revocationLock lets one transaction at a time number revocations.
	revocationLock = 0x7265766f6b65 // "revoke"

	// endedPerBatch is how many sessions that have ended are deleted at once.
	endedPerBatch = 1000
)

// refreshToken is an opaque token of two random halves of 256 bits. The key stays
// as long as the session, the turn changes with every refresh: whoever shows the
// right key with another turn has a token that was used before (RFC 9700, section
// 4.14.2). That makes it unnecessary to keep those.
type refreshToken struct{ key, turn []byte }

func newSecret() []byte {
	secret := make([]byte, secretSize)
	_, _ = rand.Read(secret) // never fails
	return secret
}

func (t refreshToken) String() string {
	return base64.RawURLEncoding.EncodeToString(append(bytes.Clone(t.key), t.turn...))
}

func parseRefreshToken(s string) (refreshToken, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(raw) != 2*secretSize {
		return refreshToken{}, false
	}
	return refreshToken{raw[:secretSize], raw[secretSize:]}, true
}

// hashed is what is stored of a random secret; being random, it needs no salt and
// no slow hash.
func hashed(secret []byte) []byte {
	sum := sha256.Sum256(secret)
	return sum[:]
}

// Grant is what signing in or refreshing gives.
type Grant struct {
	UserID  int64
	Email   string
	Role    kit.Role
	Session uuid.UUID
	Refresh string
}

// holder is a user as a session needs it.
type holder struct {
	ID       int64
	Email    string
	Role     kit.Role
	IsActive bool
}

// Register adds an active user and signs in.
func (s *Store) Register(ctx context.Context, n NewUser) (grant Grant, err error) {
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		user, err := create(ctx, tx, n)
		if err != nil {
			return err
		}
		grant, err = s.open(ctx, tx, holder{ID: user.ID, Email: string(user.Email), Role: user.Role})
		return err
	})
	return grant, err
}

// SignIn makes a session of a user whose password was found right. It is
// Unauthenticated if the password is not the one with this hash any more, and
// Forbidden if the user is deactivated.
func (s *Store) SignIn(ctx context.Context, userID int64, passwordHash string) (grant Grant, err error) {
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		// Locked, so that what revokes the user's sessions, which changes this row
		// first, comes before and is seen here, or after and sees the new session.
		user, err := kit.Row[holder](ctx, tx, `
			SELECT id, email, role, is_active FROM users
			WHERE id = $1 AND password_hash = $2
			FOR NO KEY UPDATE`, userID, passwordHash)
		switch {
		case kit.IsNoRows(err):
			return errWrongPassword()
		case err != nil:
			return err
		case !user.IsActive:
			return errDeactivated()
		}
		grant, err = s.open(ctx, tx, user)
		return err
	})
	return grant, err
}

// open makes a session of a user whose row is locked.
func (s *Store) open(ctx context.Context, tx pgx.Tx, user holder) (Grant, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Grant{}, err
	}
	now, token := s.now(), refreshToken{newSecret(), newSecret()}
	ends := now.Add(s.sessionLife)
	if _, err := tx.Exec(ctx, `
		INSERT INTO sessions (id, user_id, key_hash, turn_hash, created_at, expires_at, ends_at)
		VALUES ($1, $2, $3, $4, $5, least($6::timestamptz, $7::timestamptz), $7)`,
		id, user.ID, hashed(token.key), hashed(token.turn), now, now.Add(s.sessionIdleLife), ends); err != nil {
		return Grant{}, err
	}
	// Not revoked: the access tokens of the oldest may still be used by clients
	// that sign in again and again instead of refreshing.
	_, err = tx.Exec(ctx, `
		UPDATE sessions SET expires_at = $2 WHERE id IN (
			SELECT id FROM sessions WHERE user_id = $1 AND expires_at > $2
			ORDER BY expires_at DESC, id DESC OFFSET $3)`, user.ID, now, sessionsPerUser)
	return Grant{user.ID, user.Email, user.Role, id, token.String()}, err
}

// Refresh replaces a refresh token. A token that was replaced before has been in
// two hands, so it revokes its session; reused tells of that. A token that is not
// good, for whatever reason, is Unauthenticated.
func (s *Store) Refresh(ctx context.Context, refresh string) (grant Grant, reused bool, err error) {
	token, ok := parseRefreshToken(refresh)
	if !ok {
		return Grant{}, false, errNotRefreshed()
	}
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		grant, reused, err = s.refresh(ctx, tx, token)
		return err
	})
	if reused {
		s.cache.Evict(ctx, sessionKey(grant.Session))
	}
	if err == nil && grant.Refresh == "" {
		err = errNotRefreshed()
	}
	return grant, reused, err
}

// refresh gives a grant without a token for a token that is not good: an error
// would undo the revocation.
func (s *Store) refresh(ctx context.Context, tx pgx.Tx, token refreshToken) (grant Grant, reused bool, err error) {
	type session struct {
		ID        uuid.UUID
		UserID    int64
		TurnHash  []byte
		ExpiresAt time.Time
		Revoked   bool
	}
	now := s.now()
	found, err := kit.Row[session](ctx, tx, `
		SELECT id, user_id, turn_hash, expires_at, revoked_at IS NOT NULL AS revoked
		FROM sessions WHERE key_hash = $1
		FOR UPDATE`, hashed(token.key))
	grant = Grant{UserID: found.UserID, Session: found.ID}
	switch {
	case kit.IsNoRows(err) || err == nil && found.Revoked:
		return grant, false, nil
	case err != nil:
		return grant, false, err
	case !bytes.Equal(found.TurnHash, hashed(token.turn)):
		return grant, true, revoke(ctx, tx, now, []uuid.UUID{found.ID})
	case !now.Before(found.ExpiresAt):
		return grant, false, nil
	}
	user, err := kit.Row[holder](ctx, tx, `SELECT id, email, role, is_active FROM users WHERE id = $1`, found.UserID)
	if kit.IsNoRows(err) || err == nil && !user.IsActive {
		return grant, false, nil // whoever removed the user waits for this row, to revoke the session
	}
	if err != nil {
		return grant, false, err
	}
	token.turn = newSecret()
	_, err = tx.Exec(ctx, `UPDATE sessions SET turn_hash = $2, expires_at = least($3::timestamptz, ends_at) WHERE id = $1`,
		found.ID, hashed(token.turn), now.Add(s.sessionIdleLife))
	return Grant{user.ID, user.Email, user.Role, found.ID, token.String()}, false, err
}

// SignOut revokes a session.
func (s *Store) SignOut(ctx context.Context, session string) error {
	id, err := uuid.FromString(session)
	if err != nil {
		return nil //nolint:nilerr // then there is none
	}
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		ids, err := lockSessions(ctx, tx, `SELECT id FROM sessions WHERE id = $1 AND revoked_at IS NULL FOR UPDATE`, id)
		if err != nil {
			return err
		}
		return revoke(ctx, tx, s.now(), ids)
	})
	s.cache.Evict(ctx, sessionKey(id))
	return err
}

// revokeSessions revokes the sessions of users but the one named by keep, in the
// transaction that has changed the rows of the users, and gives what is to be
// dropped from the cache after it.
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

// revoke revokes sessions that are locked. It must be the last thing that waits
// for a lock.
func revoke(ctx context.Context, tx pgx.Tx, now time.Time, ids []uuid.UUID) error {
	if len(ids) == 0 {
		return nil
	}
	// Until the end of the transaction: a lower number must not become visible
	// after a higher one, or whoever asks for what is new would miss it.
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(revocationLock)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		UPDATE sessions SET revoked_at = $2, expires_at = least(expires_at, $2), revocation = nextval('session_revocations')
		WHERE id = ANY($1)`, ids, now)
	return err
}

func sessionKey(id uuid.UUID) string { return "session:" + id.String() }

// IsSignedIn tells whether a session that access tokens were made for was not
// revoked.
func (s *Store) IsSignedIn(ctx context.Context, session string) (bool, error) {
	id, err := uuid.FromString(session)
	if err != nil {
		return false, nil //nolint:nilerr // then there is none
	}
	return cache.Get(ctx, s.cache, sessionKey(id), func(ctx context.Context) (signedIn bool, err error) {
		err = s.db.QueryRow(ctx, `SELECT EXISTS (SELECT FROM sessions WHERE id = $1 AND revoked_at IS NULL)`, id).Scan(&signedIn)
		return signedIn, err
	})
}

const revocationsSQL = `
	SELECT revocation AS number, id::text AS session
	FROM sessions WHERE revocation > $1
	ORDER BY revocation LIMIT $2`

// Revocations are the sessions revoked since the one with this number.
func (s *Store) Revocations(ctx context.Context, after int64) (page kit.RevocationPage, err error) {
	page.Revoked, err = kit.Rows[kit.Revocation](ctx, s.db, revocationsSQL, after, kit.RevocationsPerPage)
	if err != nil {
		return page, err
	}
	if page.Revoked == nil {
		page.Revoked = []kit.Revocation{}
	}
	err = s.db.QueryRow(ctx, `SELECT last_value FROM session_revocations`).Scan(&page.Last)
	return page, err
}

// DeleteEndedSessions deletes sessions once no access token made for them can be
// alive.
func (s *Store) DeleteEndedSessions(ctx context.Context) error {
	for {
		deleted, err := s.db.Exec(ctx, `
			DELETE FROM sessions WHERE id IN (
				SELECT id FROM sessions WHERE expires_at < $1
				ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)`, s.now().Add(-kit.RevocationLife), endedPerBatch)
		if err != nil || deleted.RowsAffected() < endedPerBatch {
			return err
		}
	}
}
