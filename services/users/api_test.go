package users_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

func TestBadTokens_AreRefusedEverywhere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var session string
	sign := func(method jwt.SigningMethod, key any, change jwt.MapClaims) string {
		c := jwt.MapClaims{
			"sub": "1", "email": rootEmail, "role": "admin", "jti": "x", "iss": "microdemo", "aud": "microdemo",
			"sid": session, "iat": time.Now().Add(-time.Minute).Unix(), "exp": time.Now().Add(time.Minute).Unix(),
		}
		for name, value := range change {
			c[name] = value
		}
		signed, err := jwt.NewWithClaims(method, c).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	secret := []byte(kittest.Secret)
	session = sessionOf(t, b.root)
	b.base.As(sign(jwt.SigningMethodHS256, secret, nil)).Do(t, http.MethodGet, "/users/me", nil).Want(http.StatusOK)
	for name, token := range map[string]string{
		"none":           "",
		"malformed":      "nonsense",
		"alg none":       sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil),
		"another alg":    sign(jwt.SigningMethodHS512, secret, nil),
		"another key":    sign(jwt.SigningMethodHS256, []byte(strings.Repeat("k", 32)), nil),
		"expired":        sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"exp": time.Now().Add(-time.Minute).Unix()}),
		"no expiry":      sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"exp": nil}),
		"wrong audience": sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"aud": "other"}),
		"wrong issuer":   sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"iss": "other"}),
		"no user id":     sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"sub": "root"}),
		"unknown role":   sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"role": "owner"}),
		"no session":     sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"sid": nil}),
		"no session's":   sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"sid": "nonsense"}),
		"unknown":        sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"sid": "01936e2e-5f0a-7cc3-8f5e-0d3c9b1a2f47"}),
		"unknown user":   sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"sub": "999999"}),
	} {
		t.Run(name, func(t *testing.T) {
			for _, p := range []string{"/users/me", "/users/", "/users/1"} {
				answer := b.base.As(token).Do(t, http.MethodGet, p, nil)
				answer.WantProblem(http.StatusUnauthorized, "")
				if answer.Header.Get("WWW-Authenticate") != "Bearer" {
					t.Errorf("no WWW-Authenticate: %v", answer.Header)
				}
			}
		})
	}
}

func TestToken_DiesWithTheAccount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client, bob := b.person(t)
	b.root.Do(t, http.MethodPut, path(bob.ID), object{"is_active": false}).Want(http.StatusOK)
	for _, p := range []string{"/users/me", "/users/me/preferences", path(bob.ID)} {
		client.Do(t, http.MethodGet, p, nil).WantProblem(http.StatusUnauthorized, "")
	}
	// What was taken away does not come back by itself.
	b.root.Do(t, http.MethodPut, path(bob.ID), object{"is_active": true}).Want(http.StatusOK)
	client.Do(t, http.MethodGet, "/users/me", nil).WantProblem(http.StatusUnauthorized, "")
	client = b.login(t, bob.Email, password)
	client.Do(t, http.MethodGet, "/users/me", nil).Want(http.StatusOK)

	b.root.Do(t, http.MethodDelete, path(bob.ID), nil).Want(http.StatusNoContent)
	answer := client.Do(t, http.MethodGet, "/users/me", nil)
	answer.WantProblem(http.StatusUnauthorized, "")
	if answer.Header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("no WWW-Authenticate: %v", answer.Header)
	}
}

func TestToken_OfADemotedAdminOpensNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client, admin := b.admin(t)
	client.Do(t, http.MethodGet, "/users/", nil).Want(http.StatusOK)
	b.root.Do(t, http.MethodPut, path(admin.ID), object{"role": "user"}).Want(http.StatusOK)

	client.Do(t, http.MethodGet, "/users/", nil).WantProblem(http.StatusUnauthorized, "")
	client.Do(t, http.MethodPut, path(admin.ID), object{"role": "admin"}).WantProblem(http.StatusUnauthorized, "")
	client.Do(t, http.MethodPost, path(b.rootID)+"/reset_password", nil).WantProblem(http.StatusUnauthorized, "")

	client = b.login(t, admin.Email, password)
	client.Do(t, http.MethodGet, "/users/", nil).WantProblem(http.StatusForbidden, "")
	client.Do(t, http.MethodPost, "/users/", object{"name": "X", "email": "x@example.com"}).WantProblem(http.StatusForbidden, "")
	client.Do(t, http.MethodGet, path(b.rootID), nil).WantProblem(http.StatusForbidden, "")
	client.Do(t, http.MethodDelete, path(b.rootID), nil).WantProblem(http.StatusForbidden, "")
	if me := b.me(t, client); me.Role != "user" {
		t.Errorf("me = %+v", me)
	}
}

func TestToken_SaysARoleThatIsLookedUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client, bob := b.person(t)
	claimed, err := kit.NewTokens(kittest.Secret, time.Now).Issue(bob.ID, bob.Email, kit.RoleAdmin, sessionOf(t, client))
	if err != nil {
		t.Fatal(err)
	}
	b.base.As(claimed).Do(t, http.MethodGet, "/users/", nil).WantProblem(http.StatusForbidden, "")
}
