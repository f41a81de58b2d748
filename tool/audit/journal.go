package audit

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// journalChunk is how many ids of the journal are looked up at once.
const journalChunk = 10_000

// checkJournal checks that every acknowledged order exists exactly once. It asks
// outside of a snapshot: orders are never removed, so one that was acknowledged
// before its line was read has to be there in any later statement, also while
// the journal is still being written.
func (a *auditor) checkJournal(ctx context.Context) error {
	f := &finding{holds: "every acknowledged order exists exactly once"}
	err := a.looking("the journal", func() error {
		lines := bufio.NewScanner(a.options.Journal)
		var ids []string
		var total int64
		for n := 1; lines.Scan(); n++ {
			id := strings.TrimSpace(lines.Text())
			if id == "" {
				continue
			}
			if !utf8.ValidString(id) || strings.ContainsRune(id, 0) {
				return fmt.Errorf("line %d of the journal is not an order id", n)
			}
			total++
			if ids = append(ids, id); len(ids) == journalChunk {
				if err := a.lookUp(ctx, ids, f); err != nil {
					return err
				}
				ids = ids[:0]
			}
		}
		if err := lines.Err(); err != nil {
			return fmt.Errorf("read the journal: %w", err)
		}
		f.count([]int64{total}, []string{"acknowledged orders"})
		return a.lookUp(ctx, ids, f)
	})
	if err != nil {
		return err
	}
	a.report(f)
	return nil
}

func (a *auditor) lookUp(ctx context.Context, ids []string, f *finding) error {
	in := a.in["orders"]
	rows, err := in.conn.Query(ctx, `SELECT id, count(*) FROM orders WHERE id = ANY($1) GROUP BY id`, ids)
	if err != nil {
		return in.cannot(err)
	}
	found := map[string]int64{}
	var id string
	var times int64
	_, err = pgx.ForEachRow(rows, []any{&id, &times}, func() error {
		found[id] = times
		return nil
	})
	if err != nil {
		return in.cannot(err)
	}
	for _, id := range ids {
		switch n := found[id]; {
		case n == 0:
			f.breaks("order %s: it does not exist", id)
		case n > 1:
			f.breaks("order %s: it exists %d times", id, n)
		}
	}
	return nil
}
