package kit

import (
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// identifierPattern is what an Identifier looks like.
const identifierPattern = `^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`

const identifierDescription = "1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit"

// Identifier is a SKU or the id of an order.
type Identifier string

// Schema implements huma.SchemaProvider.
func (Identifier) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: identifierPattern, PatternDescription: identifierDescription}
}

// OptionalIdentifier is an Identifier that a request may leave to the service: ""
// is the same as none.
type OptionalIdentifier string

// Schema implements huma.SchemaProvider.
func (OptionalIdentifier) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, Pattern: "^$|" + identifierPattern, PatternDescription: identifierDescription + ", or empty",
	}
}

// Idempotency is the Idempotency-Key header. Operations embed it in their input.
type Idempotency struct {
	Key string `header:"Idempotency-Key" minLength:"1" maxLength:"255" pattern:"^[\\x20-\\x7e]+$" patternDescription:"printable ASCII" doc:"With the same key and body, the request has its effect once" example:"cart-7f3a"`
}

// Resolve implements huma.Resolver: it refuses an empty key, which huma takes for
// none.
func (i *Idempotency) Resolve(ctx huma.Context) (errs []error) {
	ctx.EachHeader(func(name, value string) {
		if strings.EqualFold(name, "Idempotency-Key") && value == "" {
			errs = append(errs, emptyKey.At("header.Idempotency-Key", nil))
		}
	})
	return errs
}

// Optional is a field of a request that can be left out, null, or given; a
// pointer does not distinguish the first two.
type Optional[T any] struct {
	sent, null bool
	value      T
}

// Get is the value, and whether one was given.
func (o Optional[T]) Get() (T, bool) { return o.value, o.sent && !o.null }

// IsNull reports whether the field was sent as null.
func (o Optional[T]) IsNull() bool { return o.null }

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (o *Optional[T]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	o.sent = true
	if d.PeekKind() == jsontext.KindNull {
		o.null = true
		return d.SkipValue()
	}
	return json.UnmarshalDecode(d, &o.value)
}

// Schema implements huma.SchemaProvider: the field looks like its value.
func (o Optional[T]) Schema(r huma.Registry) *huma.Schema {
	s := *r.Schema(reflect.TypeFor[T](), true, "")
	s.Nullable = true
	return &s
}

// Resolve implements huma.ResolverWithPath: the value's own check applies.
func (o Optional[T]) Resolve(ctx huma.Context, path *huma.PathBuffer) []error {
	if check, ok := any(o.value).(huma.ResolverWithPath); ok && o.sent && !o.null {
		return check.Resolve(ctx, path)
	}
	return nil
}

// Ignored is a read-only field in a request: its value is skipped, so that clients
// can send back what they read.
type Ignored struct{}

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (*Ignored) UnmarshalJSONFrom(d *jsontext.Decoder) error { return d.SkipValue() }

// Schema implements huma.SchemaProvider: any value is valid.
func (Ignored) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{ReadOnly: true, Description: "Read-only; ignored.", Examples: []any{"as it was read"}}
}
