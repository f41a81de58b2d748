package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// identity is the user that initdb and postgres run as. PostgreSQL refuses to run as
// root.
type identity struct {
	uid, gid  int       // owner of the data
	namespace *identity // the user inside of a user namespace; nil: no namespace
	drop      bool      // root only: change to uid and gid
	reach     bool      // with drop: keep access to all folders, such as root's home
}

// chooseIdentity returns the owner of the data folder, which exists. A folder of root
// is used from a user namespace or, where those are refused, given to an unprivileged
// user.
func chooseIdentity(ctx context.Context, o Options, i install) (identity, error) {
	self := identity{uid: os.Geteuid(), gid: os.Getegid()}
	nobody, err := unprivileged()
	if self.uid != 0 {
		// initdb needs a user name, which a container started with a uid may not
		// have: a namespace provides one.
		if _, unknown := user.LookupId(strconv.Itoa(self.uid)); unknown == nil || err != nil {
			return self, nil
		}
		named := identity{uid: self.uid, gid: self.gid, namespace: &nobody}
		if named.try(ctx, i) != nil {
			return self, nil
		}
		return named, nil
	}
	uid, gid := owner(o.Dir)
	if uid != 0 && (err != nil || uid != nobody.uid) {
		// Without reach: a user could have prepared the folder to attack root.
		return identity{uid: uid, gid: gid, drop: true}, nil
	}
	if err != nil {
		return identity{}, err
	}

	if uid == 0 {
		self.namespace = &nobody
		err := self.try(ctx, i)
		if err == nil {
			return self, nil
		}
		if !refused(err) {
			return identity{}, fmt.Errorf("run PostgreSQL in a user namespace: %w", err)
		}
		o.Log.Debug("no user namespace, changing the user instead", "error", err, "uid", nobody.uid)
		if err := giveAway(o.Dir, nobody); err != nil {
			return identity{}, err
		}
	}
	nobody.drop, nobody.reach = true, true
	if err := nobody.try(ctx, i); err != nil {
		nobody.reach = false
	}
	return nobody, nil
}

// try runs postgres --version under the identity.
func (id identity) try(ctx context.Context, i install) error {
	cmd := exec.CommandContext(ctx, i.postgres(), "--version")
	if err := id.apply(cmd); err != nil {
		return err
	}
	_, err := output(cmd)
	return err
}

// refused reports whether err means that user namespaces are not available, as in most
// containers.
func refused(err error) bool {
	for _, refusal := range []error{
		errors.ErrUnsupported, syscall.EPERM, syscall.EINVAL, syscall.ENOSPC, syscall.EUSERS, syscall.ENOSYS,
	} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}

// apply makes cmd run under the identity, in a session of its own: Ctrl-C in the
// terminal reaches the parent only, which stops it in order.
func (id identity) apply(cmd *exec.Cmd) error {
	attr := &syscall.SysProcAttr{Setsid: true}
	cmd.SysProcAttr, cmd.Dir = attr, "/"
	switch {
	case id.namespace != nil:
		return inNamespace(attr, id.namespace.uid, id.namespace.gid)
	case id.drop:
		attr.Credential = &syscall.Credential{Uid: uint32(id.uid), Gid: uint32(id.gid)}
		if id.reach {
			// The capability works after the first exec, and the program itself may
			// be in root's home: hence the shell in between.
			cmd.Args = append([]string{"sh", "-c", `exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
			cmd.Path = "/bin/sh"
			return reachEverything(attr)
		}
	}
	return nil
}

// explain adds the user to an error of initdb or postgres.
func (id identity) explain(err error) error {
	if !id.drop {
		return err
	}
	return fmt.Errorf("%w; PostgreSQL runs as uid %d here, not as root, and needs access to its files", err, id.uid)
}

// unprivileged returns an existing user: initdb needs a user name.
func unprivileged() (identity, error) {
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, uidErr := strconv.Atoi(u.Uid)
			gid, gidErr := strconv.Atoi(u.Gid)
			if uidErr == nil && gidErr == nil && uid > 0 {
				return identity{uid: uid, gid: gid}, nil
			}
		}
	}
	return identity{}, errors.New("PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as")
}

// giveAway changes the owner of a folder of root, and of everything in it, to id.
func giveAway(dir string, id identity) error {
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, id.uid, id.gid))
	})
	if err != nil {
		return fmt.Errorf("give the data folder to uid %d: %w", id.uid, err)
	}
	return nil
}

// owner returns -1 if there is no such file.
func owner(path string) (uid, gid int) {
	info, err := os.Lstat(path)
	if err != nil {
		return -1, -1
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return -1, -1
	}
	return int(stat.Uid), int(stat.Gid)
}
