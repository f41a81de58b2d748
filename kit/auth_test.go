package kit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

func TestTokens_SayWhoseTheyAre(t *testing.T) {
	t.Parallel()
	tokens := kit.NewTokens(kittest.Secret, func() time.Time { return time.Unix(1_800_000_000, 0) })
	for _, role := range []kit.Role{kit.RoleUser, kit.RoleAdmin} {
		token, err := tokens.Issue(7, "a@example.com", role, "S")
		if err != nil {
			t.Fatal(err)
		}
		caller, err := tokens.Verify(token)
		if want := (kit.Caller{UserID: 7, Email: "a@example.com", Role: role, Session: "S", Expires: time.Unix(1_800_000_000, 0).Add(kit.AccessTokenLife)}); err != nil || caller != want {
			t.Errorf("%s became %+v (%v)", role, caller, err)
		}
	}
	token, err := tokens.IssueForService("orders")
	if err != nil {
		t.Fatal(err)
	}
	caller, err := tokens.Verify(token)
	if want := (kit.Caller{Service: "orders", Role: kit.RoleService, Expires: time.Unix(1_800_000_000, 0).Add(time.Minute)}); err != nil || caller != want {
		t.Errorf("a service became %+v (%v)", caller, err)
	}
}

func TestTokens_Expire(t *testing.T) {
	t.Parallel()
	now := time.Now()
	tokens := kit.NewTokens(kittest.Secret, func() time.Time { return now })
	user, err := tokens.Issue(7, "a@example.com", kit.RoleUser, "S")
	if err != nil {
		t.Fatal(err)
	}
	service, err := tokens.IssueForService("orders")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		token string
		life  time.Duration
	}{{user, kit.AccessTokenLife}, {service, time.Minute}} {
		start := now
		now = start.Add(c.life - 2*time.Second)
		if _, err := tokens.Verify(c.token); err != nil {
			t.Errorf("before its end: %v", err)
		}
		now = start.Add(c.life + time.Second)
		if _, err := tokens.Verify(c.token); err == nil {
			t.Errorf("good after %s", c.life)
		}
		now = start
	}
}

func TestTokens_AreTakenByAMachineWhoseClockIsBehind(t *testing.T) {
	t.Parallel()
	token, err := kit.NewTokens(kittest.Secret, time.Now).IssueForService("orders")
	if err != nil {
		t.Fatal(err)
	}
	behind := kit.NewTokens(kittest.Secret, func() time.Time { return time.Now().Add(-2 * time.Second) })
	if _, err := behind.Verify(token); err != nil {
		t.Error(err)
	}
}

func TestTokens_OfOthersAreRefused(t *testing.T) {
	t.Parallel()
	tokens := kit.NewTokens(kittest.Secret, time.Now)
	good, err := tokens.Issue(7, "a@example.com", kit.RoleUser, "S")
	if err != nil {
		t.Fatal(err)
	}
	other, err := kit.NewTokens(kit.Secret(strings.Repeat("x", 32)), time.Now).Issue(7, "a@example.com", kit.RoleUser, "S")
	if err != nil {
		t.Fatal(err)
	}
	parts, others := strings.Split(good, "."), strings.Split(other, ".")
	none, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{
		"sub": "7", "role": "admin", "iss": "microdemo", "aud": "microdemo", "exp": time.Now().Add(time.Hour).Unix(),
	}).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	// Signed rightly, but with what RFC 7515, section 4.1.11, has refused: an
	// extension that must be understood and is not, or none where one must be.
	critical := func(names any) string {
		token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
			"sub": "7", "role": "admin", "sid": "S", "iss": "microdemo", "aud": "microdemo", "exp": time.Now().Add(time.Hour).Unix(),
		})
		token.Header["crit"], token.Header["x"] = names, true
		signed, err := token.SignedString([]byte(kittest.Secret))
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	for name, token := range map[string]string{
		"critical":         critical([]string{"x"}),
		"critical, empty":  critical([]string{}),
		"critical, null":   critical(nil),
		"critical, a text": critical("x"),
		"empty":            "",
		"another key":      other,
		"another's body":   parts[0] + "." + others[1] + "." + parts[2],
		"alg none":         none,
		"alg none, signed": strings.Split(none, ".")[0] + "." + parts[1] + "." + parts[2],
		"cut":              good[:len(good)-1],
		"longer":           good + "A",
		"in blanks":        " " + good,
	} {
		if caller, err := tokens.Verify(token); err == nil || caller != (kit.Caller{}) {
			t.Errorf("%s: taken as %+v", name, caller)
		}
	}
}
