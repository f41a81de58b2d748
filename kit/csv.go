package kit

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// maxCSVRow bounds what one row may hold, in bytes with its quotes, and so
	// how much of a file is in memory at once.
	maxCSVRow = 64 << 10

	// maxRowErrors is how many skipped rows are told one by one.
	maxRowErrors = 10
)

// CSVColumns are the columns of an imported file. Columns may stand in any
// order; one that is none of these makes the file malformed.
type CSVColumns struct {
	Required []string
	Optional []string
	Ignored  []string // such as id, so that what was exported can be imported
}

// CSVFile is a file that is being imported (RFC 4180, in UTF-8), read row by row.
type CSVFile struct {
	csv    *csv.Reader
	budget *rowBudget
	header []string
	at     map[string]int
	rows   int // read so far, with the header

	skipped int64
	errors  []rowError // the first, by row
}

type rowError struct {
	row    int
	reason string
}

// CSVRow is one row of a file. It is good until the next one is read.
type CSVRow struct {
	N     int // as a spreadsheet counts: the header is row 1
	cells []string
	at    map[string]int
}

// NewCSVFile reads the header of a file. What is wrong with the file is
// Malformed and names the row.
func NewCSVFile(r io.Reader, columns CSVColumns) (*CSVFile, error) {
	budget := &rowBudget{Reader: r, left: maxCSVRow + csvReadAhead}
	buffered := bufio.NewReaderSize(budget, csvReadAhead)
	if mark, err := buffered.Peek(len(byteOrderMark)); err == nil && string(mark) == byteOrderMark {
		_, _ = buffered.Discard(len(byteOrderMark))
	}
	f := &CSVFile{csv: csv.NewReader(buffered), budget: budget, at: map[string]int{}}
	f.csv.ReuseRecord = true
	f.csv.FieldsPerRecord = -1 // counted here, for the message
	header, err := f.read()
	if err != nil {
		return nil, err
	}
	if header == nil {
		return nil, Errorf(Malformed, "The file is empty: row 1 must name the columns.")
	}
	f.header = slices.Clone(header)
	known := slices.Concat(columns.Required, columns.Optional, columns.Ignored)
	for i, name := range f.header {
		name = strings.ToLower(strings.TrimSpace(name))
		_, twice := f.at[name]
		switch {
		case twice:
			return nil, Errorf(Malformed, "Row 1: the column %s stands there twice.", name)
		case !slices.Contains(known, name):
			return nil, Errorf(Malformed, "Row 1: the column %.60q is not known; the columns are %s.", name, strings.Join(known, ", "))
		}
		f.at[name] = i
	}
	for _, name := range columns.Required {
		if !f.Has(name) {
			return nil, Errorf(Malformed, "Row 1: the column %s is missing.", name)
		}
	}
	return f, nil
}

// Has tells whether the file has a column.
func (f *CSVFile) Has(column string) bool {
	_, ok := f.at[column]
	return ok
}

// Rows are the rows below the header, until the end of the file or the first
// error. Blank lines are passed over.
func (f *CSVFile) Rows() iter.Seq2[CSVRow, error] {
	return func(yield func(CSVRow, error) bool) {
		for {
			cells, err := f.read()
			if err == nil && cells == nil {
				return
			}
			if err == nil && len(cells) != len(f.header) {
				err = Errorf(Malformed, "Row %d has %d fields, but the header has %d.", f.rows, len(cells), len(f.header))
			}
			if !yield(CSVRow{N: f.rows, cells: cells, at: f.at}, err) || err != nil {
				return
			}
		}
	}
}

// read reads one row; nil is the end of the file.
func (f *CSVFile) read() ([]string, error) {
	f.budget.left = maxCSVRow + csvReadAhead
	cells, err := f.csv.Read()
	if err == io.EOF { // not errors.Is: one that is wrapped is an upload that was cut
		return nil, nil
	}
	f.rows++
	var (
		syntax *csv.ParseError
		ours   *Error
	)
	switch {
	case errors.As(err, &ours):
		return nil, &Error{Kind: ours.Kind, Message: fmt.Sprintf("Row %d: %s", f.rows, ours.Message), Fields: ours.Fields, Cause: ours.Cause}
	case errors.Is(err, errRowTooLong):
		return nil, Errorf(Malformed, "Row %d is longer than %d KiB; is a quote not closed?", f.rows, maxCSVRow>>10)
	case errors.As(err, &syntax):
		return nil, Errorf(Malformed, "Row %d is not valid CSV: %s.", f.rows, syntaxProblem(syntax))
	case err != nil:
		return nil, fmt.Errorf("read row %d: %w", f.rows, err)
	}
	for _, cell := range cells {
		if !utf8.ValidString(cell) {
			return nil, Errorf(Malformed, "Row %d is not in UTF-8.", f.rows)
		}
		if strings.ContainsRune(cell, 0) {
			return nil, Errorf(Malformed, "Row %d holds a NUL character; is the file in UTF-16?", f.rows)
		}
	}
	return cells, nil
}

func syntaxProblem(err *csv.ParseError) string {
	if errors.Is(err.Err, csv.ErrBareQuote) {
		return "a field that is not quoted holds a quote"
	}
	return "a quote is not closed, or not followed by a comma or the end of the line"
}

const (
	// byteOrderMark is what some spreadsheets begin a file in UTF-8 with.
	byteOrderMark = "\uFEFF"

	// csvReadAhead is how much of a file is read before it is needed.
	csvReadAhead = 4 << 10
)

var errRowTooLong = errors.New("row too long")

// rowBudget bounds how much is read for one row: csv.Reader itself would keep a
// field of any length in memory.
type rowBudget struct {
	io.Reader
	left int
}

// Read implements io.Reader.
func (b *rowBudget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errRowTooLong
	}
	n, err := b.Reader.Read(p)
	b.left -= n
	return n, err
}

// Has tells whether the file has a column.
func (r CSVRow) Has(column string) bool {
	_, ok := r.at[column]
	return ok
}

// Raw is a cell as it stands in the file, without blanks around it; "" if the
// file has no such column. It is for numbers and words.
func (r CSVRow) Raw(column string) string {
	i, ok := r.at[column]
	if !ok {
		return ""
	}
	return strings.TrimSpace(r.cells[i])
}

// Text is a cell that holds a text, with the guard taken away that CSVWriter may
// have put before it.
func (r CSVRow) Text(column string) string {
	i, ok := r.at[column]
	if !ok {
		return ""
	}
	return unguard(r.cells[i])
}

// Skip leaves a row out because of its values. The reason is a part of a
// sentence, such as "qty: expected a whole number".
func (f *CSVFile) Skip(row int, reason string) {
	f.skipped++
	at, _ := slices.BinarySearchFunc(f.errors, row, func(e rowError, row int) int { return e.row - row })
	if at < maxRowErrors {
		f.errors = slices.Insert(f.errors, at, rowError{row, reason})
		f.errors = f.errors[:min(len(f.errors), maxRowErrors)]
	}
}

// Rejected refuses the whole file because of one row.
func Rejected(row int, format string, args ...any) error {
	return Errorf(Malformed, "Row %d: %s.", row, fmt.Sprintf(format, args...))
}

// CSVReport is the answer to an import.
type CSVReport struct {
	Created int64    `json:"created_count" doc:"How many rows made something new" example:"2"`
	Updated int64    `json:"updated_count" doc:"How many rows are about what was there, changed or not" example:"40"`
	Skipped int64    `json:"skipped_count" doc:"How many rows were left out, because of their values" example:"1"`
	Errors  []string `json:"errors" doc:"Why, of the first 10 of them; the header is row 1" example:"[\"Row 7: qty: expected a whole number from 0 to 1000000000000\"]"`
}

// Report is the answer, once it is known how many were created and updated.
func (f *CSVFile) Report(created, updated int64) CSVReport {
	report := CSVReport{Created: created, Updated: updated, Skipped: f.skipped, Errors: []string{}}
	for _, e := range f.errors {
		report.Errors = append(report.Errors, fmt.Sprintf("Row %d: %s", e.row, e.reason))
	}
	return report
}

// CSVWriter writes a file row by row.
type CSVWriter struct {
	csv   *csv.Writer
	cells []string
}

// NewCSVWriter makes a writer of CSV (RFC 4180).
func NewCSVWriter(w io.Writer) *CSVWriter {
	out := &CSVWriter{csv: csv.NewWriter(w)}
	out.csv.UseCRLF = true
	return out
}

// Row writes one row. Texts are guarded: no spreadsheet runs them as a formula,
// and CSVRow.Text reads them as they were. Numbers, amounts, times, true and
// false are written plainly, nil and nil pointers as an empty cell.
func (w *CSVWriter) Row(cells ...any) error {
	w.cells = w.cells[:0]
	for _, cell := range cells {
		text := ""
		switch v := cell.(type) {
		case nil:
		case string:
			text = guard(v)
		case time.Time:
			text = v.UTC().Format(time.RFC3339Nano)
		case *Money:
			if v != nil {
				text = v.String()
			}
		case int, int64, bool, Money:
			text = fmt.Sprint(v)
		default:
			return fmt.Errorf("a cell of CSV cannot be a %T", cell)
		}
		w.cells = append(w.cells, text)
	}
	return w.csv.Write(w.cells)
}

// Flush writes what is buffered.
func (w *CSVWriter) Flush() error {
	w.csv.Flush()
	return w.csv.Error()
}

// A cell that begins like a formula (OWASP, CSV Injection) gets an apostrophe
// before it. So does one that begins like a formula behind apostrophes of its
// own, so that taking away exactly one gives back every text.
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

// likeFormula tells whether a text begins, behind any apostrophes, with what
// makes a spreadsheet calculate. Some take the full-width signs for the others.
func likeFormula(text string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(text, "'"))
	return strings.ContainsRune("=+-@\t\r\n＝＋－＠", first)
}
