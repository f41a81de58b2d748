// Package csvfile imports and exports tables as CSV files (RFC 4180, in UTF-8). It
// reads and writes files row by row, takes them as uploads and answers them as
// downloads, and runs the steps of an import. A service adds its columns, a parser
// for one row and its SQL.
package csvfile

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"microdemo/kit"
)

const (
	// maxRow bounds one row, in bytes with its quotes, and so how much of a file is
	// in memory at once.
	maxRow = 64 << 10

	// readAhead is how much of a file is read before it is needed.
	readAhead = 4 << 10

	// byteOrderMark is how some spreadsheets begin a file in UTF-8.
	byteOrderMark = "\uFEFF"
)

// Columns are the columns of an imported file, in any order. A file with any other
// column is malformed.
type Columns struct {
	Required []string
	Optional []string
	Ignored  []string // such as id, so that an exported file can be imported
}

// File is a file that is being imported, read row by row.
type File struct {
	csv    *csv.Reader
	budget *rowBudget
	header []string
	at     map[string]int
	rows   int64 // read so far, with the header

	skipped int64
	errors  []rowError // the first ones, by row
}

// NewFile reads the header of a file. Errors of the file itself are Malformed and
// name the row.
func NewFile(r io.Reader, columns Columns) (*File, error) {
	budget := &rowBudget{Reader: r, left: maxRow + readAhead}
	buffered := bufio.NewReaderSize(budget, readAhead)
	if mark, err := buffered.Peek(len(byteOrderMark)); err == nil && string(mark) == byteOrderMark {
		_, _ = buffered.Discard(len(byteOrderMark))
	}
	f := &File{csv: csv.NewReader(buffered), budget: budget, at: map[string]int{}}
	f.csv.ReuseRecord = true
	f.csv.FieldsPerRecord = -1 // counted by Rows, for the message
	header, err := f.read()
	if err != nil {
		return nil, err
	}
	if header == nil {
		return nil, fileEmpty.With()
	}
	f.header = slices.Clone(header)
	known := slices.Concat(columns.Required, columns.Optional, columns.Ignored)
	for i, name := range f.header {
		name = strings.ToLower(strings.TrimSpace(name))
		switch {
		case f.Has(name):
			return nil, columnRepeated.With("column", name)
		case !slices.Contains(known, name):
			return nil, columnUnknown.With("column", printable(name), "columns", strings.Join(known, ", "))
		}
		f.at[name] = i
	}
	for _, name := range columns.Required {
		if !f.Has(name) {
			return nil, columnMissing.With("column", name)
		}
	}
	return f, nil
}

// Has reports whether the file has a column.
func (f *File) Has(column string) bool {
	_, ok := f.at[column]
	return ok
}

// Rows are the rows after the header, until the end of the file or the first error,
// without blank lines.
func (f *File) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for {
			cells, err := f.read()
			if err == nil && cells == nil {
				return
			}
			if err == nil && len(cells) != len(f.header) {
				err = fieldCount.With("row", f.rows, "fields", len(cells), "columns", len(f.header))
			}
			if !yield(Row{n: f.rows, cells: cells, at: f.at}, err) || err != nil {
				return
			}
		}
	}
}

// read reads one row; nil is the end of the file.
func (f *File) read() ([]string, error) {
	f.budget.left = maxRow + readAhead
	cells, err := f.csv.Read()
	if err == io.EOF { // not errors.Is: a wrapped one is an upload that was cut
		return nil, nil
	}
	f.rows++
	if err != nil {
		return nil, f.readError(err)
	}
	for _, cell := range cells {
		if !utf8.ValidString(cell) {
			return nil, notUTF8.With("row", f.rows)
		}
		if strings.ContainsRune(cell, 0) {
			return nil, nulInRow.With("row", f.rows)
		}
	}
	return cells, nil
}

func (f *File) readError(err error) error {
	var refused *kit.Error
	switch {
	case errors.As(err, &refused): // by the upload
		located := *refused
		located.Message = fmt.Sprintf("Row %d: %s", f.rows, refused.Message)
		located.Params = map[string]any{"row": f.rows}
		maps.Copy(located.Params, refused.Params)
		return &located
	case errors.Is(err, errRowTooLong):
		return rowTooLong.With("row", f.rows, "limit", fmt.Sprintf("%d KiB", maxRow>>10))
	case errors.Is(err, csv.ErrBareQuote):
		return quoteInField.With("row", f.rows)
	case errors.Is(err, csv.ErrQuote):
		return quoteNotClosed.With("row", f.rows)
	}
	return fmt.Errorf("read row %d: %w", f.rows, err)
}

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
