package kittest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Plan is how PostgreSQL has run a query.
type Plan struct {
	Text     string
	Read     int      // rows that were looked at, of tables and indexes
	Sorted   int      // rows that had to be put in order
	SeqScans []string // tables that were read from their beginning
}

// PlanOf runs a query as production would, with its arguments, and tells how.
func PlanOf(t testing.TB, db *pgxpool.Pool, sql string, args ...any) Plan {
	t.Helper()
	var raw []byte
	if err := db.QueryRow(t.Context(), "EXPLAIN (ANALYZE, FORMAT JSON) "+sql, args...).Scan(&raw); err != nil {
		t.Fatalf("explain: %v\n%s", err, sql)
	}
	var explained []struct{ Plan planNode }
	if err := json.Unmarshal(raw, &explained); err != nil {
		t.Fatal(err)
	}
	var p Plan
	p.add(explained[0].Plan, "")
	return p
}

// WantIndexed fails the test unless the query was served by indexes, looked at
// no more than so many rows, and put no more than so many in order.
func (p Plan) WantIndexed(t testing.TB, read, sorted int) {
	t.Helper()
	if len(p.SeqScans) > 0 || p.Read > read || p.Sorted > sorted {
		t.Errorf("read %d rows (want %d at most), sorted %d (want %d at most), read %v from the beginning:\n%s",
			p.Read, read, p.Sorted, sorted, p.SeqScans, p.Text)
	}
}

type planNode struct {
	Type    string     `json:"Node Type"`
	Table   string     `json:"Relation Name"`
	Index   string     `json:"Index Name"`
	Cond    string     `json:"Index Cond"`
	Filter  string     `json:"Filter"`
	Rows    float64    `json:"Actual Rows"`
	Loops   float64    `json:"Actual Loops"`
	Removed float64    `json:"Rows Removed by Filter"`
	Recheck float64    `json:"Rows Removed by Index Recheck"`
	Joined  float64    `json:"Rows Removed by Join Filter"`
	Plans   []planNode `json:"Plans"`
}

func (p *Plan) add(n planNode, indent string) {
	rows := int((n.Rows + n.Removed + n.Recheck + n.Joined) * n.Loops)
	p.Text += fmt.Sprintf("%s%s %s %s rows=%d", indent, n.Type, n.Table, n.Index, rows)
	if n.Cond != "" {
		p.Text += " cond=" + n.Cond
	}
	if n.Filter != "" {
		p.Text += " filter=" + n.Filter
	}
	p.Text += "\n"
	if strings.Contains(n.Type, "Scan") {
		p.Read += rows
	}
	if n.Type == "Seq Scan" && n.Loops > 0 {
		p.SeqScans = append(p.SeqScans, n.Table)
	}
	for _, child := range n.Plans {
		if strings.Contains(n.Type, "Sort") {
			p.Sorted += int(child.Rows * child.Loops)
		}
		p.add(child, indent+"  ")
	}
}
