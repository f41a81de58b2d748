package users

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/kit/cache"
)

// User is a person as clients see them.
type User struct {
	ID          int64       `json:"id" minimum:"1" doc:"The user's id" example:"7"`
	Name        Name        `json:"name" doc:"The person's name" example:"Bob"`
	Email       Email       `json:"email" doc:"The address the person signs in with; unique in any case" example:"bob@example.com"`
	Role        kit.Role    `json:"role" enum:"user,admin" doc:"What the person may do" example:"user"`
	IsActive    bool        `json:"is_active" doc:"An inactive user can neither sign in nor place an order" example:"true"`
	Preferences Preferences `json:"preferences" doc:"What clients store for the person" example:"{\"theme\": \"dark\"}"`
	CreatedAt   time.Time   `json:"created_at" doc:"When the account was created, in UTC" example:"2026-01-31T12:00:00Z"`
}

// userColumns are the columns of a User.
const userColumns = `id, name, email, role, is_active, preferences, created_at`

// NewUser is what an account is created from.
type NewUser struct {
	Name         Name
	Email        Email
	Role         kit.Role
	PasswordHash string
}

// Change is a change to a user; nil fields stay.
type Change struct {
	Name     *Name
	Email    *Email
	Role     *kit.Role
	IsActive *bool
}

func userKey(id int64) string { return fmt.Sprintf("user:%d", id) }

// Create adds an active user.
func (s *Store) Create(ctx context.Context, n NewUser) (User, error) { return create(ctx, s.db, n) }

func create(ctx context.Context, q kit.Queryer, n NewUser) (User, error) {
	user, err := kit.Row[User](ctx, q, `
		INSERT INTO users (name, email, role, password_hash)
		VALUES ($1, $2, $3, $4)
		RETURNING `+userColumns,
		n.Name, n.Email, n.Role, n.PasswordHash)
	return user, emailConflict(err, n.Email)
}

func emailConflict(err error, email Email) error {
	if kit.IsUnique(err, "users_email_key") {
		return emailTaken.With("email", email)
	}
	return err
}

func noUser(err error, id int64) error {
	if kit.IsNoRows(err) {
		return userNotFound.With("id", id)
	}
	return err
}

// User is the user with this id; NotFound if there is none.
func (s *Store) User(ctx context.Context, id int64) (User, error) {
	return cache.Get(ctx, s.cache, userKey(id), func(ctx context.Context) (User, error) {
		user, err := kit.Row[User](ctx, s.db, `SELECT `+userColumns+` FROM users WHERE id = $1`, id)
		return user, noUser(err, id)
	})
}

// Update changes a user. It refuses to remove the last active admin. Another role, or
// deactivation, revokes the user's sessions.
func (s *Store) Update(ctx context.Context, id int64, c Change) (user User, err error) {
	demotes := c.Role != nil && *c.Role != kit.RoleAdmin || c.IsActive != nil && !*c.IsActive
	var sessions []string
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		if demotes {
			if err := keepAnAdmin(ctx, tx, id); err != nil {
				return err
			}
		}
		var before kit.Role
		err := tx.QueryRow(ctx, `SELECT role FROM users WHERE id = $1 FOR NO KEY UPDATE`, id).Scan(&before)
		if err != nil {
			return noUser(err, id)
		}
		user, err = kit.Row[User](ctx, tx, `
			UPDATE users SET
				name = coalesce($2, name), email = coalesce($3, email),
				role = coalesce($4, role), is_active = coalesce($5, is_active)
			WHERE id = $1
			RETURNING `+userColumns,
			id, c.Name, c.Email, c.Role, c.IsActive)
		if c.Email != nil {
			err = emailConflict(err, *c.Email)
		}
		if err == nil && (user.Role != before || !user.IsActive) {
			sessions, err = s.revokeSessions(ctx, tx, "", id)
		}
		return err
	})
	s.cache.Evict(ctx, append(sessions, userKey(id))...)
	return user, err
}

// Delete removes a user and revokes the sessions. It refuses to remove the last
// active admin.
func (s *Store) Delete(ctx context.Context, id int64) error {
	var sessions []string
	err := s.db.Tx(ctx, func(tx pgx.Tx) error {
		if err := keepAnAdmin(ctx, tx, id); err != nil {
			return err
		}
		var deleted int64
		err := tx.QueryRow(ctx, `DELETE FROM users WHERE id = $1 RETURNING id`, id).Scan(&deleted)
		if err != nil {
			return noUser(err, id)
		}
		sessions, err = s.revokeSessions(ctx, tx, "", id)
		return err
	})
	s.cache.Evict(ctx, append(sessions, userKey(id))...)
	return err
}

// keepAnAdmin refuses if the user is the only active admin who can sign in; imported
// admins cannot until their password is reset. It locks all active admins in the
// order of their ids, so that of two admins who remove each other the second sees
// what the first has done.
func keepAnAdmin(ctx context.Context, tx pgx.Tx, id int64) error {
	type admin struct {
		ID      int64
		SignsIn bool
	}
	admins, err := kit.Rows[admin](ctx, tx, `
		SELECT id, password_hash <> '' AS signs_in FROM users WHERE role = 'admin' AND is_active ORDER BY id FOR UPDATE`)
	if err != nil {
		return err
	}
	isOther := func(a admin) bool { return a.SignsIn && a.ID != id }
	if slices.Contains(admins, admin{id, true}) && !slices.ContainsFunc(admins, isOther) {
		return lastAdmin.With()
	}
	return nil
}

// SetPassword replaces a user's password and revokes the sessions.
func (s *Store) SetPassword(ctx context.Context, id int64, hash string) error {
	var sessions []string
	err := s.db.Tx(ctx, func(tx pgx.Tx) error {
		var changed int64
		err := tx.QueryRow(ctx, `UPDATE users SET password_hash = $2 WHERE id = $1 RETURNING id`, id, hash).Scan(&changed)
		if err != nil {
			return noUser(err, id)
		}
		sessions, err = s.revokeSessions(ctx, tx, "", id)
		return err
	})
	s.cache.Evict(ctx, sessions...)
	return err
}
