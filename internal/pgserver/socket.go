package pgserver

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	socketName = ".s.PGSQL.5432"
	// maxSocketPath is below the limits: 104 bytes with the final zero on macOS, 108
	// on Linux.
	maxSocketPath = 100
)

// socketFolder is the folder of the socket. If the path of the data folder is too long,
// it is a short path made from the data folder and the user, so that the next run finds
// it.
func socketFolder(dir string, uid int) string {
	run := filepath.Join(dir, "run")
	// For pgx, a comma in a host begins the next host.
	if len(filepath.Join(run, socketName)) <= maxSocketPath && !strings.Contains(run, ",") {
		return run
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", uid, dir))
	name := fmt.Sprintf("microdemo-%x", sum[:8])
	if short := filepath.Join(os.TempDir(), name); len(filepath.Join(short, socketName)) <= maxSocketPath {
		return short
	}
	return filepath.Join("/tmp", name)
}

// makeSocketFolder creates the folder, or accepts one that belongs to id and is closed
// to all others. The server asks for no password: only this folder keeps other users of
// the machine out.
func makeSocketFolder(folder string, id identity) error {
	err := os.Mkdir(folder, 0o700)
	switch {
	case err == nil && id.drop:
		if err := os.Lchown(folder, id.uid, id.gid); err != nil {
			return fmt.Errorf("socket folder: %w", err)
		}
	case err != nil && !errors.Is(err, fs.ErrExist):
		return fmt.Errorf("socket folder: %w", err)
	}
	info, err := os.Lstat(folder) // a link could lead to a folder of another user
	if err != nil {
		return fmt.Errorf("socket folder: %w", err)
	}
	if uid, _ := owner(folder); !info.IsDir() || uid != id.uid || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("socket folder %s is not a private folder of uid %d (it is %v of uid %d): remove it", folder, id.uid, info.Mode(), uid)
	}
	return nil
}

// clearSocket removes the socket and lock file of a killed server. The lock file names a
// pid, and a new server would refuse to start if another program has it.
func clearSocket(folder string) error {
	for _, name := range []string{socketName, socketName + ".lock"} {
		if err := os.Remove(filepath.Join(folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("old socket: %w", err)
		}
	}
	return nil
}
