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

// identity is the user that initdb and postgres run as. PostgreSQL refuses to
// run as root, so root has to become somebody else.
type identity struct {
	uid, gid  int       // owner of the data on the machine
	namespace *identity // who it takes itself for inside of a user namespace; nil: it needs none
	drop      bool      // root only: give up root for uid and gid
	reach     bool      // with drop: may still enter every folder, such as root's home
}

// chooseIdentity picks the owner of the data folder, which exists. One that
// belongs to root is used from a user namespace or, where those are refused,
// given to an unprivileged user.
func chooseIdentity(ctx context.Context, o Options, i install) (identity, error) {
	self := identity{uid: os.Geteuid(), gid: os.Getegid()}
	nobody, err := unprivileged()
	if self.uid != 0 {
		// initdb insists on a user name, which a container started with a
		// mere number has not: a namespace gives it one.
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
		// Without reach: it may be a trap that a user laid for root.
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
		o.Log.Debug("no user namespace, giving up root instead", "error", err, "uid", nobody.uid)
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

// try runs PostgreSQL's shortest command under the identity.
func (id identity) try(ctx context.Context, i install) error {
	cmd := exec.CommandContext(ctx, i.postgres(), "--version")
	if err := id.apply(cmd); err != nil {
		return err
	}
	_, err := output(cmd)
	return err
}

// refused says whether err means that there are no user namespaces here, as in
// most containers.
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

// apply makes cmd run under the identity, in a session of its own: Ctrl-C in
// the terminal is for its parent, which stops it when nothing needs it any more.
func (id identity) apply(cmd *exec.Cmd) error {
	attr := &syscall.SysProcAttr{Setsid: true}
	cmd.SysProcAttr, cmd.Dir = attr, "/"
	switch {
	case id.namespace != nil:
		return inNamespace(attr, id.namespace.uid, id.namespace.gid)
	case id.drop:
		attr.Credential = &syscall.Credential{Uid: uint32(id.uid), Gid: uint32(id.gid)}
		if id.reach {
			// The power counts from the first exec on, and the program
			// itself may lie in root's home: hence the shell between.
			cmd.Args = append([]string{"sh", "-c", `exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
			cmd.Path = "/bin/sh"
			return reachEverything(attr)
		}
	}
	return nil
}

// explain adds to an error of initdb or postgres what root must know.
func (id identity) explain(err error) error {
	if !id.drop {
		return err
	}
	return fmt.Errorf("%w; PostgreSQL does not run as root but as uid %d here, who needs access to its files", err, id.uid)
}

// unprivileged finds a user that exists, as initdb insists on a user name.
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

// giveAway makes a folder of root's and all in it belong to id.
func giveAway(dir string, id identity) error {
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, id.uid, id.gid))
	})
	if err != nil {
		return fmt.Errorf("give the data folder to uid %d: %w", id.uid, err)
	}
	return nil
}

// owner returns -1 for what does not exist.
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
