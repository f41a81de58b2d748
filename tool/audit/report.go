package audit

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/gofrs/uuid/v5"
	"github.com/jackc/pgx/v5"
)

// maxNamed is how many of the rows that break a check are named.
const maxNamed = 20

// finding is the result of one check.
type finding struct {
	holds   string // what must hold, in words
	counted string
	broken  int
	rows    []string // the first of the broken ones

	suspected map[uuid.UUID]struct{} // reservations that looked wrong the first time
	second    bool
}

// breaks records a row that breaks the check. What is wrong within one database
// needs no second look.
func (f *finding) breaks(format string, args ...any) {
	if !f.second {
		f.add(format, args...)
	}
}

// suspect records a row that breaks the check if it does so at both looks.
func (f *finding) suspect(reservation uuid.UUID, format string, args ...any) {
	if !f.second {
		if f.suspected == nil {
			f.suspected = map[uuid.UUID]struct{}{}
		}
		f.suspected[reservation] = struct{}{}
		return
	}
	if _, ok := f.suspected[reservation]; ok {
		f.add(format, args...)
	}
}

func (f *finding) add(format string, args ...any) {
	f.broken++
	if len(f.rows) < maxNamed {
		f.rows = append(f.rows, fmt.Sprintf(format, args...))
	}
}

// check is something that must hold inside one database.
type check struct {
	holds    string
	counts   string   // SQL: one row of numbers, one per unit
	units    []string // their plurals
	breakers string   // SQL: a text for each row that breaks the check
	args     []any    // of breakers
}

func (a *auditor) check(ctx context.Context, in *snapshot, c check) error {
	f := &finding{holds: c.holds}
	err := a.looking(in.name+": "+c.holds, func() error {
		numbers := make([]int64, len(c.units))
		into := make([]any, len(c.units))
		for i := range numbers {
			into[i] = &numbers[i]
		}
		if err := in.tx.QueryRow(ctx, c.counts).Scan(into...); err != nil {
			return in.cannot(err)
		}
		f.count(numbers, c.units)
		rows, err := in.tx.Query(ctx, c.breakers, c.args...)
		if err != nil {
			return in.cannot(err)
		}
		var row string
		_, err = pgx.ForEachRow(rows, []any{&row}, func() error {
			f.breaks("%s", row)
			return nil
		})
		return in.cannot(err)
	})
	if err != nil {
		return err
	}
	a.report(f)
	return nil
}

func (f *finding) count(numbers []int64, units []string) {
	if f.second {
		return
	}
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = quantity(n, units[i])
	}
	f.counted = strings.Join(texts, ", ")
}

// report prints a finding.
func (a *auditor) report(f *finding) {
	a.findings = append(a.findings, f)
	verdict := "ok"
	if f.broken > 0 {
		verdict = "BROKEN"
	}
	a.progress.Line("%-7s %-50s %s", verdict, f.holds, f.counted)
	for _, row := range f.rows {
		a.progress.Line("          %s", row)
	}
	if more := f.broken - len(f.rows); more > 0 {
		a.progress.Line("          … and %s more", thousands(int64(more)))
	}
}

func (a *auditor) broken() (n int) {
	for _, f := range a.findings {
		if f.broken > 0 {
			n++
		}
	}
	return n
}

func (a *auditor) summary() {
	if n := a.broken(); n > 0 {
		a.progress.Line("\n%d of %d checks failed.", n, len(a.findings))
		return
	}
	a.progress.Line("\nAll %d checks passed.", len(a.findings))
}

// quantity is a number of things, such as "1,204 movements" or "1 item".
func quantity(n int64, plural string) string {
	if n == 1 {
		plural = strings.TrimSuffix(plural, "s")
	}
	return thousands(n) + " " + plural
}

func thousands(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
