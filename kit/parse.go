package kit

import (
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// The types of a service's fields carry their rules in their schemas. Texts and
// Integers apply these to values that do not come as JSON: cells of a file, arguments.
// Their errors name the field and do not repeat the value, which may be a password.

// Texts makes a function that parses the values of a field.
func Texts[T interface {
	~string
	huma.SchemaProvider
}](field string) func(string) (T, error) {
	schema := T("").Schema(nil)
	schema.PrecomputeMessages()
	return func(text string) (T, error) {
		var found huma.ValidateResult
		huma.Validate(nil, schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, text, &found)
		for _, err := range found.Errors {
			if f, ok := fieldErrorOf(err); ok {
				f.Location, f.Value = field, nil
				return "", f
			}
		}
		return T(text), nil
	}
}

// Integers makes a function that parses the values of a field whose schema has a
// minimum and a maximum.
func Integers[T interface {
	~int64
	huma.SchemaProvider
}](field string) func(string) (T, error) {
	schema := T(0).Schema(nil)
	least, most := int64(*schema.Minimum), int64(*schema.Maximum)
	return func(text string) (T, error) {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < least || n > most {
			return 0, wholeNumber.At(field, nil, "minimum", least, "maximum", most)
		}
		return T(n), nil
	}
}
