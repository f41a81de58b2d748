package users_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"microdemo/kit/kittest"
)

const importPath, exportPath = "/users/import/csv", "/users/export/csv"

type report struct {
	Created int      `json:"created_count"`
	Updated int      `json:"updated_count"`
	Skipped int      `json:"skipped_count"`
	Errors  []string `json:"errors"`
}

// load imports as root and wants these counts.
func (b *bench) load(t *testing.T, query string, created, updated, skipped int, lines ...string) (r report) {
	t.Helper()
	b.root.Do(t, http.MethodPost, importPath+query, kittest.CSV(lines...)).Want(http.StatusOK).Into(&r)
	if r.Created != created || r.Updated != updated || r.Skipped != skipped || len(r.Errors) != min(skipped, 10) {
		t.Errorf("reported %+v, want %d created, %d updated, %d skipped", r, created, updated, skipped)
	}
	return r
}

// byEmail finds a user by e-mail; nil if there is none.
func (b *bench) byEmail(t *testing.T, email string) *user {
	t.Helper()
	var found []user
	b.root.Do(t, http.MethodGet, "/users/?q="+email, nil).Want(http.StatusOK).Into(&found)
	for _, u := range found {
		if strings.EqualFold(u.Email, email) {
			return &u
		}
	}
	return nil
}

func (b *bench) exported(t *testing.T) string {
	t.Helper()
	return string(b.root.Do(t, http.MethodGet, exportPath, nil).Want(http.StatusOK).Raw)
}

func TestImport_CreatesAndChangesByEmail(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client, bob := b.person(t)
	b.load(t, "", 2, 1, 0, "email,name,role,is_active",
		strings.ToUpper(bob.Email)+",=Bob,,", "New@example.com,\"New, one\",Admin,FALSE", "'+x@example.com,X,,")
	if got := b.me(t, client); got.Name != "=Bob" || got.Email != bob.Email || got.Role != "user" || !got.IsActive {
		t.Errorf("got %+v", got)
	}
	if got := b.byEmail(t, "new@example.com"); got == nil || got.Name != "New, one" || got.Role != "admin" || got.IsActive || got.Email != "New@example.com" {
		t.Errorf("got %+v", got)
	}
	if !strings.Contains(b.exported(t), ",X,'+x@example.com,") {
		t.Errorf("exported %s", b.exported(t))
	}
	b.load(t, "", 0, 1, 0, "email,name,is_active", bob.Email+",Robert,false")
	client.Do(t, http.MethodGet, "/users/me", nil).WantProblem(http.StatusUnauthorized, "")
	b.load(t, "", 0, 1, 0, "name,email", "Rob,"+bob.Email)
	if got := b.byEmail(t, bob.Email); got.Name != "Rob" || got.IsActive {
		t.Errorf("got %+v", got)
	}
}

func TestImport_NewUserSignsInOnceAPasswordIsSet(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.load(t, "", 1, 0, 0, "name,email", "New,new@example.com")
	for _, attempt := range []string{"", password, "password"} {
		b.base.Do(t, http.MethodPost, "/users/login", object{"email": "new@example.com", "password": attempt}).WantProblem(http.StatusUnauthorized, "")
	}
	var reset struct {
		TempPassword string `json:"temp_password"`
	}
	made := b.byEmail(t, "new@example.com")
	b.root.Do(t, http.MethodPost, path(made.ID)+"/reset_password", nil).Want(http.StatusOK).Into(&reset)
	b.me(t, b.login(t, "new@example.com", reset.TempPassword))
}

func TestImport_SkipsBadRowsAndSaysWhy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lines := []string{
		"name,email,role,is_active",
		"OK,ok@example.com,,",   // 2
		",a@example.com,,",      // 3
		"A,a,,",                 // 4
		"A,,,",                  // 5
		"A,a@example.com,boss,", // 6
		"A,a@example.com,,maybe",
		"\"a\tb\",a@example.com,,",
		strings.Repeat("é", 201) + ",a@example.com,,", // 9
		"A,a@example.com,service,",                    // 10
	}
	dry := b.load(t, "?dry_run=true", 1, 0, 8, lines...)
	if b.byEmail(t, "ok@example.com") != nil {
		t.Error("a dry run has written")
	}
	real := b.load(t, "", 1, 0, 8, lines...)
	if fmt.Sprint(dry) != fmt.Sprint(real) {
		t.Errorf("a dry run reported %+v, then %+v happened", dry, real)
	}
	for i, column := range []string{"name", "email", "email", "role", "is_active", "name", "name", "role"} {
		if want := fmt.Sprintf("Row %d: %s: expected ", i+3, column); !strings.HasPrefix(real.Errors[i], want) {
			t.Errorf("%q, want %q…", real.Errors[i], want)
		}
	}
}

func TestImport_RefusesAFileWithAnEmailTwice(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.root.Do(t, http.MethodPost, importPath, kittest.CSV("name,email", "A,a@example.com", "B,b@example.com", "A,A@Example.com")).
		WantProblem(http.StatusBadRequest, "")
	if !strings.Contains(p.Detail, "Row 4") || b.byEmail(t, "a@example.com") != nil {
		t.Errorf("%q", p.Detail)
	}
	b.root.Do(t, http.MethodPost, importPath, kittest.CSV("name", "A")).WantProblem(http.StatusBadRequest, "")
}

func TestImport_KeepsAnAdminWhoCanSignIn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	lines := []string{"name,email,role,is_active", "Root," + rootEmail + ",user,true", "New,new@example.com,admin,true"}
	dry := b.load(t, "?dry_run=true", 1, 0, 1, lines...)
	real := b.load(t, "", 1, 0, 1, lines...)
	if want := "Row 2: this is the last active admin; make another one first"; fmt.Sprint(dry) != fmt.Sprint(real) || real.Errors[0] != want {
		t.Errorf("reported %+v, then %+v", dry, real)
	}
	b.load(t, "", 0, 0, 1, "name,email,is_active", "Root,"+rootEmail+",false")
	if me := b.me(t, b.root); me.Role != "admin" || !me.IsActive {
		t.Errorf("root is %+v", me)
	}
	// The one who was imported cannot sign in, so root is still the last.
	b.root.Do(t, http.MethodDelete, path(b.rootID), nil).WantProblem(http.StatusConflict, "")
	b.root.Do(t, http.MethodPost, path(b.byEmail(t, "new@example.com").ID)+"/reset_password", nil).Want(http.StatusOK)
	b.load(t, "", 0, 1, 0, lines[:2]...)
	b.root.Do(t, http.MethodGet, exportPath, nil).WantProblem(http.StatusUnauthorized, "")
}

func TestImport_OfTwoAdminsOneStays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, other := b.admin(t)
	got := b.load(t, "", 0, 1, 1, "name,email,role", "Admin,"+other.Email+",user", "Root,"+rootEmail+",user")
	if !strings.HasPrefix(got.Errors[0], "Row 3: ") {
		t.Errorf("reported %+v", got)
	}
	// Another takes over in the same file.
	_, bob := b.person(t)
	b.load(t, "", 0, 2, 0, "name,email,role", "Root,"+rootEmail+",user", "Bob,"+bob.Email+",admin")
	b.root.Do(t, http.MethodGet, "/users/", nil).WantProblem(http.StatusUnauthorized, "")
}

func TestImportAndExport_Access(t *testing.T) {
	t.Parallel()
	b := setup(t)
	client, _ := b.person(t)
	file := kittest.CSV("name,email", "A,a@example.com")
	for caller, want := range map[*kittest.Client]int{&b.base: 401, &client: 403} {
		caller.Do(t, http.MethodPost, importPath, file).WantProblem(want, "")
		caller.Do(t, http.MethodGet, exportPath, nil).WantProblem(want, "")
	}
	a := b.root.Do(t, http.MethodGet, exportPath, nil).Want(http.StatusOK)
	if ct, cd := a.Header.Get("Content-Type"), a.Header.Get("Content-Disposition"); ct != "text/csv; charset=utf-8" || cd != "attachment; filename=users.csv" {
		t.Errorf("%q, %q", ct, cd)
	}
	if !strings.HasPrefix(string(a.Raw), "id,name,email,role,is_active,created_at\r\n1,Root,root@example.com,admin,true,20") {
		t.Errorf("got %q", a.Raw)
	}
	for _, secret := range []string{"argon2", "password"} {
		if strings.Contains(string(a.Raw), secret) {
			t.Errorf("the file holds %q", secret)
		}
	}
}

func TestExport_ImportedIsTheSame(t *testing.T) {
	t.Parallel()
	b := setup(t)
	name := rapid.Custom(func(t *rapid.T) string {
		begin := rapid.SampledFrom([]string{"", "'", "''", "=", "'=", "+", "''-", "@", "＝", "\uFEFF", `"`, ",", " "}).Draw(t, "begin")
		rest := rapid.StringOfN(rapid.Rune().Filter(func(r rune) bool { return r > 0x20 && (r < 0x7f || r > 0xa0) }), 1, 100, -1).Draw(t, "rest")
		return begin + rest
	})
	email := rapid.Custom(func(t *rapid.T) string {
		return rapid.StringMatching(`[=+'-]{0,3}[a-zA-Z0-9]{1,20}`).Draw(t, "local") + "@example.com"
	})
	rapid.Check(t, func(rt *rapid.T) {
		file := "name,email,role,is_active\n"
		for _, address := range rapid.SliceOfNDistinct(email, 1, 5, strings.ToLower).Draw(rt, "emails") {
			// The apostrophe is taken away again where the rest is like a formula.
			file += fmt.Sprintf("%s,%s,user,%v\n", quoted("'"+name.Draw(rt, "name")), address, rapid.Bool().Draw(rt, "active"))
		}
		reported := imported(rt, b, file)
		if !strings.Contains(reported, `"skipped_count":0`) {
			rt.Fatalf("%s\n%s", file, reported)
		}
		first := b.exported(t)
		if reported := imported(rt, b, first); !strings.Contains(reported, `"created_count":0`) || !strings.Contains(reported, `"skipped_count":0`) {
			rt.Fatal(reported)
		}
		if again := b.exported(t); again != first {
			rt.Fatalf("exported\n%q, then\n%q", first, again)
		}
	})
}

func imported(t *rapid.T, b *bench, file string) (reported string) {
	a, err := b.root.Try(http.MethodPost, importPath, kittest.File{Name: "a.csv", Content: file})
	if err != nil || a.Status != http.StatusOK {
		t.Fatalf("%d %s, %v", a.Status, a.Raw, err)
	}
	return string(a.Raw)
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
