//go:build unix && !linux

package pgserver

import (
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// signalOnParentDeath does nothing: only Linux can. A server that outlives a
// killed parent is found and stopped by the next Start.
func signalOnParentDeath(*syscall.SysProcAttr, syscall.Signal) {}

func inNamespace(*syscall.SysProcAttr, int, int) error { return errors.ErrUnsupported }

func reachEverything(*syscall.SysProcAttr) error { return errors.ErrUnsupported }

// runsOn says whether pid is a live postmaster of dataDir. It is not when the
// pid has been given to another program since.
func runsOn(pid int, dataDir string) bool {
	line, err := exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.Contains(string(line), "postgres -D "+dataDir+" ")
}
