package microdemo

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// mayImport says what a room may import from this module, besides the rooms inside
// it. The first folder that holds a package decides.
var mayImport = []struct {
	folder string
	rooms  []string
}{
	{"cmd", []string{"tool", "services", "kit"}},
	{"tool", []string{"tool", "services", "kit", "internal"}},
	{"services/users", []string{"kit"}},
	{"services/inventory", []string{"kit"}},
	{"services/orders/events", []string{"kit"}},
	{"services/orders/webhooks", []string{"services/orders/events", "kit"}},
	{"services/orders/forecast", nil},
	{"services/orders", []string{"kit"}},
	{"kit/cache", nil},
	{"kit/kittest", []string{"kit", "internal"}},
	{"kit", nil},
	{"internal", nil},
	{"e2e", []string{"cmd", "tool", "services", "kit", "internal"}},
}

// forbidden says why a package in dir may not import another; "" if it may. Tests may
// also import anything in kit.
func forbidden(dir, imported string, test bool) string {
	room, ours := strings.CutPrefix(imported, "microdemo/")
	if !ours || inside(room, dir) {
		return ""
	}
	if inside(room, "kit") && test {
		return ""
	}
	if inside(room, "kit/kittest") {
		return "kittest is for tests"
	}
	for _, rule := range mayImport {
		if !inside(dir, rule.folder) {
			continue
		}
		if inside(room, rule.folder) || slices.ContainsFunc(rule.rooms, func(r string) bool { return inside(room, r) }) {
			return ""
		}
		return fmt.Sprintf("packages in %s import only %s of this module", rule.folder, strings.Join(append(rule.rooms, rule.folder), ", "))
	}
	return "mayImport has no rule for this folder"
}

func inside(dir, folder string) bool { return dir == folder || strings.HasPrefix(dir, folder+"/") }

func TestHouse_NoArrowPointsUpwards(t *testing.T) {
	t.Parallel()
	seen := 0
	eachFolder(t, ".", func(dir string) {
		pkg, err := build.ImportDir(dir, 0)
		if err != nil || dir == "." {
			return // no Go here, or only tests of the house
		}
		seen++
		check := func(imports []string, test bool) {
			for _, imported := range imports {
				if why := forbidden(dir, imported, test); why != "" {
					t.Errorf("%s imports %s: %s", dir, imported, why)
				}
			}
		}
		check(pkg.Imports, false)
		check(slices.Concat(pkg.TestImports, pkg.XTestImports), true)
	})
	if seen < 15 {
		t.Errorf("looked at only %d packages", seen)
	}
}

func TestHouse_ImportRulesCanBeBroken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ dir, imported string }{
		{"kit", "microdemo/services/users"},
		{"kit/csvfile", "microdemo/tool/up"},
		{"kit/cache", "microdemo/kit"},
		{"services/users", "microdemo/services/inventory"},
		{"services/inventory", "microdemo/services/orders/events"},
		{"services/orders", "microdemo/services/users"},
		{"services/orders", "microdemo/tool/up"},
		{"services/orders", "microdemo/kit/kittest"},
		{"services/orders/webhooks", "microdemo/services/orders"},
		{"services/orders/events", "microdemo/services/orders"},
		{"services/orders/events", "microdemo/services/orders/webhooks"},
		{"services/orders/forecast", "microdemo/kit"},
		{"services/new", "microdemo/kit"},
		{"tool/up", "microdemo/cmd/users"},
	} {
		if forbidden(c.dir, c.imported, false) == "" {
			t.Errorf("%s may import %s", c.dir, c.imported)
		}
	}
	for _, c := range []struct{ dir, imported string }{
		{"services/orders", "microdemo/services/orders/webhooks"},
		{"services/orders/webhooks", "microdemo/services/orders/events"},
		{"services/orders/events", "microdemo/services/orders/events/rawstream"},
		{"services/orders/events", "microdemo/kit/csvfile"},
		{"tool/up", "microdemo/tool/gateway"},
	} {
		if why := forbidden(c.dir, c.imported, false); why != "" {
			t.Errorf("%s may not import %s: %s", c.dir, c.imported, why)
		}
	}
}

// TestHouse_OperationsHoldNoSQL keeps the database out of every file that registers an
// operation.
func TestHouse_OperationsHoldNoSQL(t *testing.T) {
	t.Parallel()
	seen := 0
	eachFolder(t, "services", func(dir string) {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			registers, sql := operationsAndSQL(t, source)
			if registers && !strings.HasSuffix(file, "_test.go") {
				seen++
				for _, found := range sql {
					t.Errorf("%s registers an operation and holds %s", file, found)
				}
			}
		}
	})
	if seen < 12 {
		t.Errorf("looked at only %d files", seen)
	}
}

func TestHouse_SQLRuleCanBeBroken(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]bool{
		`package x; import "github.com/jackc/pgx/v5"; var op = huma.Operation{}`:                                    true,
		"package x; var op = huma.Operation{}; const q = `\n\tSELECT id FROM orders`":                               true,
		"package x; func f() { kit.Register(a, b, op, h); db.Exec(`DELETE FROM orders`) }":                          true,
		`package x; var op = huma.Operation{Summary: "Select and delete from the list, or update it"}`:              false,
		"package x; func f() { db.Exec(`UPDATE orders SET a = 1`) } // without an operation, as in the other rooms": false,
	} {
		registers, sql := operationsAndSQL(t, []byte(source))
		if got := registers && len(sql) > 0; got != want {
			t.Errorf("broken is %t, want %t: %s", got, want, source)
		}
	}
}

var statement = regexp.MustCompile(`\b(SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM|WHERE|ORDER BY|ON CONFLICT)\b`)

// operationsAndSQL reports whether a file registers an operation, and the imports and
// texts in it that are for a database.
func operationsAndSQL(t *testing.T, source []byte) (registers bool, sql []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok {
				name := x.Name + "." + n.Sel.Name
				registers = registers || name == "huma.Operation" || name == "kit.Register"
			}
		case *ast.BasicLit:
			if n.Kind == token.STRING && (strings.Contains(n.Value, "jackc/pgx") || statement.MatchString(n.Value)) {
				sql = append(sql, n.Value)
			}
		}
		return true
	})
	return registers, sql
}

// eachFolder calls do with every folder of this module below root that can hold Go.
func eachFolder(t *testing.T, root string, do func(dir string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		name := d.Name()
		_, err = os.Stat(filepath.Join(dir, "go.mod"))
		ownModule := err == nil && dir != "."
		if ownModule || dir != "." && strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata" {
			return filepath.SkipDir
		}
		do(filepath.ToSlash(dir))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
