package kit

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var jsonFormat = huma.Format{
	Marshal:   huma.DefaultJSONFormat.Marshal,
	Unmarshal: unmarshal,
}

var jsonFormats = map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat}

var escapedSurrogates = jsontext.AllowInvalidUTF8(true) // as encoding/json does

// unmarshal reads one JSON text, in which no object has a key twice: what that
// means depends on the reader (RFC 8259, section 4). huma calls it twice for a
// body: first into an any, to validate it, then into the operation's type. Of its
// errors huma keeps only the text; located finds the location in it.
func unmarshal(data []byte, v any) error {
	if !utf8.Valid(data) {
		return errors.New("it is not in UTF-8") // RFC 8259, section 8.1
	}
	d := jsontext.NewDecoder(bytes.NewBuffer(data), escapedSurrogates)
	err := json.UnmarshalDecode(d, v)
	if err == nil {
		if _, err = d.ReadToken(); errors.Is(err, io.EOF) {
			return nil
		}
	}
	var text jsontext.Value
	if syntax := json.Unmarshal(data, &text, escapedSurrogates, jsontext.AllowDuplicateNames(true)); syntax != nil {
		return errors.New(strings.TrimPrefix(syntax.Error(), "jsontext: "))
	}
	var (
		repeated *jsontext.SyntacticError
		misfit   *json.SemanticError
	)
	_, isAny := v.(*any)
	switch {
	case errors.As(err, &repeated):
		return errors.New(location(d, repeated.JSONPointer) + ": " + repeatedKey.Message)
	case errors.As(err, &misfit) && isAny: // a number that is too large even for float64
		return errors.New(location(d, misfit.JSONPointer) + ": " + numberSize.Message)
	case misfit != nil: // such as 1e3 for an integer, which a JSON schema allows
		return errors.New(location(d, misfit.JSONPointer) + ": " + plainDigits.Message)
	}
	return err
}

// location is a pointer in the notation of FieldError. The decoder that stopped
// there knows which levels are arrays.
func location(d *jsontext.Decoder, pointer jsontext.Pointer) string {
	at := "body"
	for i, token := range slices.Collect(pointer.Tokens()) {
		if kind, _ := d.StackIndex(i + 1); kind == jsontext.KindBeginArray {
			at += "[" + token + "]"
		} else {
			at += "." + token
		}
	}
	return at
}
