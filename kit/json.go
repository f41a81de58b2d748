package kit

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/danielgtaylor/huma/v2"
)

var jsonFormat = huma.Format{
	Marshal: huma.DefaultJSONFormat.Marshal,
	Unmarshal: func(data []byte, v any) error {
		err := json.Unmarshal(data, v)
		var wrongType *json.UnmarshalTypeError
		if errors.As(err, &wrongType) { // such as 1e3 for an integer, which a JSON schema allows
			return fmt.Errorf("%s: a JSON %s does not fit here", wrongType.Field, wrongType.Value)
		}
		return err
	},
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
