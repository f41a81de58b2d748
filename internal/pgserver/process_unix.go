//go:build unix && !linux

package pgserver

import (
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// signalOnParentDeath does nothing: only Linux can. The next Start stops a server that
// outlived a killed parent.
func signalOnParentDeath(*syscall.SysProcAttr, syscall.Signal) {}

func inNamespace(*syscall.SysProcAttr, int, int) error { return errors.ErrUnsupported }

func reachEverything(*syscall.SysProcAttr) error { return errors.ErrUnsupported }

// runsOn reports whether pid is a live postmaster of dataDir, and not another program
// that has the pid now.
func runsOn(pid int, dataDir string) bool {
	line, err := exec.Command("ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.Contains(string(line), "postgres -D "+dataDir+" ")
}
