package users

import (
	"context"

	"github.com/gofrs/uuid/v5"
	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

// Account is what signing in needs to know of a user.
type Account struct {
	ID           int64
	Email        string
	Role         kit.Role
	IsActive     bool
	PasswordHash string
}

// Account finds the account with this e-mail address, in any case.
func (s *Store) Account(ctx context.Context, email Email) (account Account, found bool, err error) {
	account, err = kit.Row[Account](ctx, s.db, `
		SELECT id, email, role, is_active, password_hash
		FROM users WHERE lower(email) = lower($1)`, email)
	if kit.IsNoRows(err) {
		return Account{}, false, nil
	}
	return account, err == nil, err
}

// Grant is what signing in or refreshing gives.
type Grant struct {
	UserID  int64
	Email   string
	Role    kit.Role
	Session uuid.UUID
	Refresh string
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

// SignIn opens a session of a user whose password was checked against this hash. It is
// Unauthenticated if the hash has changed since, and Forbidden if the user is
// deactivated.
func (s *Store) SignIn(ctx context.Context, userID int64, passwordHash string) (grant Grant, err error) {
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		// The lock orders this and transactions that revoke the user's sessions, which
		// change this row first: either they are seen here, or they see the new session.
		user, err := kit.Row[holder](ctx, tx, `
			SELECT id, email, role, is_active FROM users
			WHERE id = $1 AND password_hash = $2
			FOR NO KEY UPDATE`, userID, passwordHash)
		switch {
		case kit.IsNoRows(err):
			return wrongCredentials.With()
		case err != nil:
			return err
		case !user.IsActive:
			return accountDeactivated.With()
		}
		grant, err = s.open(ctx, tx, user)
		return err
	})
	return grant, err
}
