package users_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/users"
)

// session is somebody who is signed in somewhere.
type session struct {
	kittest.Client
	refresh string
}

func (b *bench) session(t *testing.T, answer kittest.Answer, status int) session {
	t.Helper()
	var got token
	answer.Want(status).Into(&got)
	if got.RefreshToken == "" {
		t.Fatal("no refresh token")
	}
	return session{b.base.As(got.AccessToken), got.RefreshToken}
}

func (b *bench) signIn(t *testing.T, email, password string) session {
	t.Helper()
	return b.session(t, b.base.Do(t, http.MethodPost, "/users/login", object{"email": email, "password": password}), http.StatusOK)
}

func (b *bench) refresh(t *testing.T, token string) kittest.Answer {
	t.Helper()
	return b.base.Do(t, http.MethodPost, "/users/refresh", object{"refresh_token": token})
}

func (b *bench) wantAlive(t *testing.T, s session) session {
	t.Helper()
	s.Do(t, http.MethodGet, "/users/me", nil).Want(http.StatusOK)
	return b.session(t, b.refresh(t, s.refresh), http.StatusOK)
}

func (b *bench) wantDead(t *testing.T, s session) {
	t.Helper()
	s.Do(t, http.MethodGet, "/users/me", nil).WantProblem(http.StatusUnauthorized, "")
	b.refresh(t, s.refresh).WantProblem(http.StatusUnauthorized, "")
}

// query reads one value from the database.
func query[T any](t *testing.T, b *bench, sql string, args ...any) (value T) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), string(b.settings.DatabaseURL))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(t.Context()) }()
	if err := db.QueryRow(t.Context(), sql, args...).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestRefresh_GivesTheNextTokenAndTakesTheOldOneOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.session(t, b.base.Do(t, http.MethodPost, "/users/register", object{"name": "Bob", "email": "bob@example.com", "password": password}),
		http.StatusCreated)
	second := b.wantAlive(t, first)
	if second.refresh == first.refresh || second.Token == first.Token {
		t.Error("the token was not replaced")
	}
	third := b.wantAlive(t, second)
	first.Do(t, http.MethodGet, "/users/me", nil).Want(http.StatusOK) // it has not expired
	other := b.signIn(t, "bob@example.com", password)

	answer := b.refresh(t, first.refresh)
	answer.WantProblem(http.StatusUnauthorized, "")
	if answer.Header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("no WWW-Authenticate: %v", answer.Header)
	}
	for _, s := range []session{first, second, third} {
		b.wantDead(t, s)
	}
	b.wantAlive(t, other)
}

func TestRefresh_AskedManyTimesAtOnceGivesOneAndEndsTheSession(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 5 {
		s := b.signIn(t, rootEmail, password)
		var mu sync.Mutex
		var won []session
		statuses := inParallel(t, 12, func(int) (kittest.Answer, error) {
			answer, err := b.base.Try(http.MethodPost, "/users/refresh", object{"refresh_token": s.refresh})
			var got token
			if err == nil && answer.Status == http.StatusOK {
				err = json.Unmarshal(answer.Raw, &got)
				mu.Lock()
				won = append(won, session{b.base.As(got.AccessToken), got.RefreshToken})
				mu.Unlock()
			}
			return answer, err
		})
		if statuses[http.StatusOK] != 1 || statuses[http.StatusUnauthorized] != 11 || len(won) != 1 {
			t.Fatalf("statuses = %v, want one 200 and 11 times 401", statuses)
		}
		b.wantDead(t, won[0])
	}
}

func TestRefresh_RefusesWhatIsNoToken(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.signIn(t, rootEmail, password)
	for _, refresh := range []string{"", "x", s.Token[:100], s.refresh[:85], s.refresh + "A", strings.ToLower(s.refresh), strings.Repeat("A", 86), "\x00"} {
		b.refresh(t, refresh).WantProblem(http.StatusUnauthorized, "")
	}
	answer := b.refresh(t, s.refresh+strings.Repeat("A", 200))
	if answer.WantProblem(http.StatusUnprocessableEntity, "body.refresh_token"); bytes.Contains(answer.Raw, []byte(s.refresh)) {
		t.Errorf("the token is answered: %s", answer.Raw)
	}
	b.base.Do(t, http.MethodPost, "/users/refresh", object{}).WantProblem(http.StatusUnprocessableEntity, "")
	wrong := b.base.Do(t, http.MethodPost, "/users/refresh", object{"refresh_token": 5}).WantProblem(http.StatusUnprocessableEntity, "body.refresh_token")
	if wrong.Errors[0].Value != nil {
		t.Errorf("the value is answered: %v", wrong.Errors)
	}
	b.wantAlive(t, s)
}

func TestRefresh_TellsOfARoleThatWasGiven(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, bob := b.person(t)
	s := b.signIn(t, bob.Email, password)
	b.root.Do(t, http.MethodPut, path(bob.ID), object{"email": "robert@example.com"}).Want(http.StatusOK)
	next := b.wantAlive(t, s)
	caller, err := kit.NewTokens(kittest.Secret, b.env.Now).Verify(next.Token)
	if err != nil || caller.Email != "robert@example.com" || caller.UserID != bob.ID || caller.Session != sessionOf(t, s.Client) {
		t.Errorf("refreshed to %+v (%v)", caller, err)
	}
}

func TestSession_EndsWhenItIsIdleOrOld(t *testing.T) {
	t.Parallel()
	b := setupWith(t, func(c *users.Config) { c.SessionLife, c.SessionIdleLife = 5*time.Hour, 2*time.Hour })
	idle, used := b.signIn(t, rootEmail, password), b.signIn(t, rootEmail, password)
	for range 4 {
		b.pass(time.Hour + 10*time.Minute)
		used = b.session(t, b.refresh(t, used.refresh), http.StatusOK)
	}
	b.refresh(t, idle.refresh).WantProblem(http.StatusUnauthorized, "")
	b.pass(20*time.Minute - time.Second) // 5 hours since the beginning, but for a second
	used = b.session(t, b.refresh(t, used.refresh), http.StatusOK)
	b.pass(time.Second)
	b.refresh(t, used.refresh).WantProblem(http.StatusUnauthorized, "")
	used.Do(t, http.MethodGet, "/users/me", nil).Want(http.StatusOK) // until its own end
	b.pass(kit.AccessTokenLife + time.Second)
	used.Do(t, http.MethodGet, "/users/me", nil).WantProblem(http.StatusUnauthorized, "")
}

func TestSessions_OfAUserAreBounded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, bob := b.person(t)
	oldest := b.signIn(t, bob.Email, password)
	for range 19 {
		b.pass(time.Second)
		b.signIn(t, bob.Email, password)
	}
	b.pass(time.Second)
	oldest = b.wantAlive(t, oldest) // used, so the second one is the next to go
	b.pass(time.Second)
	b.signIn(t, bob.Email, password)
	if n := query[int](t, b, `SELECT count(*) FROM sessions WHERE user_id = $1 AND expires_at > $2`, bob.ID, b.env.Now()); n != 20 {
		t.Errorf("%d sessions can be refreshed", n)
	}
	oldest = b.wantAlive(t, oldest)
	for range 20 {
		b.pass(time.Second)
		b.signIn(t, bob.Email, password)
	}
	b.refresh(t, oldest.refresh).WantProblem(http.StatusUnauthorized, "")
	// Who signs in again and again, instead of refreshing, is not thrown out.
	oldest.Do(t, http.MethodGet, "/users/me", nil).Want(http.StatusOK)
	b.root.Do(t, http.MethodPut, path(bob.ID), object{"is_active": false}).Want(http.StatusOK)
	b.wantDead(t, oldest)
}

func TestLogout_EndsOneSession(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, bob := b.person(t)
	for _, body := range []any{nil, "", object{}, object{"refresh_token": "x"}} {
		here, there := b.signIn(t, bob.Email, password), b.signIn(t, bob.Email, password)
		here.Do(t, http.MethodPost, "/users/logout", body).Want(http.StatusNoContent)
		b.wantDead(t, here)
		here.Do(t, http.MethodPost, "/users/logout", nil).WantProblem(http.StatusUnauthorized, "")
		b.wantAlive(t, there)
	}
}

func TestSignIn_InTheMomentOfDeactivationGivesNothingThatLasts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, bob := b.person(t)
	for range 8 {
		var mu sync.Mutex
		var got []session
		inParallel(t, 6, func(i int) (kittest.Answer, error) {
			if i == 0 {
				return b.root.Try(http.MethodPut, path(bob.ID), object{"is_active": false})
			}
			answer, err := b.base.Try(http.MethodPost, "/users/login", object{"email": bob.Email, "password": password})
			var made token
			if err == nil && answer.Status == http.StatusOK {
				err = json.Unmarshal(answer.Raw, &made)
				mu.Lock()
				got = append(got, session{b.base.As(made.AccessToken), made.RefreshToken})
				mu.Unlock()
			}
			return answer, err
		})
		for _, s := range got {
			b.wantDead(t, s)
		}
		b.root.Do(t, http.MethodPut, path(bob.ID), object{"is_active": true}).Want(http.StatusOK)
	}
}

func TestRefreshToken_IsKeptHashed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.signIn(t, rootEmail, password)
	row := query[string](t, b, `SELECT sessions::text FROM sessions WHERE id::text = $1`, sessionOf(t, s.Client))
	stored := query[[]byte](t, b, `SELECT key_hash || turn_hash FROM sessions WHERE id::text = $1`, sessionOf(t, s.Client))
	if strings.Contains(row, s.refresh) || len(stored) != 64 || bytes.Equal(stored, []byte(s.refresh)) {
		t.Errorf("stored %s", row)
	}
}

func TestEndedSessions_AreDeletedOnceNothingNeedsThem(t *testing.T) {
	t.Parallel()
	b := setup(t)
	store := users.NewStore(t, b.config, b.env)
	_, bob := b.person(t)
	revoked, kept := b.signIn(t, bob.Email, password), b.signIn(t, rootEmail, password)
	query[int](t, b, `WITH many AS (
		INSERT INTO sessions (id, user_id, key_hash, turn_hash, created_at, expires_at, ends_at)
		SELECT gen_random_uuid(), 1, sha256(i::text::bytea), '', $1, $1, $1 FROM generate_series(1, 2500) AS i RETURNING 1
	) SELECT count(*) FROM many`, b.env.Now().Add(-24*time.Hour))
	revoked.Do(t, http.MethodPost, "/users/logout", nil).Want(http.StatusNoContent)
	for _, c := range []struct {
		wait    time.Duration
		expired int
		there   bool
	}{{0, 0, true}, {kit.AccessTokenLife, 0, true}, {kit.RevocationLife - kit.AccessTokenLife + time.Second, 0, false}} {
		b.pass(c.wait)
		if err := store.DeleteEndedSessions(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := query[int](t, b, `SELECT count(*) FROM sessions WHERE user_id = 1 AND created_at = ends_at`); n != c.expired {
			t.Errorf("%d expired sessions are left", n)
		}
		if there := query[bool](t, b, `SELECT EXISTS (SELECT FROM sessions WHERE id::text = $1)`, sessionOf(t, revoked.Client)); there != c.there {
			t.Errorf("after %s, the revoked session is there: %v", c.wait, there)
		}
	}
	b.session(t, b.refresh(t, kept.refresh), http.StatusOK)
}

// TestSessions_AreNotBelievedLongerThanElsewhere looks at how long what is cached
// would live if the process died before it could drop it.
func TestSessions_AreNotBelievedLongerThanElsewhere(t *testing.T) {
	t.Parallel()
	for _, configured := range []time.Duration{5 * time.Second, 30 * time.Second, time.Second} {
		redis := miniredis.RunT(t)
		b := setupWith(t, func(c *users.Config) {
			c.RedisURL, c.CacheLife = kit.Secret("redis://"+redis.Addr()+"/0"), configured
		})
		bob, user := b.person(t)
		most := min(configured, 5*time.Second)
		for _, key := range []string{"session:" + sessionOf(t, bob), fmt.Sprintf("user:%d", user.ID)} {
			kittest.Eventually(t, key+" is cached", func() bool {
				b.me(t, bob)
				return redis.Exists(key)
			})
			if life := redis.TTL(key); life <= 0 || life > most {
				t.Errorf("CACHE_LIFE=%s: %s lives for %s", configured, key, life)
			}
		}
	}
}
