package pgserver

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMakeSocketFolder_RefusesWhatOthersCanReach(t *testing.T) {
	t.Parallel()
	self := identity{uid: os.Geteuid(), gid: os.Getegid()}
	dir := t.TempDir()
	private := filepath.Join(dir, "private")
	for range 2 { // the second finds it there
		if err := makeSocketFolder(private, self); err != nil {
			t.Error(err)
		}
	}

	open := filepath.Join(dir, "open")
	if err := os.Mkdir(open, 0o755); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(private, link); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{open, link} {
		if err := makeSocketFolder(folder, self); err == nil {
			t.Errorf("%s was accepted", folder)
		}
	}
	if err := makeSocketFolder(private, identity{uid: self.uid + 1}); err == nil {
		t.Error("a folder of another user was accepted")
	}
}

func TestSocketFolder(t *testing.T) {
	t.Parallel()
	if got := socketFolder("/data", 7); got != "/data/run" {
		t.Errorf("socketFolder(/data) = %s", got)
	}
	long := "/" + strings.Repeat("x", 90)
	got := socketFolder(long, 7)
	if again := socketFolder(long, 7); again != got {
		t.Errorf("socketFolder is %s, then %s", got, again)
	}
	if len(filepath.Join(got, socketName)) > maxSocketPath {
		t.Errorf("%s is too long", got)
	}
	for _, other := range []string{socketFolder(long, 8), socketFolder(long+"y", 7)} {
		if other == got {
			t.Errorf("%s is used twice", got)
		}
	}
}
