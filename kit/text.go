package kit

import (
	"errors"
	"reflect"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// Text is a type of text whose schema holds its rules. huma checks them in
// operations; ParseText checks them elsewhere.
type Text interface {
	~string
	huma.SchemaProvider
}

// ParseText checks a text that did not come through an operation, such as a field
// of a CSV file. Its error does not repeat the text, which may be a password.
func ParseText[T Text](text string) (T, error) {
	schema, ok := textSchemas.Load(reflect.TypeFor[T]())
	if !ok {
		s := T("").Schema(nil)
		s.PrecomputeMessages()
		schema, _ = textSchemas.LoadOrStore(reflect.TypeFor[T](), s)
	}
	var found huma.ValidateResult
	huma.Validate(nil, schema.(*huma.Schema), huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, text, &found)
	for _, err := range found.Errors {
		if detail, ok := err.(huma.ErrorDetailer); ok {
			return "", errors.New(detail.ErrorDetail().Message)
		}
	}
	return T(text), nil
}

var textSchemas sync.Map // of *huma.Schema, by type: compiling a pattern is slow

// IdentifierPattern is what an Identifier looks like.
const IdentifierPattern = `^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`

const identifierDescription = "1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit"

// Identifier is a SKU or the id of an order.
type Identifier string

// Schema implements huma.SchemaProvider.
func (Identifier) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: IdentifierPattern, PatternDescription: identifierDescription}
}

// OptionalIdentifier is an Identifier that a request may leave to the service: ""
// is the same as none.
type OptionalIdentifier string

// Schema implements huma.SchemaProvider.
func (OptionalIdentifier) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, Pattern: "^$|" + IdentifierPattern, PatternDescription: identifierDescription + ", or empty",
	}
}
