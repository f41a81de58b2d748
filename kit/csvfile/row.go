package csvfile

import "strings"

// Row is one row of a file, valid until the next one is read.
type Row struct {
	n     int64 // as a spreadsheet counts: the header is row 1
	cells []string
	at    map[string]int
}

// Has reports whether the file has a column.
func (r Row) Has(column string) bool {
	_, ok := r.at[column]
	return ok
}

// Raw is a cell of a number or a keyword, without blanks around it; "" if the file
// has no such column.
func (r Row) Raw(column string) string {
	i, ok := r.at[column]
	if !ok {
		return ""
	}
	return strings.TrimSpace(r.cells[i])
}

// Text is a cell of text, without the guard of Writer; "" if the file has no such
// column.
func (r Row) Text(column string) string {
	i, ok := r.at[column]
	if !ok {
		return ""
	}
	return unguard(r.cells[i])
}
