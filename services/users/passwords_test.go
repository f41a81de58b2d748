package users_test

import (
	"context"
	"testing"

	"github.com/alexedwards/argon2id"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/users"
)

func TestPasswords_CostTheSameForAnUnknownPerson(t *testing.T) {
	t.Parallel()
	params, _, _, err := argon2id.DecodeHash(users.DummyHash())
	if err != nil {
		t.Fatal(err)
	}
	if *params != *users.Argon {
		t.Errorf("the stand-in costs %+v, a password %+v", *params, *users.Argon)
	}
}

func TestPasswords_LetABoundedCrowdWait(t *testing.T) {
	t.Parallel()
	match, leave, waiting := users.NewCrowdedPasswords()
	gone, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() { first <- match(gone) }()
	kittest.Eventually(t, "one waits", func() bool { return waiting() == 1 })

	if err := match(t.Context()); !kit.IsKind(err, kit.RateLimited) {
		t.Errorf("one too many is told %v", err)
	}
	cancel()
	if err := <-first; !kit.IsKind(err, kit.RateLimited) {
		t.Errorf("who left is told %v", err)
	}
	leave()
	if err := match(t.Context()); err != nil {
		t.Errorf("with room, %v", err)
	}
	if waiting() != 0 {
		t.Errorf("%d still wait", waiting())
	}
}
