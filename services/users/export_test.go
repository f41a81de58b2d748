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
)

// Argon is how passwords are hashed.
var Argon = argon

// NewCrowdedPasswords makes hashing that has no free slot and lets one more
// wait; its functions check a password and give the hash that stands in for
// that of unknown people.
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

// DummyHash stands in for the hash of unknown people.
func DummyHash() string { return newPasswords().dummy }

// Tidy is the one form of preferences, or why they cannot be kept.
func Tidy(raw []byte) (tidied []byte, problem string) {
	p := Preferences{raw}
	problem = p.tidy()
	return p.RawMessage, problem
}

// NewStore makes the store of a service that is configured like this.
func NewStore(t *testing.T, config Config, env kit.Env) *Store {
	t.Helper()
	db, err := kit.OpenPostgres(t.Context(), config.DatabaseURL, migrations)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	store := &Store{db: db, now: env.Now}
	store.sessionLife, store.sessionIdleLife = config.lives()
	return store
}
