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
	// maxSocketPath leaves room under the smallest limit of the systems we
	// run on: 104 bytes with the closing zero on macOS, 108 on Linux.
	maxSocketPath = 100
)

// socketFolder says where the socket goes. Where the data folder's path cannot
// hold one, it is a short folder that depends on the data folder and the
// user only, so that the next run finds it again.
func socketFolder(dir string, uid int) string {
	run := filepath.Join(dir, "run")
	// pgx takes a comma in a host for the start of the next one.
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

// makeSocketFolder makes the folder or accepts one that nobody else can enter.
// The server asks for no password: this folder is all that keeps other users
// of the machine out, so it must belong to id and be closed to the rest.
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
	info, err := os.Lstat(folder) // a link must not lead into someone else's folder
	if err != nil {
		return fmt.Errorf("socket folder: %w", err)
	}
	if uid, _ := owner(folder); !info.IsDir() || uid != id.uid || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("socket folder %s is not a private folder of uid %d (it is %v of uid %d): remove it", folder, id.uid, info.Mode(), uid)
	}
	return nil
}

// clearSocket removes what a killed server left. Its lock file names a pid,
// and a new server would refuse to start when that pid is in use again.
func clearSocket(folder string) error {
	for _, name := range []string{socketName, socketName + ".lock"} {
		if err := os.Remove(filepath.Join(folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("old socket: %w", err)
		}
	}
	return nil
}
