package csvfile

import "microdemo/kit"

// The ways in which a file or its upload can be refused.
var (
	fileEmpty = kit.ProblemType{
		Kind: kit.Malformed, Code: "csv-empty", Detail: "The file is empty: row 1 must name the columns.",
		Remedy: "Begin the file with a line that names its columns.",
	}
	columnRepeated = kit.ProblemType{
		Kind: kit.Malformed, Code: "csv-column-repeated", Detail: "Row 1: the column {column} appears twice.",
		Remedy: "Name each column once.",
	}
	columnUnknown = kit.ProblemType{
		Kind: kit.Malformed, Code: "csv-column-unknown", Detail: `Row 1: the column "{column}" is not known; the columns are {columns}.`,
		Remedy: "Rename the column, or leave it out.",
	}
	columnMissing = kit.ProblemType{
		Kind: kit.Malformed, Code: "csv-column-missing", Detail: "Row 1: the column {column} is missing.",
		Remedy: "Add the column.",
	}
	fieldCount = kit.ProblemType{
		Kind: kit.Malformed, Code: "csv-field-count", Detail: "Row {row} has {fields} fields, but the header has {columns}.",
		Remedy: "Quote fields that contain a comma, and leave empty fields empty rather than out.",
	}
	rowTooLong = kit.ProblemType{
		Kind: kit.Malformed, Code: "csv-row-too-long", Detail: "Row {row} is longer than {limit}; is a quote not closed?",
		Remedy: "Close the quote, or shorten the row.",
	}
	quoteInField = kit.ProblemType{
		Kind: kit.Malformed, Code: "csv-quote-in-field", Detail: "Row {row} is not valid CSV: a field that is not quoted contains a quote.",
		Remedy: "Quote the field, and double the quotes inside it.",
	}
	quoteNotClosed = kit.ProblemType{
		Kind: kit.Malformed, Code: "csv-quote-not-closed", Detail: "Row {row} is not valid CSV: a quote is not closed, or not followed by a comma or the end of the line.",
		Remedy: "Close the quote, and double the quotes inside the field.",
	}
	notUTF8 = kit.ProblemType{
		Kind: kit.Malformed, Code: "csv-not-utf8", Detail: "Row {row} is not in UTF-8.",
		Remedy: "Save the file as CSV in UTF-8.",
	}
	nulInRow = kit.ProblemType{
		Kind: kit.Malformed, Code: "csv-nul", Detail: "Row {row} contains a NUL character; is the file in UTF-16?",
		Remedy: "Save the file as CSV in UTF-8.",
	}
	keyRepeated = kit.ProblemType{
		Kind: kit.Malformed, Code: "csv-key-repeated", Detail: "Row {row}: the {column} {value} is already in row {first}.",
		Remedy: "Keep one row for each key.",
	}
	notMultipart = kit.ProblemType{
		Kind: kit.UnsupportedMedia, Code: "multipart-required", Detail: "Send the file as multipart/form-data, in the field file.",
		Remedy: "Send a form with one field, file.",
	}
	fileTooLarge = kit.ProblemType{
		Kind: kit.TooLarge, Code: "file-too-large", Detail: "The file is too large: at most {limit}.",
		Remedy: "Split the file.",
	}
	uploadStalled = kit.ProblemType{
		Kind: kit.Malformed, Code: "upload-stalled", Detail: "The file stopped arriving.",
		Remedy: "Send the file again; nothing has changed.",
	}
	uploadCut = kit.ProblemType{
		Kind: kit.Malformed, Code: "upload-cut", Detail: "The body ended early, or is not valid multipart/form-data.",
		Remedy: "Send the file again; nothing has changed.",
	}
	importRunning = kit.ProblemType{
		Kind: kit.RateLimited, Code: "import-running", Detail: "Another import of yours is still running; try again when it has ended.",
		Remedy: "Wait as long as Retry-After says, and try again.",
	}
	tooManyImports = kit.ProblemType{
		Kind: kit.RateLimited, Code: "too-many-imports", Detail: "Too many imports are running right now; try again.",
		Remedy: "Wait as long as Retry-After says, and try again.",
	}
	exportRunning = kit.ProblemType{
		Kind: kit.RateLimited, Code: "export-running", Detail: "Another export of yours is still running; try again when it has ended.",
		Remedy: "Wait as long as Retry-After says, and try again.",
	}
	tooManyExports = kit.ProblemType{
		Kind: kit.RateLimited, Code: "too-many-exports", Detail: "Too many exports are running right now; try again.",
		Remedy: "Wait as long as Retry-After says, and try again.",
	}
)

// ProblemTypes are what imports and exports add to a service's problems.
var ProblemTypes = []kit.ProblemType{
	fileEmpty, columnRepeated, columnUnknown, columnMissing, fieldCount, rowTooLong, quoteInField, quoteNotClosed, notUTF8, nulInRow,
	keyRepeated, notMultipart, fileTooLarge, uploadStalled, uploadCut,
	importRunning, tooManyImports, exportRunning, tooManyExports,
}

var (
	fileRequired    = kit.Rule{Code: "file-required", Message: "expected a file"}
	fileName        = kit.Rule{Code: "csv-file-name", Message: "expected a file whose name ends in .csv"}
	fieldUnexpected = kit.Rule{Code: "unexpected-field", Message: "expected no other field than file"}
	onlyDryRun      = kit.Rule{Code: "unexpected-parameter", Message: "expected no other parameter than dry_run"}
)

// Rules are what imports add to a service's rules.
var Rules = []kit.Rule{fileRequired, fileName, fieldUnexpected, onlyDryRun}
