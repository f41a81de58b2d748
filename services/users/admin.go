package users

import (
	"context"
	"fmt"

	"microdemo/kit"
)

// CreateAdmin makes an administrator in the database, whose schema it brings up
// to date. If there is an active one with this e-mail already, created is false
// and nothing changes, not even the password.
func CreateAdmin(ctx context.Context, databaseURL kit.Secret, name, email, password string) (created bool, err error) {
	if err := check("name", Name(name)); err != nil {
		return false, err
	}
	if err := check("e-mail address", Email(email)); err != nil {
		return false, err
	}
	if err := check("password", Password(password)); err != nil {
		return false, err
	}
	db, err := kit.OpenPostgres(ctx, databaseURL, migrations)
	if err != nil {
		return false, err
	}
	defer db.Close()
	store := &Store{db: db}

	there, err := adminThere(ctx, store, Email(email))
	if there || err != nil {
		return false, err
	}
	hash, err := newPasswords().hash(ctx, password)
	if err != nil {
		return false, err
	}
	_, err = store.Create(ctx, NewUser{Name: Name(name), Email: Email(email), Role: kit.RoleAdmin, PasswordHash: hash})
	if kit.IsKind(err, kit.Conflict) { // someone else was quicker
		_, err = adminThere(ctx, store, Email(email))
		return false, err
	}
	return err == nil, err
}

func adminThere(ctx context.Context, store *Store, email Email) (bool, error) {
	account, known, err := store.Account(ctx, email)
	switch {
	case err != nil || !known:
		return false, err
	case account.Role != kit.RoleAdmin:
		return false, fmt.Errorf("%s is a user already, but not an admin", email)
	case !account.IsActive:
		return false, fmt.Errorf("%s is an admin already, but deactivated", email)
	}
	return true, nil
}
