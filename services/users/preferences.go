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

// Preferences is a JSON object whose meaning only clients know. It is kept as
// text, so that numbers come back as they were sent.
type Preferences struct{ json.RawMessage }

// Schema implements huma.SchemaProvider.
func (Preferences) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
}

// PreferencesChange is the body that replaces preferences.
type PreferencesChange struct {
	Preferences Preferences `json:"preferences" doc:"Any JSON object of at most 16 KiB. It replaces what was kept." example:"{\"theme\": \"dark\"}"`
}

type preferencesInput struct{ Body PreferencesChange }

// Resolve implements huma.Resolver.
func (in *preferencesInput) Resolve(huma.Context) []error {
	p := &in.Body.Preferences
	if len(p.RawMessage) == 0 { // the body was refused already
		return nil
	}
	if problem := p.tidy(); problem != "" {
		return []error{&huma.ErrorDetail{Location: "body.preferences", Message: problem}}
	}
	return nil
}

// tidy brings the object into its one compact form, in which no key stands
// twice and every text is valid, or says why it cannot be kept.
func (p *Preferences) tidy() (problem string) {
	var object map[string]any
	d := json.NewDecoder(bytes.NewReader(p.RawMessage))
	d.UseNumber()
	if err := d.Decode(&object); err != nil || object == nil {
		return "expected an object"
	}
	if problem := unkeepable(object, 1); problem != "" {
		return problem
	}
	var compact bytes.Buffer
	e := json.NewEncoder(&compact)
	e.SetEscapeHTML(false)
	if err := e.Encode(object); err != nil {
		return "expected an object"
	}
	p.RawMessage = bytes.TrimSpace(compact.Bytes())
	if len(p.RawMessage) > maxPreferences {
		return "expected at most 16 KiB"
	}
	return ""
}

func unkeepable(value any, depth int) (problem string) {
	if depth > maxPreferencesDepth {
		return "expected at most 32 levels"
	}
	switch v := value.(type) {
	case string:
		if strings.ContainsRune(v, 0) {
			return "expected texts without NUL characters"
		}
	case []any:
		for _, element := range v {
			if problem := unkeepable(element, depth+1); problem != "" {
				return problem
			}
		}
	case map[string]any:
		for key, element := range v {
			if problem := unkeepable(key, depth); problem != "" {
				return problem
			}
			if problem := unkeepable(element, depth+1); problem != "" {
				return problem
			}
		}
	}
	return ""
}
