package pgserver

import (
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

const maxLog = 10 << 20

// openLog opens the log for appending; a large one is emptied.
func openLog(path string, id identity) (*os.File, error) {
	// Root may work in a folder of another user, who must not redirect it with a
	// link: hence O_NOFOLLOW.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("log of PostgreSQL: %w", err)
	}
	info, err := f.Stat()
	if err == nil && info.Size() > maxLog {
		err = f.Truncate(0)
	}
	if err == nil && id.drop {
		err = f.Chown(id.uid, id.gid)
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("log of PostgreSQL: %w", err)
	}
	return f, nil
}

// since returns what was logged after offset, at most its last 16 kB.
func since(f *os.File, offset int64) string {
	end := size(f)
	offset = max(offset, end-16<<10)
	text, _ := io.ReadAll(io.NewSectionReader(f, offset, end-offset)) // what can be read is enough
	return string(text)
}

func size(f *os.File) int64 {
	info, err := f.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}

// lastProblem returns the line of a program's output that says why it failed: the last
// error, or else the last line.
func lastProblem(text string) string {
	var last, problem string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		last = line
		for _, mark := range []string{"PANIC:", "FATAL:", "ERROR:", "error:"} {
			if _, after, ok := strings.Cut(line, mark); ok {
				problem = strings.TrimSpace(after)
			}
		}
		// npm says the reason first, and then how to get help.
		if after, ok := strings.CutPrefix(line, "npm error "); ok && problem == "" && !isCode(after) {
			problem = after
		}
	}
	if problem == "" {
		problem = last
	}
	return problem
}

// isCode reports whether a line of npm is one such as "code E404" and "syscall connect".
func isCode(line string) bool {
	first, _, _ := strings.Cut(line, " ")
	return first == "code" || first == "errno" || first == "syscall"
}
