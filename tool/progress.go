package tool

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// progress tells a person what is happening: a line per finished step with its
// time and, while a step takes long, that it is alive.
type progress struct {
	w        io.Writer
	terminal bool

	mu    sync.Mutex
	shown bool      // a line that the next one overwrites stands on the terminal
	began time.Time // of the step that runs
	said  time.Time // when a log was last told that it still runs
}

func newProgress(w io.Writer) *progress {
	if w == nil {
		return &progress{w: io.Discard}
	}
	return &progress{w: w, terminal: isTerminal(w)}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// step runs do and then prints the name do gives and the time it took. do may
// report what it is at.
func (p *progress) step(name string, do func(report func(string)) (done string, err error)) error {
	began := time.Now()
	p.mu.Lock()
	p.began, p.said = began, began
	p.mu.Unlock()

	p.alive(name)
	done, err := do(p.alive)
	if err == nil && done != "" {
		p.done(done, began)
	}
	p.mu.Lock()
	p.clear()
	p.mu.Unlock()
	return err
}

// done prints that something which began at a time is finished.
func (p *progress) done(what string, began time.Time) {
	p.line("  %-22s %5.1f s", what, time.Since(began).Seconds())
}

// alive shows what a step is at: at once on a terminal, as a line every few
// seconds in a log.
func (p *progress) alive(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal {
		p.clear()
		_, _ = fmt.Fprintf(p.w, "  %s", what)
		p.shown = true
		return
	}
	now := time.Now()
	if now.Sub(p.began) > time.Second && (now.Sub(p.said) > 5*time.Second || p.said.Equal(p.began)) {
		p.said = now
		_, _ = fmt.Fprintf(p.w, "  %s\n", what)
	}
}

// line prints a line that stays.
func (p *progress) line(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	_, _ = fmt.Fprintf(p.w, format+"\n", args...) // nobody is looking if this fails
}

func (p *progress) clear() {
	if p.shown {
		_, _ = io.WriteString(p.w, "\r\x1b[K")
		p.shown = false
	}
}
