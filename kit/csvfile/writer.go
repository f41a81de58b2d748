package csvfile

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/shopspring/decimal"

	"microdemo/kit"
)

// Writer writes a file row by row.
type Writer struct {
	csv   *csv.Writer
	cells []string
}

// NewWriter makes a Writer.
func NewWriter(w io.Writer) *Writer {
	out := &Writer{csv: csv.NewWriter(w)}
	out.csv.UseCRLF = true
	return out
}

// Row writes one row. Texts are guarded: no spreadsheet runs them as a formula, and
// Row.Text reads them back. Integers, amounts, times and booleans are written as they
// are, and nil as an empty cell.
func (w *Writer) Row(cells ...any) error {
	w.cells = w.cells[:0]
	for _, cell := range cells {
		text := ""
		switch v := cell.(type) {
		case nil:
		case string:
			text = guard(v)
		case time.Time:
			text = v.UTC().Format(time.RFC3339Nano)
		case pgtype.Numeric:
			if v.Valid {
				text = kit.NewMoney(decimal.NewFromBigInt(v.Int, v.Exp)).String()
			}
		case int, int64, bool, kit.Money:
			text = fmt.Sprint(v)
		default:
			return fmt.Errorf("a cell of CSV cannot be a %T", cell)
		}
		w.cells = append(w.cells, text)
	}
	return w.csv.Write(w.cells)
}

// Flush writes what is buffered.
func (w *Writer) Flush() error {
	w.csv.Flush()
	return w.csv.Error()
}

// guard puts an apostrophe before a text that begins like a formula (OWASP, CSV
// Injection), also after apostrophes of its own: so unguard, which removes exactly
// one, gives every text back.
func guard(text string) string {
	if likeFormula(text) {
		return "'" + text
	}
	return text
}

func unguard(cell string) string {
	if strings.HasPrefix(cell, "'") && likeFormula(cell) {
		return cell[1:]
	}
	return cell
}

// likeFormula reports whether a text begins, after any apostrophes, with a character
// that makes a spreadsheet calculate. Some take full-width signs for the others.
func likeFormula(text string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(text, "'"))
	return strings.ContainsRune("=+-@\t\r\n＝＋－＠", first)
}
