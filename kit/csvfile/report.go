package csvfile

import (
	"fmt"
	"slices"
)

// maxRowErrors is how many skipped rows a report explains.
const maxRowErrors = 10

type rowError struct {
	row    int64
	reason string
}

// Skip leaves a row out because of its values. The reason is part of a sentence,
// such as "qty: expected a whole number".
func (f *File) Skip(row int64, reason string) {
	f.skipped++
	at, _ := slices.BinarySearchFunc(f.errors, row, func(e rowError, row int64) int { return int(e.row - row) })
	if at < maxRowErrors {
		f.errors = slices.Insert(f.errors, at, rowError{row, reason})
		f.errors = f.errors[:min(len(f.errors), maxRowErrors)]
	}
}

// Report is the answer to an import.
type Report struct {
	Created int64    `json:"created_count" doc:"How many rows created something" example:"2"`
	Updated int64    `json:"updated_count" doc:"How many rows are about something that existed, changed or not" example:"40"`
	Skipped int64    `json:"skipped_count" doc:"How many rows were left out because of their values" example:"1"`
	Errors  []string `json:"errors" doc:"Why the first 10 of them were; the header is row 1" example:"[\"Row 7: qty: expected a whole number from 0 to 1000000000000\"]"`
}

// report is the answer, once the file is read and it is known how many rows created
// something.
func (f *File) report(created int64) Report {
	header := int64(1)
	report := Report{Created: created, Updated: f.rows - header - f.skipped - created, Skipped: f.skipped, Errors: []string{}}
	for _, e := range f.errors {
		report.Errors = append(report.Errors, fmt.Sprintf("Row %d: %s", e.row, e.reason))
	}
	return report
}
