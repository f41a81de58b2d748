package e2e

import (
	"os"
	"testing"
	"time"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/users"
)

// signedIn are the users of usersTemplate: hashing passwords for each test would
// take long.
var signedIn struct{ admin, bob kit.Caller }

// The databases that a system begins with.
var (
	usersTemplate = kittest.NewTemplate(func(t testing.TB, settings kit.Settings) {
		t.Helper()
		service, err := users.New(t.Context(), usersConfig(settings), kittest.Env(t))
		base, stop := kittest.Serve(t, service, err)
		defer stop()
		if _, err := users.CreateAdmin(t.Context(), settings.DatabaseURL, "Admin", "admin@test.com", "password123"); err != nil {
			t.Fatal(err)
		}
		s := &system{t: t, anyone: kittest.Client{Base: base}}
		bob, _ := s.register("bob@example.com")
		for token, caller := range map[string]*kit.Caller{
			s.login("admin@test.com", "password123").Token: &signedIn.admin, bob.Token: &signedIn.bob,
		} {
			if *caller, err = kit.NewTokens(settings.JWTSecretKey, time.Now).Verify(token); err != nil {
				t.Fatal(err)
			}
		}
	})
	inventoryTemplate = kittest.Schema(os.DirFS("../services/inventory"))
	ordersTemplate    = kittest.Schema(os.DirFS("../services/orders"))
)
