package kittest

import (
	"embed"
	"io/fs"
	"testing"
	"testing/fstest"
)

// Before is a service's migrations without the one that begins with name, and
// without those behind it: its database as the version before had it.
func Before(t testing.TB, migrations embed.FS, name string) fs.FS {
	t.Helper()
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	before := fstest.MapFS{}
	for _, f := range files {
		text, err := migrations.ReadFile("migrations/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if f.Name() < name {
			before["migrations/"+f.Name()] = &fstest.MapFile{Data: text}
		}
	}
	return before
}
