package kittest

import (
	"strings"
	"sync"
)

// Log keeps what is logged to it while others read it.
type Log struct {
	mu    sync.Mutex
	lines []string
}

// Write implements io.Writer: a line at a time, as the handlers of slog write.
func (l *Log) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(line))
	return len(line), nil
}

// With are the lines that hold a text.
func (l *Log) With(text string) (lines []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.lines {
		if strings.Contains(line, text) {
			lines = append(lines, line)
		}
	}
	return lines
}
