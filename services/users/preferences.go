package users

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

const (
	maxPreferences      = 16 << 10 // bytes
	maxPreferencesDepth = 32       // PostgreSQL's own limit depends on its stack
)

// Preferences is a JSON object whose meaning only clients know. It is stored as text,
// so that numbers are answered as they were sent.
type Preferences struct{ json.RawMessage }

// Schema implements huma.SchemaProvider.
func (Preferences) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
}

// compact brings the object into its one compact form, with each key once and valid
// texts. Its error is for the value at location.
func (p *Preferences) compact(location string) error {
	var object map[string]any
	d := json.NewDecoder(bytes.NewReader(p.RawMessage))
	d.UseNumber()
	if err := d.Decode(&object); err != nil || object == nil {
		return preferencesObject.At(location, nil)
	}
	if err := checkStorable(location, object, 1); err != nil {
		return err
	}
	var compact bytes.Buffer
	e := json.NewEncoder(&compact)
	e.SetEscapeHTML(false)
	if err := e.Encode(object); err != nil {
		return preferencesObject.At(location, nil)
	}
	p.RawMessage = bytes.TrimSpace(compact.Bytes())
	if len(p.RawMessage) > maxPreferences {
		return preferencesSize.At(location, nil)
	}
	return nil
}

func checkStorable(location string, value any, depth int) error {
	if depth > maxPreferencesDepth {
		return preferencesDepth.At(location, nil, "maximum", maxPreferencesDepth)
	}
	switch v := value.(type) {
	case string:
		if strings.ContainsRune(v, 0) {
			return preferencesNUL.At(location, nil)
		}
	case []any:
		for _, element := range v {
			if err := checkStorable(location, element, depth+1); err != nil {
				return err
			}
		}
	case map[string]any:
		for key, element := range v {
			if err := checkStorable(location, key, depth); err != nil {
				return err
			}
			if err := checkStorable(location, element, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}
