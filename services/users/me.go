package users

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// PasswordHash is the hash of a user's password.
func (s *Store) PasswordHash(ctx context.Context, id int64) (hash string, err error) {
	err = s.db.QueryRow(ctx, `SELECT password_hash FROM users WHERE id = $1`, id).Scan(&hash)
	return hash, noUser(err, id)
}

// ReplacePassword replaces a user's password if it still has the hash old, so that it
// does not undo a reset in between. It revokes all sessions except keep.
func (s *Store) ReplacePassword(ctx context.Context, id int64, old, hash, keep string) (replaced bool, err error) {
	var sessions []string
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2`, id, old, hash)
		if replaced = tag.RowsAffected() == 1; err != nil || !replaced {
			return err
		}
		sessions, err = s.revokeSessions(ctx, tx, keep, id)
		return err
	})
	s.cache.Evict(ctx, sessions...)
	return replaced, err
}

// SetPreferences replaces a user's preferences.
func (s *Store) SetPreferences(ctx context.Context, id int64, p Preferences) error {
	var changed int64
	err := s.db.QueryRow(ctx, `UPDATE users SET preferences = $2 WHERE id = $1 RETURNING id`, id, string(p.RawMessage)).Scan(&changed)
	s.cache.Evict(ctx, userKey(id))
	return noUser(err, id)
}
