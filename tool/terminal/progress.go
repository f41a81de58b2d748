// Package terminal shows a person what a command is doing: the progress of its
// steps, and errors cut down to their cause.
package terminal

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// Progress prints a line with the duration of each finished step. While a step
// runs, it shows what the step is doing: at once on a terminal, every few seconds
// in a log.
type Progress struct {
	w        io.Writer
	terminal bool

	mu     sync.Mutex
	shown  bool // the last line on the terminal is to be overwritten
	doing  string
	began  time.Time // of the step
	logged time.Time // when the last line of the step was written to a log
}

// New returns a Progress that prints to w, or nowhere if w is nil.
func New(w io.Writer) *Progress {
	if w == nil {
		return &Progress{w: io.Discard}
	}
	f, ok := w.(*os.File)
	return &Progress{w: w, terminal: ok && term.IsTerminal(int(f.Fd()))}
}

// Step runs do, which may report what it is doing, and then prints the name that
// do returns, if any, and the duration.
func (p *Progress) Step(name string, do func(report func(string)) (done string, err error)) error {
	began := time.Now()
	p.mu.Lock()
	p.began, p.logged = began, began
	p.mu.Unlock()
	report := func(doing string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.doing = doing
		p.show()
	}
	report(name)
	stop := Every(time.Second, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.show()
	})
	done, err := do(report)
	stop()
	if err == nil && done != "" {
		p.Done(done, began)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	return err
}

// Done prints a finished step and its duration.
func (p *Progress) Done(what string, began time.Time) {
	p.Line("  %-22s %5.1f s", what, time.Since(began).Seconds())
}

// Line prints a line that stays.
func (p *Progress) Line(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	fmt.Fprintf(p.w, format+"\n", args...)
}

// show prints what the step is doing. The caller holds mu.
func (p *Progress) show() {
	now := time.Now()
	text := "  " + p.doing
	if took := now.Sub(p.began); took >= time.Second {
		text += fmt.Sprintf(" … %.0f s", took.Seconds())
	}
	if p.terminal {
		p.clear()
		fmt.Fprint(p.w, text)
		p.shown = true
	} else if now.Sub(p.began) > time.Second && (now.Sub(p.logged) > 5*time.Second || p.logged.Equal(p.began)) {
		p.logged = now
		fmt.Fprintln(p.w, text)
	}
}

func (p *Progress) clear() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}

// Every calls f every interval until stop is called.
func Every(interval time.Duration, f func()) (stop func()) {
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-quit:
				return
			case <-ticker.C:
				f()
			}
		}
	}()
	return func() { close(quit); <-ended }
}
