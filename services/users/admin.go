package users

import (
	"context"
	"fmt"

	"microdemo/kit"
)

// CreateAdmin creates an administrator in the database, whose schema it brings up to
// date. If an active one with this e-mail address exists, created is false and nothing
// changes, not even the password.
func CreateAdmin(ctx context.Context, databaseURL kit.Secret, name, email, password string) (created bool, err error) {
	admin := NewUser{Role: kit.RoleAdmin}
	if admin.Name, err = parseName(name); err != nil {
		return false, err
	}
	if admin.Email, err = parseEmail(email); err != nil {
		return false, err
	}
	if _, err = parsePassword(password); err != nil {
		return false, err
	}
	db, err := kit.OpenPostgres(ctx, databaseURL, migrations)
	if err != nil {
		return false, err
	}
	defer db.Close()
	store := &Store{db: db}

	exists, err := adminExists(ctx, store, admin.Email)
	if exists || err != nil {
		return false, err
	}
	if admin.PasswordHash, err = newPasswords().hash(ctx, password); err != nil {
		return false, err
	}
	_, err = store.Create(ctx, admin)
	if kit.IsKind(err, kit.Conflict) { // created by another process in between
		_, err = adminExists(ctx, store, admin.Email)
		return false, err
	}
	return err == nil, err
}

func adminExists(ctx context.Context, store *Store, email Email) (bool, error) {
	account, found, err := store.Account(ctx, email)
	switch {
	case err != nil || !found:
		return false, err
	case account.Role != kit.RoleAdmin:
		return false, fmt.Errorf("%s is already a user, but not an admin", email)
	case !account.IsActive:
		return false, fmt.Errorf("%s is already an admin, but deactivated", email)
	}
	return true, nil
}
