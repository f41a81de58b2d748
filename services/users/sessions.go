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
	// sessionsPerUser is how many sessions of one user can be refreshed at a time;
	// one more ends the one that was refreshed least recently.
	sessionsPerUser = 20

	// secretSize is the size of each half of a refresh token, in bytes.
	secretSize = 32

	// endedPerBatch is how many ended sessions one statement deletes.
	endedPerBatch = 1000
)

// refreshToken is an opaque token of two random halves of 256 bits, stored as key_hash
// and turn_hash. The family is that of the session, the generation changes with every
// refresh: the right family with another generation is a token that was used before
// (RFC 9700, section 4.14.2). So used tokens need not be stored.
type refreshToken struct{ family, generation []byte }

func newSecret() []byte {
	secret := make([]byte, secretSize)
	_, _ = rand.Read(secret) // never fails
	return secret
}

func (t refreshToken) String() string {
	return base64.RawURLEncoding.EncodeToString(append(bytes.Clone(t.family), t.generation...))
}

func parseRefreshToken(s string) (refreshToken, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(raw) != 2*secretSize {
		return refreshToken{}, false
	}
	return refreshToken{raw[:secretSize], raw[secretSize:]}, true
}

// hashed is what is stored of a random secret, which needs no salt and no slow hash.
func hashed(secret []byte) []byte {
	sum := sha256.Sum256(secret)
	return sum[:]
}

// holder is a user as a session needs it.
type holder struct {
	ID       int64
	Email    string
	Role     kit.Role
	IsActive bool
}

func sessionKey(id uuid.UUID) string { return "session:" + id.String() }

// open opens a session of a user whose row is locked.
func (s *Store) open(ctx context.Context, tx pgx.Tx, user holder) (Grant, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Grant{}, err
	}
	now, token := s.now(), refreshToken{newSecret(), newSecret()}
	if _, err := tx.Exec(ctx, `
		INSERT INTO sessions (id, user_id, key_hash, turn_hash, created_at, expires_at, ends_at)
		VALUES ($1, $2, $3, $4, $5, least($6::timestamptz, $7::timestamptz), $7)`,
		id, user.ID, hashed(token.family), hashed(token.generation), now, now.Add(s.sessionIdleLife), now.Add(s.sessionLife)); err != nil {
		return Grant{}, err
	}
	// Expired and not revoked: the access tokens of the oldest may still be used by
	// clients that sign in again and again instead of refreshing.
	_, err = tx.Exec(ctx, `
		UPDATE sessions SET expires_at = $2 WHERE id IN (
			SELECT id FROM sessions WHERE user_id = $1 AND expires_at > $2
			ORDER BY expires_at DESC, id DESC OFFSET $3)`, user.ID, now, sessionsPerUser)
	return Grant{user.ID, user.Email, user.Role, id, token.String()}, err
}

// Refresh replaces a refresh token. A token that was replaced before may have been
// stolen, so it revokes its session, and reused is true. Any token that is not valid
// is Unauthenticated.
func (s *Store) Refresh(ctx context.Context, refresh string) (grant Grant, reused bool, err error) {
	token, ok := parseRefreshToken(refresh)
	if !ok {
		return Grant{}, false, refreshTokenInvalid.With()
	}
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		grant, reused, err = s.refresh(ctx, tx, token)
		return err
	})
	if reused {
		s.cache.Evict(ctx, sessionKey(grant.Session))
	}
	if err == nil && grant.Refresh == "" {
		err = refreshTokenInvalid.With()
	}
	return grant, reused, err
}

// refresh answers a grant without a token for a token that is not valid: an error
// would roll the revocation back.
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
		FOR UPDATE`, hashed(token.family))
	grant = Grant{UserID: found.UserID, Session: found.ID}
	switch {
	case kit.IsNoRows(err) || err == nil && found.Revoked:
		return grant, false, nil
	case err != nil:
		return grant, false, err
	case !bytes.Equal(found.TurnHash, hashed(token.generation)):
		return grant, true, revoke(ctx, tx, now, []uuid.UUID{found.ID})
	case !now.Before(found.ExpiresAt):
		return grant, false, nil
	}
	user, err := kit.Row[holder](ctx, tx, `SELECT id, email, role, is_active FROM users WHERE id = $1`, found.UserID)
	if kit.IsNoRows(err) || err == nil && !user.IsActive {
		return grant, false, nil // the transaction that removed the user waits for this row, to revoke the session
	}
	if err != nil {
		return grant, false, err
	}
	token.generation = newSecret()
	_, err = tx.Exec(ctx, `UPDATE sessions SET turn_hash = $2, expires_at = least($3::timestamptz, ends_at) WHERE id = $1`,
		found.ID, hashed(token.generation), now.Add(s.sessionIdleLife))
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

// IsSignedIn reports whether the session of an access token was not revoked.
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

// DeleteEndedSessions deletes sessions whose access tokens have all expired.
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
