package users_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/users"
)

// revocations asks as another service does.
func (b *bench) revocations(t *testing.T, after int64) (page kit.RevocationPage) {
	t.Helper()
	b.service(t).Do(t, http.MethodGet, fmt.Sprintf("/users/revocations?after=%d", after), nil).Want(http.StatusOK).Into(&page)
	return page
}

func TestRevocations_TellEveryEndedSessionOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if page := b.revocations(t, 0); len(page.Revoked) != 0 {
		t.Errorf("revoked %+v", page)
	}
	_, bob := b.person(t) // one session
	here, there := b.signIn(t, bob.Email, password), b.signIn(t, bob.Email, password)
	here.Do(t, http.MethodPost, "/users/logout", nil).Want(http.StatusNoContent)
	first := b.revocations(t, 0)
	if len(first.Revoked) != 1 || first.Revoked[0].Session != sessionOf(t, here.Client) || first.Last != first.Revoked[0].Number {
		t.Errorf("after one logout: %+v", first)
	}
	b.root.Do(t, http.MethodDelete, path(bob.ID), nil).Want(http.StatusNoContent)
	second := b.revocations(t, first.Last)
	if len(second.Revoked) != 2 || !slices.ContainsFunc(second.Revoked, func(r kit.Revocation) bool { return r.Session == sessionOf(t, there.Client) }) {
		t.Errorf("after the user was deleted: %+v", second)
	}
	if page := b.revocations(t, second.Last); len(page.Revoked) != 0 || page.Last != second.Last {
		t.Errorf("and then: %+v", page)
	}
	b.service(t).Do(t, http.MethodGet, "/users/revocations?after=-1", nil).WantProblem(http.StatusUnprocessableEntity, "query.after")
}

// TestRevocations_NoneIsMissedByWhoAsksMeanwhile revokes in many transactions at
// once, of one session and of many.
func TestRevocations_NoneIsMissedByWhoAsksMeanwhile(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var clients []kittest.Client
	want := map[string]bool{}
	for range 4 {
		_, bob := b.person(t)
		for range 6 {
			s := b.signIn(t, bob.Email, password)
			clients = append(clients, s.Client)
			want[sessionOf(t, s.Client)] = true
		}
	}
	done := make(chan map[int]int)
	go func() {
		done <- inParallel(t, len(clients), func(i int) (kittest.Answer, error) {
			if i%6 == 0 {
				return clients[i].Try(http.MethodPut, "/users/me/password", object{"current_password": password, "new_password": password})
			}
			return clients[i].Try(http.MethodPost, "/users/logout", nil)
		})
	}()
	seen := map[string]bool{}
	var after int64
	read := func() {
		for _, r := range b.revocations(t, after).Revoked {
			if r.Number <= after || seen[r.Session] {
				t.Errorf("%+v was told again, or not in order, after %d", r, after)
			}
			after, seen[r.Session] = r.Number, true
		}
	}
	for busy := true; busy; {
		select {
		case <-done:
			busy = false
		default:
		}
		read()
	}
	for i := 0; i < len(clients); i += 6 { // those that changed the password went on
		clients[i].Do(t, http.MethodPost, "/users/logout", nil).Want(http.StatusNoContent)
		read()
	}
	for session := range maps.Keys(want) {
		if !seen[session] {
			t.Errorf("the revocation of %s was missed", session)
		}
	}
}

// TestRevocations_AreFoundByAnIndex reads the plan among 100,000 sessions.
func TestRevocations_AreFoundByAnIndex(t *testing.T) {
	t.Parallel()
	b := setup(t)
	db, err := pgxpool.New(t.Context(), string(b.settings.DatabaseURL))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	for _, sql := range []string{
		`INSERT INTO sessions (id, user_id, key_hash, turn_hash, created_at, expires_at, ends_at, revocation)
		SELECT gen_random_uuid(), i, sha256(i::text::bytea), '', now(), now(), now(), CASE WHEN i % 10 = 0 THEN i END
		FROM generate_series(1, 100000) AS i`,
		`ANALYZE sessions`,
	} {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for _, after := range []int{0, 50_000, 99_990, 100_000} {
		kittest.PlanOf(t, db, users.RevocationsSQL, kit.PlanWithValues, after, kit.RevocationsPerPage).WantIndexed(t, 2*kit.RevocationsPerPage, kit.RevocationsPerPage)
	}
}

func TestRevocations_OfAnImport(t *testing.T) {
	t.Parallel()
	b := setup(t)
	stays, _ := b.person(t)
	out, outUser := b.person(t)
	promoted, promotedUser := b.person(t)
	b.load(t, "", 0, 2, 0, "email,name,role,is_active", outUser.Email+",Out,user,false", promotedUser.Email+",Up,admin,true")
	if page := b.revocations(t, 0); len(page.Revoked) != 2 {
		t.Errorf("revoked %+v", page)
	}
	for _, client := range []kittest.Client{out, promoted} {
		client.Do(t, http.MethodGet, "/users/me", nil).WantProblem(http.StatusUnauthorized, "")
	}
	stays.Do(t, http.MethodGet, "/users/me", nil).Want(http.StatusOK)
}

func TestRevocation_ByWhatIsDoneToTheAccount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, c := range map[string]struct {
		do      func(admin, here kittest.Client, id int64) kittest.Answer
		status  int
		goesOn  bool // here
		elseToo bool // elsewhere
	}{
		"password changed": {func(_, here kittest.Client, _ int64) kittest.Answer {
			return here.Do(t, http.MethodPut, "/users/me/password", object{"current_password": password, "new_password": "new-password"})
		}, 204, true, false},
		"password not changed": {func(_, here kittest.Client, _ int64) kittest.Answer {
			return here.Do(t, http.MethodPut, "/users/me/password", object{"current_password": "wrong-password", "new_password": "new-password"})
		}, 422, true, true},
		"password reset": {func(admin, _ kittest.Client, id int64) kittest.Answer {
			return admin.Do(t, http.MethodPost, path(id)+"/reset_password", nil)
		}, 200, false, false},
		"deactivated": {func(admin, _ kittest.Client, id int64) kittest.Answer {
			return admin.Do(t, http.MethodPut, path(id), object{"is_active": false})
		}, 200, false, false},
		"promoted": {func(admin, _ kittest.Client, id int64) kittest.Answer {
			return admin.Do(t, http.MethodPut, path(id), object{"role": "admin"})
		}, 200, false, false},
		"deleted": {func(admin, _ kittest.Client, id int64) kittest.Answer {
			return admin.Do(t, http.MethodDelete, path(id), nil)
		}, 204, false, false},
		"renamed": {func(admin, _ kittest.Client, id int64) kittest.Answer {
			return admin.Do(t, http.MethodPut, path(id), object{"name": "New", "role": "user", "is_active": true})
		}, 200, true, true},
	} {
		_, bob := b.person(t)
		here, elsewhere := b.signIn(t, bob.Email, password), b.signIn(t, bob.Email, password)
		t.Run(name, func(t *testing.T) {
			c.do(b.root, here.Client, bob.ID).Want(c.status)
			for i, goesOn := range []bool{c.goesOn, c.elseToo} {
				if s := []session{here, elsewhere}[i]; goesOn {
					b.wantAlive(t, s)
				} else {
					b.wantDead(t, s)
				}
			}
		})
	}
	b.me(t, b.root)
}

func TestLogout_IsSeenByEveryReplicaAtOnceWithAndWithoutRedis(t *testing.T) {
	t.Parallel()
	redis := kittest.NewRedisServer(t)
	if err := redis.Start(); err != nil {
		t.Fatal(err)
	}
	b := setupWith(t, func(c *users.Config) { c.RedisURL = redis.URL() })
	other := b.replica(t, kittest.Env(t))
	for _, away := range []bool{false, true} {
		if away {
			redis.Kill()
		}
		s := b.signIn(t, rootEmail, password)
		for range 3 { // so that it would be cached
			other.As(s.Token).Do(t, http.MethodGet, "/users/me", nil).Want(http.StatusOK)
		}
		s.Do(t, http.MethodPost, "/users/logout", nil).Want(http.StatusNoContent)
		other.As(s.Token).Do(t, http.MethodGet, "/users/me", nil).WantProblem(http.StatusUnauthorized, "")
	}
}
