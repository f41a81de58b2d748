package users

import (
	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

// Name is a person's name.
type Name string

// Schema implements huma.SchemaProvider.
func (Name) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, MinLength: new(1), MaxLength: new(200),
		Pattern:            `^[^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0][^\x00-\x1f\x7f-\x9f]*$`,
		PatternDescription: "a text without control characters and not only blanks",
	}
}

// Email is an address as a browser's e-mail field accepts it (HTML, section
// 4.10.5.1.5): ASCII only, so that case folds the same everywhere.
type Email string

// Schema implements huma.SchemaProvider.
func (Email) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, Format: "email", MinLength: new(3), MaxLength: new(254), // RFC 5321, section 4.5.3.1.3
		Pattern:            "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@" + domainLabel + `(\.` + domainLabel + ")*$",
		PatternDescription: "an e-mail address such as bob@example.com",
	}
}

const domainLabel = "[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"

// Password is a password that is being set. Its only rule is its length (NIST SP
// 800-63B, section 5.1.1.2).
type Password string

// Schema implements huma.SchemaProvider.
func (Password) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "password", MinLength: new(8), MaxLength: new(200)}
}

var (
	parseName     = kit.Texts[Name]("name")
	parseEmail    = kit.Texts[Email]("email")
	parsePassword = kit.Texts[Password]("password")
)
