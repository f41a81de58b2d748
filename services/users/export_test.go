package users

import (
	"context"
	"testing"

	"microdemo/kit"
)

// The queries whose plans are tested, with their parameters in order.
const (
	ListSQL        = listSQL
	CountSQL       = countSQL
	SearchSQL      = searchSQL
	SearchCountSQL = searchCountSQL
	RevocationsSQL = revocationsSQL
)

// Argon is how passwords are hashed.
var Argon = argon

// NewCrowdedPasswords makes a hasher without a free slot that lets one caller wait. Its
// functions check a password, free the slot, and count the waiting callers.
func NewCrowdedPasswords() (match func(context.Context) error, leave func(), waiting func() int64) {
	p := newPasswords()
	p.slots, p.mostWaiting = make(chan struct{}, 1), 1
	p.slots <- struct{}{}
	match = func(ctx context.Context) error {
		_, err := p.match(ctx, "password123", "")
		return err
	}
	return match, p.release, p.waiting.Load
}

// DummyHash is the hash to compare with when the user does not exist.
func DummyHash() string { return newPasswords().dummy }

// Compact is the compact form of preferences, or an error if they cannot be stored.
func Compact(raw []byte) ([]byte, error) {
	p := Preferences{raw}
	err := p.compact("body.preferences")
	return p.RawMessage, err
}

// NewStore makes the store of a service with this configuration.
func NewStore(t *testing.T, config Config, env kit.Env) *Store {
	t.Helper()
	db, err := kit.OpenPostgres(t.Context(), config.DatabaseURL, migrations)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return newStore(db, nil, config, env.Now)
}
