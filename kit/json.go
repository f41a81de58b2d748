package kit

import (
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

var jsonFormat = huma.Format{
	Marshal:   huma.DefaultJSONFormat.Marshal,
	Unmarshal: unmarshal,
}

// unmarshal is json.Unmarshal, but strict. huma calls it twice for a body: first
// into an any, to validate it, then into the operation's type. Of its errors
// huma keeps only the text; problemFromHuma finds the location in it.
func unmarshal(data []byte, v any) error {
	if !utf8.Valid(data) {
		return errors.New("it is not in UTF-8") // RFC 8259, section 8.1
	}
	err := json.Unmarshal(data, v)
	_, isAny := v.(*any)
	var wrongType *json.UnmarshalTypeError
	misfit := errors.As(err, &wrongType)
	switch {
	case misfit && isAny: // it has no type to be too large for, but float64
		return errors.New(hugeNumber(data) + ": expected a number of a sensible size")
	case misfit: // such as 1e3 for an integer, which a JSON schema allows
		return errors.New(locate(data, wrongType.Offset) + ": expected a number in plain digits")
	case err == nil && isAny:
		if location := repeatedKey(data); location != "" {
			return errors.New(location + ": expected this key only once")
		}
	}
	return err
}

var jsonFormats = map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat}

// Optional is a field of a request that can be left out, null, or given; a
// pointer cannot tell the first two apart.
type Optional[T any] struct {
	sent, null bool
	value      T
}

// Get is the value, and whether one was given.
func (o Optional[T]) Get() (T, bool) { return o.value, o.sent && !o.null }

// IsNull tells whether the field was sent as null.
func (o Optional[T]) IsNull() bool { return o.null }

// UnmarshalJSON implements json.Unmarshaler.
func (o *Optional[T]) UnmarshalJSON(data []byte) error {
	o.sent = true
	if string(data) == "null" {
		o.null = true
		return nil
	}
	return json.Unmarshal(data, &o.value)
}

// Schema implements huma.SchemaProvider: the field looks like its value.
func (o Optional[T]) Schema(r huma.Registry) *huma.Schema {
	s := *r.Schema(typeOf[T](), true, "")
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

// Ignored is a read-only field in a request: whatever is sent is passed over, so
// that what was read can be sent back.
type Ignored struct{}

// UnmarshalJSON implements json.Unmarshaler.
func (*Ignored) UnmarshalJSON([]byte) error { return nil }

// Schema implements huma.SchemaProvider: anything goes.
func (Ignored) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{ReadOnly: true, Description: "Read-only; ignored.", Examples: []any{"as it was read"}}
}
