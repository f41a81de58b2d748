package microdemo

import (
	"go/build"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestImports_KeepToTheirRooms holds the import rules of the house: a service
// knows kit and no other service, kit knows no service, SQL stays out of api.go.
func TestImports_KeepToTheirRooms(t *testing.T) {
	t.Parallel()
	seen := 0
	err := filepath.WalkDir(".", func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if name := d.Name(); dir != "." && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata") {
			return filepath.SkipDir
		}
		pkg, err := build.ImportDir(dir, 0)
		if err != nil {
			return nil // no Go here
		}
		seen++
		for _, imported := range pkg.Imports {
			if why := forbidden(filepath.ToSlash(dir), imported); why != "" {
				t.Errorf("%s imports %s: %s", dir, imported, why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 8 {
		t.Errorf("only %d packages were looked at", seen)
	}
}

// forbidden says why a package in dir may not import another, or "".
func forbidden(dir, imported string) string {
	own, inside := strings.CutPrefix(imported, "microdemo/")
	switch room, rest, _ := strings.Cut(dir, "/"); room {
	case "kit":
		if inside && !strings.HasPrefix(own, "kit") && (own != "internal/pgserver" || dir != "kit/kittest") {
			return "kit is mechanism and knows no service"
		}
	case "services":
		service := "services/" + strings.Split(rest, "/")[0]
		if inside && !strings.HasPrefix(own, "kit") && !strings.HasPrefix(own+"/", service+"/") {
			return "a service imports kit and nothing else of ours"
		}
		if strings.HasPrefix(own, "kit/kittest") {
			return "kittest is for tests"
		}
	case "internal":
		if inside {
			return "internal packages know nothing of ours"
		}
	case "tool":
		if inside && !strings.HasPrefix(own, "kit") && !strings.HasPrefix(own, "services") && !strings.HasPrefix(own, "tool") && own != "internal/pgserver" {
			return "tools import services, kit and pgserver"
		}
	}
	return ""
}

func TestImports_RulesCanBeBroken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ dir, imported string }{
		{"kit", "microdemo/services/users"},
		{"services/orders", "microdemo/services/inventory"},
		{"services/orders", "microdemo/tool"},
		{"services/orders", "microdemo/kit/kittest"},
		{"tool", "microdemo/cmd/users"},
	} {
		if forbidden(c.dir, c.imported) == "" {
			t.Errorf("%s may import %s", c.dir, c.imported)
		}
	}
}

// TestAPI_HoldsNoSQL keeps the database out of the operations.
func TestAPI_HoldsNoSQL(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("services/*/*api.go")
	if err != nil || len(files) < 3 {
		t.Fatalf("found %v, %v", files, err)
	}
	for _, file := range files {
		pkg, err := build.Default.ImportDir(filepath.Dir(file), 0)
		if err != nil {
			t.Fatal(err)
		}
		for imported, places := range pkg.ImportPos {
			for _, place := range places {
				if strings.HasPrefix(imported, "github.com/jackc/pgx") && filepath.Base(place.Filename) == filepath.Base(file) {
					t.Errorf("%s imports %s", file, imported)
				}
			}
		}
	}
}
