package pgserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// minMajor is the oldest PostgreSQL that the services support.
const minMajor = 15

// ErrNotInstalled means that no PostgreSQL was found and none could be downloaded.
var ErrNotInstalled = errors.New("PostgreSQL is not installed")

// ErrOtherMajor means that the data folder was made by a major version of PostgreSQL
// that is not available on this machine.
var ErrOtherMajor = errors.New("data folder of another PostgreSQL major")

// search is where to look for PostgreSQL.
type search struct {
	path    string   // folders as in $PATH
	globs   []string // bin folders of package managers, best first
	npm     string   // the npm command; empty: do not download
	release release  // what to download
}

func defaultSearch() *search {
	npm, err := exec.LookPath("npm")
	if err != nil {
		npm = ""
	}
	return &search{
		path: os.Getenv("PATH"),
		globs: []string{
			"/usr/lib/postgresql/*/bin",
			"/opt/homebrew/opt/postgresql@*/bin",
			"/usr/local/opt/postgresql@*/bin",
		},
		npm:     npm,
		release: releaseFor(runtime.GOOS, runtime.GOARCH),
	}
}

// install is a PostgreSQL on this machine.
type install struct {
	bin   string // folder of initdb and postgres
	major int
}

func (i install) postgres() string { return filepath.Join(i.bin, "postgres") }
func (i install) initdb() string   { return filepath.Join(i.bin, "initdb") }

// find returns a PostgreSQL with the major version want, or with minMajor or newer if
// want is 0. It downloads one if there is none.
func find(ctx context.Context, o Options, want int) (install, error) {
	var others []string
	for _, bin := range o.search.folders(o.CacheDir) {
		major, err := version(ctx, bin)
		if err != nil {
			o.Log.Debug("not a usable PostgreSQL", "folder", bin, "error", err)
			continue
		}
		if major == want || want == 0 && major >= minMajor {
			return install{bin, major}, nil
		}
		others = append(others, strconv.Itoa(major))
	}
	if err := ctx.Err(); err != nil {
		return install{}, err
	}

	why := fmt.Errorf("only PostgreSQL %d can be downloaded", o.search.release.major)
	if want == 0 || want == o.search.release.major {
		var fetched install
		if fetched, why = fetch(ctx, o); why == nil {
			return fetched, nil
		}
	}
	if want == 0 || len(others) == 0 {
		return install{}, fmt.Errorf("%w (version %d or newer is needed), and downloading it failed (%w): %s",
			ErrNotInstalled, max(want, minMajor), why, hint(want))
	}
	return install{}, fmt.Errorf("%w: the data in %s was made by PostgreSQL %d and this machine has %s (%w): %s, or move the folder away",
		ErrOtherMajor, o.Dir, want, strings.Join(others, ", "), why, hint(want))
}

// folders lists the folders with both postgres and initdb, best first.
func (s *search) folders(cacheDir string) []string {
	candidates := []string{s.release.bin(cacheDir)}
	for _, dir := range filepath.SplitList(s.path) {
		// PATH often has a link to postgres alone: initdb and the libraries are in
		// the folder that it points to.
		if real, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres")); err == nil && filepath.IsAbs(real) {
			candidates = append(candidates, filepath.Dir(real))
		}
	}
	for _, glob := range s.globs {
		found, _ := filepath.Glob(glob) // fails only for a malformed pattern
		slices.SortFunc(found, func(a, b string) int { return majorInPath(b) - majorInPath(a) })
		candidates = append(candidates, found...)
	}

	var folders []string
	for _, bin := range candidates {
		i := install{bin: bin}
		if !slices.Contains(folders, bin) && executable(i.postgres()) && executable(i.initdb()) {
			folders = append(folders, bin)
		}
	}
	return folders
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

var number = regexp.MustCompile(`\d+`)

// majorInPath returns the 16 of …/postgresql/16/bin and …/postgresql@16/bin, or 0.
func majorInPath(bin string) int {
	major, _ := strconv.Atoi(number.FindString(filepath.Base(filepath.Dir(bin))))
	return major
}

// version runs postgres --version, which fails for a build for another C library.
func version(ctx context.Context, bin string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	out, err := output(exec.CommandContext(ctx, install{bin: bin}.postgres(), "--version"))
	if err != nil {
		return 0, err
	}
	major, err := strconv.Atoi(number.FindString(out))
	if err != nil {
		return 0, fmt.Errorf("cannot read a version in %q", out)
	}
	return major, nil
}

// hint says how to install PostgreSQL; major 0 is any.
func hint(major int) string {
	switch {
	case runtime.GOOS == "darwin":
		return fmt.Sprintf("install it with: brew install postgresql@%d", max(major, minMajor))
	case major == 0:
		return "install it with, for example: sudo apt install postgresql"
	default:
		return fmt.Sprintf("install it with, for example: sudo apt install postgresql-%d", major)
	}
}
