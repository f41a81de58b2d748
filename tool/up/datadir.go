package up

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"

	"microdemo/internal/pgserver"
	"microdemo/kit"
)

// Files of the data folder, besides those of PostgreSQL. The lock file is never
// deleted: it marks the folder as one of microdemo.
const (
	lockName   = "up.lock"
	stateName  = "up.json"
	secretName = "jwt-secret"
	logName    = "microdemo.log"
)

// minSecret is the shortest JWT_SECRET_KEY that the services accept, in bytes.
const minSecret = 32

// DefaultData is the default data folder.
func DefaultData() (string, error) {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) { // the XDG Base Directory Specification ignores relative paths
		return filepath.Join(dir, "microdemo"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", errors.New("there is no home folder for the data; choose a folder with --data")
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Application Support", "microdemo"), nil
	}
	return filepath.Join(home, ".local", "share", "microdemo"), nil
}

// dataDir is the data folder of a running up, locked against others.
type dataDir struct {
	path string
	lock *flock.Flock
}

func openData(path string) (*dataDir, error) {
	cannot := func(err error) error {
		var at *fs.PathError
		if errors.As(err, &at) {
			err = at.Err // the path is already in the message
		}
		return fmt.Errorf("the data folder %s cannot be used: %w; choose another with --data", path, err)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, cannot(err)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, cannot(err)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, cannot(err)
	}
	d := &dataDir{path: path, lock: flock.New(filepath.Join(path, lockName))}
	if _, err := os.Lstat(d.file(lockName)); err != nil && len(entries) > 0 {
		return nil, fmt.Errorf("the folder %s holds files that do not belong to microdemo; choose another with --data", path)
	}
	switch locked, err := d.lock.TryLock(); {
	case err != nil:
		return nil, cannot(err)
	case !locked:
		return nil, inUse(path)
	}
	return d, nil
}

func inUse(path string) error {
	by := "another microdemo"
	if state, err := ReadState(path); err == nil {
		by = fmt.Sprintf("the microdemo at %s (process %d)", state.BaseURL, state.PID)
	}
	return fmt.Errorf("the data folder %s is in use by %s; stop that one or choose another folder with --data", path, by)
}

func (d *dataDir) file(name string) string { return filepath.Join(d.path, name) }

// clear deletes what up wrote, and nothing else. The secret goes too: tokens name
// users by number, and new users would get the numbers of old ones.
func (d *dataDir) clear(ctx context.Context) error {
	if err := pgserver.Remove(ctx, d.path); err != nil {
		return err
	}
	for _, name := range []string{stateName, secretName, logName, logName + ".1"} {
		if err := os.Remove(d.file(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("empty the data folder: %w", err)
		}
	}
	return nil
}

// secret reads the key that signs tokens, or generates it the first time.
func (d *dataDir) secret() (kit.Secret, error) {
	raw, err := os.ReadFile(d.file(secretName))
	if errors.Is(err, fs.ErrNotExist) {
		raw = []byte(rand.Text() + rand.Text() + "\n") // 260 bits
		err = renameio.WriteFile(d.file(secretName), raw, 0o600)
	}
	if err != nil {
		return "", fmt.Errorf("the key that signs tokens: %w", err)
	}
	secret := kit.Secret(strings.TrimSpace(string(raw)))
	if len(secret) < minSecret {
		return "", fmt.Errorf("the key in %s is too short; remove the file to get a new one, which signs all users out", d.file(secretName))
	}
	return secret, nil
}

func (d *dataDir) close() error { return d.lock.Close() }
