package pgserver

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

func signalOnParentDeath(attr *syscall.SysProcAttr, signal syscall.Signal) {
	attr.Pdeathsig = signal
}

// inNamespace makes a program see itself as uid and gid, while it keeps the rights of
// the user who starts it. No chown is needed, and folders that only root may enter stay
// reachable.
func inNamespace(attr *syscall.SysProcAttr, uid, gid int) error {
	attr.Cloneflags |= syscall.CLONE_NEWUSER
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: os.Geteuid(), Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: os.Getegid(), Size: 1}}
	return nil
}

// reachEverything lets a program of another user keep one capability of root: to enter
// folders that only root may enter, where its files often are.
func reachEverything(attr *syscall.SysProcAttr) error {
	const capDacOverride = 1 // capabilities(7)
	attr.AmbientCaps = []uintptr{capDacOverride}
	return nil
}

// runsOn reports whether pid is a live postmaster of dataDir, and not another program
// that has the pid now. A zombie has no command line.
func runsOn(pid int, dataDir string) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return false
	}
	args := strings.Split(string(text), "\x00")
	return filepath.Base(args[0]) == "postgres" && slices.Contains(args, dataDir)
}
