package kit_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

func TestTokens_CarryTheirCaller(t *testing.T) {
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
			t.Errorf("valid after %s", c.life)
		}
		now = start
	}
}

func TestTokens_AreAcceptedByAMachineWhoseClockIsSlow(t *testing.T) {
	t.Parallel()
	token, err := kit.NewTokens(kittest.Secret, time.Now).IssueForService("orders")
	if err != nil {
		t.Fatal(err)
	}
	slow := kit.NewTokens(kittest.Secret, func() time.Time { return time.Now().Add(-2 * time.Second) })
	if _, err := slow.Verify(token); err != nil {
		t.Error(err)
	}
}

func TestTokens_RefuseForgeries(t *testing.T) {
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
	// Signed with the right key, but refused by RFC 7515, section 4.1.11: a critical
	// extension that is not supported, or an invalid list of them.
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
			t.Errorf("%s: accepted as %+v", name, caller)
		}
	}
}

// FuzzToken_WithoutAValidSignatureIsRefused signs nothing itself: only a valid
// signature may pass.
func FuzzToken_WithoutAValidSignatureIsRefused(f *testing.F) {
	tokens := kit.NewTokens(kittest.Secret, func() time.Time { return time.Unix(1_800_000_000, 0) })
	good, err := tokens.Issue(7, "a@example.com", kit.RoleAdmin, "S")
	if err != nil {
		f.Fatal(err)
	}
	for _, token := range []string{good, "", "..", "a.b.c", good + ".", strings.ToUpper(good), "eyJhbGciOiJub25lIn0.e30."} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		caller, err := tokens.Verify(token)
		if err != nil {
			if caller != (kit.Caller{}) {
				t.Errorf("%q is refused (%v) but gives %+v", token, err, caller)
			}
			return
		}
		dot := strings.LastIndex(token, ".")
		mac := hmac.New(sha256.New, []byte(kittest.Secret))
		mac.Write([]byte(token[:dot]))
		if signature, err := base64.RawURLEncoding.DecodeString(token[dot+1:]); err != nil || !hmac.Equal(signature, mac.Sum(nil)) {
			t.Errorf("%q is accepted as %+v", token, caller)
		}
	})
}

// FuzzToken_HasACallerOrIsRefused signs any header and claims.
func FuzzToken_HasACallerOrIsRefused(f *testing.F) {
	for _, claims := range []string{
		`{"sub":"7","role":"admin","sid":"S","iss":"microdemo","aud":"microdemo","exp":1900000000}`,
		`{"sub":"orders","role":"service","iss":"microdemo","aud":["microdemo"],"exp":1900000000}`,
		`{"sub":"+7","role":"user","sid":"S","iss":"microdemo","aud":"microdemo","exp":1.9e9}`,
		`{"sub":"0","role":"user","sid":"","iss":"microdemo","aud":"microdemo","exp":1e400}`,
		`{"sub":7,"role":[],"iss":{},"aud":[1],"exp":"x"}`, `[]`, `null`, `{`,
	} {
		f.Add(`{"alg":"HS256","typ":"JWT"}`, claims)
	}
	f.Add(`{"alg":"none"}`, `{}`)
	f.Add(`{"alg":"HS256","crit":["exp"]}`, `{}`)
	tokens := kit.NewTokens(kittest.Secret, func() time.Time { return time.Unix(1_800_000_000, 0) })
	f.Fuzz(func(t *testing.T, header, claims string) {
		token := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
		mac := hmac.New(sha256.New, []byte(kittest.Secret))
		mac.Write([]byte(token))
		caller, err := tokens.Verify(token + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
		person := caller.Role == kit.RoleUser || caller.Role == kit.RoleAdmin
		switch {
		case err != nil && caller != (kit.Caller{}),
			err == nil && person && (caller.UserID < 1 || caller.Service != "" || caller.Session == ""),
			err == nil && !person && (caller.Role != kit.RoleService || caller.UserID != 0),
			err == nil && !strings.Contains(header, "HS256"):
			t.Errorf("%s %s is accepted as %+v (%v)", header, claims, caller, err)
		}
	})
}
