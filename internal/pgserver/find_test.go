package pgserver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// fakeInstall creates a bin folder whose postgres only prints its version.
func fakeInstall(t *testing.T, bin, version string) {
	t.Helper()
	writeFile(t, filepath.Join(bin, "postgres"), fmt.Sprintf("#!/bin/sh\necho 'postgres (PostgreSQL) %s'\n", version), 0o755)
	writeFile(t, filepath.Join(bin, "initdb"), "#!/bin/sh\nexit 1\n", 0o755)
}

func writeFile(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	// A program forked by a parallel test could inherit the open file, and a file open
	// for writing cannot be run.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// searchIn returns options that look below root only and do not download.
func searchIn(t *testing.T, root string) Options {
	t.Helper()
	o := options(t)
	o.CacheDir = filepath.Join(root, "cache")
	o.search = &search{
		path:    filepath.Join(root, "path"),
		globs:   []string{filepath.Join(root, "lib", "*", "bin")},
		release: release{pkg: "@example/pg", version: "15.1.0", major: 15},
	}
	o, err := o.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestFind_Order(t *testing.T) {
	t.Parallel()
	root := realPath(t, t.TempDir())
	o := searchIn(t, root)
	expect := func(want, major int, bin ...string) {
		t.Helper()
		got, err := find(t.Context(), o, want)
		if wantBin := filepath.Join(append([]string{root}, bin...)...); err != nil || got.bin != wantBin || got.major != major {
			t.Errorf("find(%d) = %v, %v; want %d in %s", want, got, err, major, wantBin)
		}
	}

	fakeInstall(t, filepath.Join(root, "lib", "9", "bin"), "9.6.1")
	fakeInstall(t, filepath.Join(root, "lib", "14", "bin"), "14.9")
	if got, err := find(t.Context(), o, 0); !errors.Is(err, ErrNotInstalled) {
		t.Errorf("find = %v, %v with old versions only", got, err)
	}
	fakeInstall(t, filepath.Join(root, "lib", "16", "bin"), "16.2 (Debian 16.2-1)")
	fakeInstall(t, filepath.Join(root, "lib", "17", "bin"), "17beta1")
	fakeInstall(t, filepath.Join(root, "lib", "18", "bin"), "broken")
	expect(0, 17, "lib", "17", "bin")
	expect(16, 16, "lib", "16", "bin") // what the data folder was made with
	expect(14, 14, "lib", "14", "bin")

	writeFile(t, filepath.Join(root, "path", "postgres"), "#!/bin/sh\necho postgres 15.1\n", 0o755)
	expect(0, 17, "lib", "17", "bin") // no initdb beside it
	if err := os.Remove(filepath.Join(root, "path", "postgres")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "lib", "16", "bin", "postgres"), filepath.Join(root, "path", "postgres")); err != nil {
		t.Fatal(err)
	}
	expect(0, 16, "lib", "16", "bin")

	fakeInstall(t, o.search.release.bin(o.CacheDir), "15.18")
	expect(0, 15, "cache", "postgresql-15.1.0-pg", "native", "bin")
	expect(17, 17, "lib", "17", "bin")
}

func TestStart_ExplainsHowToInstall(t *testing.T) {
	t.Parallel()
	o := searchIn(t, t.TempDir())
	_, err := Start(t.Context(), o)
	if !errors.Is(err, ErrNotInstalled) || !strings.Contains(err.Error(), "npm is not installed") || !strings.Contains(err.Error(), " install postgresql") {
		t.Errorf("Start = %v, want how to install PostgreSQL", err)
	}
}

func TestStart_LeavesOtherDataAlone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ file, text, want string }{
		"newer major": {"PG_VERSION", "99\n", "made by PostgreSQL 99 and this machine has 16"},
		"older major": {"PG_VERSION", "12\n", "made by PostgreSQL 12, and 15 or newer is needed"},
		"no version":  {"PG_VERSION", "?\n", "cannot read a version"},
		"no data":     {"notes.txt", "mine", "not a PostgreSQL data folder"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			o := searchIn(t, root)
			fakeInstall(t, filepath.Join(root, "lib", "16", "bin"), "16.2")
			file := filepath.Join(o.Dir, "pgdata", test.file)
			writeFile(t, file, test.text, 0o600)

			_, err := Start(t.Context(), o)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("Start = %v, want %q", err, test.want)
			}
			if isMajor := strings.Contains(test.want, "made by"); errors.Is(err, ErrOtherMajor) != isMajor {
				t.Errorf("Start = %v, is ErrOtherMajor: %v", err, !isMajor)
			}
			if text, err := os.ReadFile(file); err != nil || string(text) != test.text {
				t.Errorf("%s = %q, %v after the start", test.file, text, err)
			}
		})
	}
}
