package kit

import (
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// ParseText makes a T of a text that is not part of a request, such as a cell of a
// file, under the rules of T's schema. An error is a FieldError at location.
func ParseText[T interface {
	~string
	huma.SchemaProvider
}](location, text string,
) (T, error) {
	return T(text), checkSchema(reflect.TypeFor[T](), location, text)
}

// ParseInteger makes a T of a text that is not part of a request, within the minimum
// and the maximum of T's schema. An error is a FieldError at location.
func ParseInteger[T interface {
	~int64
	huma.SchemaProvider
}](location, text string,
) (T, error) {
	schema := T(0).Schema(nil)
	least, most := int64(*schema.Minimum), int64(*schema.Maximum)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least || n > most {
		return 0, wholeNumber.At(location, nil, "minimum", least, "maximum", most)
	}
	return T(n), nil
}

// ParseJSON reads a T from a JSON text that is not a body, as strictly as if it were
// one, except that it calls no resolvers. An error is a FieldError at location or
// inside it.
func ParseJSON[T any](location, text string) (value T, err error) {
	var plain any
	if err := unmarshal([]byte(text), &plain); err != nil {
		return value, misreadAt(location, err)
	}
	if err := checkSchema(reflect.TypeFor[T](), location, plain); err != nil {
		return value, err
	}
	if err := unmarshal([]byte(text), &value); err != nil {
		return value, misreadAt(location, err)
	}
	return value, nil
}

// misreadAt is the error of unmarshal for a value at location.
func misreadAt(location string, err error) error {
	detail := located(&huma.ErrorDetail{Location: "body", Message: err.Error()})
	if detail.Location == "body" {
		return validJSON.At(location, nil)
	}
	return fieldOf(location+strings.TrimPrefix(detail.Location, "body"), detail.Message, nil)
}

// typeSchema is the schema of one type, outside any document.
type typeSchema struct {
	*huma.Schema
	registry huma.Registry
}

var typeSchemas sync.Map // of typeSchema, by reflect.Type

func typeSchemaOf(t reflect.Type) typeSchema {
	if known, ok := typeSchemas.Load(t); ok {
		return known.(typeSchema)
	}
	setHumaGlobals()
	registry := huma.NewMapRegistry("#/", huma.DefaultSchemaNamer)
	made := typeSchema{registry.Schema(t, false, ""), registry}
	made.PrecomputeMessages()
	for _, inner := range registry.Map() {
		inner.PrecomputeMessages()
	}
	typeSchemas.Store(t, made)
	return made
}

func checkSchema(t reflect.Type, location string, value any) error {
	schema := typeSchemaOf(t)
	path := huma.NewPathBuffer(nil, 0)
	path.Push(location)
	var found huma.ValidateResult
	huma.Validate(schema.registry, schema.Schema, path, huma.ModeWriteToServer, value, &found)
	if len(found.Errors) == 0 {
		return nil
	}
	field, _ := fieldErrorOf(found.Errors[0])
	return field
}
