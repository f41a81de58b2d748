package kit

import "github.com/danielgtaylor/huma/v2"

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
