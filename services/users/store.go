package users

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/kit/cache"
)

// Store is the users database. Users are cached by id; what changes one drops
// it.
type Store struct {
	db    *kit.DB
	cache *cache.Cache // nil: for the command line, which does not change users
	now   func() time.Time

	sessionLife     time.Duration // however often it is refreshed
	sessionIdleLife time.Duration // unless it is refreshed
}

func cacheKey(id int64) string { return fmt.Sprintf("user:%d", id) }

// User is a person as clients see them.
type User struct {
	ID          int64       `json:"id" minimum:"1" doc:"The user's id" example:"7"`
	Name        Name        `json:"name" doc:"What the person is called" example:"Bob"`
	Email       Email       `json:"email" doc:"The address the person signs in with; unique whatever its case" example:"bob@example.com"`
	Role        kit.Role    `json:"role" enum:"user,admin" doc:"What the person may do" example:"user"`
	IsActive    bool        `json:"is_active" doc:"An inactive user can neither sign in nor place an order" example:"true"`
	Preferences Preferences `json:"preferences" doc:"What clients keep for the person" example:"{\"theme\": \"dark\"}"`
	CreatedAt   time.Time   `json:"created_at" doc:"When the account was made, in UTC" example:"2026-01-31T12:00:00Z"`
}

// NewUser is what an account is made from.
type NewUser struct {
	Name         Name
	Email        Email
	Role         kit.Role
	PasswordHash string
}

// Account is what signing in needs to know of a user.
type Account struct {
	ID           int64
	Email        string
	Role         kit.Role
	IsActive     bool
	PasswordHash string
}

// Change is a change to a user; what is nil stays.
type Change struct {
	Name     *Name
	Email    *Email
	Role     *kit.Role
	IsActive *bool
}

// Filter picks the users of a list; what is zero picks all.
type Filter struct {
	Prefix   string // of the e-mail or the name, whatever its case
	Role     kit.Role
	IsActive *bool
	IDs      []int64 // whose; nil picks everybody
}

// Create adds an active user.
func (s *Store) Create(ctx context.Context, n NewUser) (User, error) { return create(ctx, s.db, n) }

func create(ctx context.Context, q interface {
	Query(context.Context, string, ...any) (pgx.Rows, error)
}, n NewUser,
) (User, error) {
	user, err := kit.Row[User](ctx, q, `
		INSERT INTO users (name, email, role, password_hash)
		VALUES ($1, $2, $3, $4)
		RETURNING id, name, email, role, is_active, preferences, created_at`,
		n.Name, n.Email, n.Role, n.PasswordHash)
	return user, emailTaken(err, n.Email)
}

func emailTaken(err error, email Email) error {
	if kit.IsUnique(err, "users_email_key") {
		return kit.Errorf(kit.Conflict, "The e-mail address %s is taken.", email)
	}
	return err
}

func notFound(err error, id int64) error {
	if kit.IsNoRows(err) {
		return kit.Errorf(kit.NotFound, "There is no user %d.", id)
	}
	return err
}

// User is the user with this id; NotFound if there is none.
func (s *Store) User(ctx context.Context, id int64) (User, error) {
	return cache.Get(ctx, s.cache, cacheKey(id), func(ctx context.Context) (User, error) {
		user, err := kit.Row[User](ctx, s.db, `
			SELECT id, name, email, role, is_active, preferences, created_at
			FROM users WHERE id = $1`, id)
		return user, notFound(err, id)
	})
}

// Account is the account with this e-mail, whatever its case, and whether there
// is one.
func (s *Store) Account(ctx context.Context, email Email) (account Account, known bool, err error) {
	account, err = kit.Row[Account](ctx, s.db, `
		SELECT id, email, role, is_active, password_hash
		FROM users WHERE lower(email) = lower($1)`, email)
	if kit.IsNoRows(err) {
		return Account{}, false, nil
	}
	return account, err == nil, err
}

const listSQL = `
	SELECT id, name, email, role, is_active, preferences, created_at
	FROM users
	WHERE id > $1
	  AND ($2 = '' OR role = $2)
	  AND ($3::boolean IS NULL OR is_active = $3)
	  AND ($6::bigint[] IS NULL OR id = ANY ($6))
	ORDER BY id
	LIMIT $4 OFFSET $5`

const countSQL = `
	SELECT count(*) FROM (
		SELECT FROM users
		WHERE ($1 = '' OR role = $1)
		  AND ($2::boolean IS NULL OR is_active = $2)
		  AND ($4::bigint[] IS NULL OR id = ANY ($4))
		LIMIT $3
	) AS counted`

// List is the users a filter without a prefix picks, by id, from behind the id
// after, and how many it picks in all (at most kit.TotalBound). Search is for a
// prefix.
func (s *Store) List(ctx context.Context, f Filter, after int64, skip, limit int) (users []User, total int, err error) {
	users, err = kit.Rows[User](ctx, s.db, listSQL, kit.PlanWithValues, after, f.Role, f.IsActive, limit, skip, f.IDs)
	if err != nil {
		return nil, 0, err
	}
	err = s.db.QueryRow(ctx, countSQL, kit.PlanWithValues, f.Role, f.IsActive, kit.TotalBound, f.IDs).Scan(&total)
	return users, total, err
}

// Update changes a user. It refuses to take the last active admin away. Another
// role, or deactivation, revokes the user's sessions.
func (s *Store) Update(ctx context.Context, id int64, c Change) (user User, err error) {
	demotes := c.Role != nil && *c.Role != kit.RoleAdmin || c.IsActive != nil && !*c.IsActive
	var sessions []string
	err = s.db.Tx(ctx, func(tx pgx.Tx) error {
		if demotes {
			if err := keepAnAdmin(ctx, tx, id); err != nil {
				return err
			}
		}
		before, err := kit.Row[holder](ctx, tx, `SELECT id, email, role, is_active FROM users WHERE id = $1 FOR NO KEY UPDATE`, id)
		if err != nil {
			return notFound(err, id)
		}
		user, err = kit.Row[User](ctx, tx, `
			UPDATE users SET
				name = coalesce($2, name), email = coalesce($3, email),
				role = coalesce($4, role), is_active = coalesce($5, is_active)
			WHERE id = $1
			RETURNING id, name, email, role, is_active, preferences, created_at`,
			id, c.Name, c.Email, c.Role, c.IsActive)
		if c.Email != nil {
			err = emailTaken(err, *c.Email)
		}
		if err == nil && (user.Role != before.Role || !user.IsActive) {
			sessions, err = s.revokeSessions(ctx, tx, "", id)
		}
		return err
	})
	s.cache.Evict(ctx, append(sessions, cacheKey(id))...)
	return user, err
}

// Delete removes a user and revokes the sessions. It refuses to take the last
// active admin away.
func (s *Store) Delete(ctx context.Context, id int64) error {
	var sessions []string
	err := s.db.Tx(ctx, func(tx pgx.Tx) error {
		if err := keepAnAdmin(ctx, tx, id); err != nil {
			return err
		}
		var deleted int64
		err := tx.QueryRow(ctx, `DELETE FROM users WHERE id = $1 RETURNING id`, id).Scan(&deleted)
		if err != nil {
			return notFound(err, id)
		}
		sessions, err = s.revokeSessions(ctx, tx, "", id)
		return err
	})
	s.cache.Evict(ctx, append(sessions, cacheKey(id))...)
	return err
}

// keepAnAdmin refuses if the user is the only active admin who can sign in; one
// who was imported cannot until the password is reset. The admins stay
// locked, always in the order of their ids, so that two who remove each other
// go one after the other and the second sees what the first has done.
func keepAnAdmin(ctx context.Context, tx pgx.Tx, id int64) error {
	rows, err := tx.Query(ctx, `SELECT id, password_hash <> '' FROM users WHERE role = 'admin' AND is_active ORDER BY id FOR UPDATE`)
	if err != nil {
		return err
	}
	var (
		admin  int64
		signIn bool
		admins []int64
	)
	_, err = pgx.ForEachRow(rows, []any{&admin, &signIn}, func() error {
		if signIn {
			admins = append(admins, admin)
		}
		return nil
	})
	if len(admins) == 1 && admins[0] == id {
		return kit.Errorf(kit.Conflict, "This is the last active admin; make another one first.")
	}
	return err
}

// SetPassword replaces a user's password and revokes the sessions.
func (s *Store) SetPassword(ctx context.Context, id int64, hash string) error {
	var sessions []string
	err := s.db.Tx(ctx, func(tx pgx.Tx) error {
		var changed int64
		err := tx.QueryRow(ctx, `UPDATE users SET password_hash = $2 WHERE id = $1 RETURNING id`, id, hash).Scan(&changed)
		if err != nil {
			return notFound(err, id)
		}
		sessions, err = s.revokeSessions(ctx, tx, "", id)
		return err
	})
	s.cache.Evict(ctx, sessions...)
	return err
}

// ReplacePassword replaces a user's password if it is still the one whose hash
// is old, so that it does not undo a reset that came in between. It revokes the
// sessions but the one named by keep.
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

// PasswordHash is the hash of a user's password.
func (s *Store) PasswordHash(ctx context.Context, id int64) (hash string, err error) {
	err = s.db.QueryRow(ctx, `SELECT password_hash FROM users WHERE id = $1`, id).Scan(&hash)
	return hash, notFound(err, id)
}

// SetPreferences replaces a user's preferences.
func (s *Store) SetPreferences(ctx context.Context, id int64, p Preferences) error {
	var changed int64
	err := s.db.QueryRow(ctx, `UPDATE users SET preferences = $2 WHERE id = $1 RETURNING id`, id, string(p.RawMessage)).Scan(&changed)
	s.cache.Evict(ctx, cacheKey(id))
	return notFound(err, id)
}
