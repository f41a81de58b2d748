package kit

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// Document is the service's OpenAPI 3.1 document, as indented JSON.
func (a *API) Document() ([]byte, error) {
	if err := checkProblems(a.problems); err != nil {
		return nil, err
	}
	raw, err := json.MarshalIndent(a.OpenAPI(), "", "  ")
	if err != nil {
		return nil, err
	}
	return append(raw, '\n'), nil
}

//go:embed docs.html
var docsHTML string

// docsPage shows the document. It needs neither scripts nor anything from
// another host.
var docsPage = template.Must(template.New("docs").Parse(docsHTML))

// serveDocs answers the document, as JSON and as a page. Both are made when they
// are first asked for, since every operation must be registered by then.
func (a *API) serveDocs(prefix string) {
	document := sync.OnceValues(a.Document)
	page := sync.OnceValues(func() ([]byte, error) {
		var out bytes.Buffer
		err := docsPage.Execute(&out, a.docs(prefix))
		return out.Bytes(), err
	})
	serve := func(contentType string, content func() ([]byte, error)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			raw, err := content()
			if err != nil {
				ProblemFrom(r.Context(), a.log, err).Write(w)
				return
			}
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
			_, _ = w.Write(raw) // the client is gone if this fails
		}
	}
	a.mux.Get(prefix+"/openapi.json", serve("application/json", document))
	a.mux.Get(prefix+"/docs", serve("text/html; charset=utf-8", page))
}

// docs is what docs.html shows.
type docs struct {
	Title, Description, JSON string
	Operations               []docsOperation
	Schemas                  []docsSchema
}

type docsOperation struct {
	ID, Method, Path, Summary, Description string
	Parameters                             []docsField
	Body                                   *docsType
	Answers                                []docsAnswer
}

type docsAnswer struct {
	Status, Description string
	Type                *docsType
}

type docsSchema struct {
	Name   string
	Fields []docsField
}

type docsField struct {
	Name, In, Description, Example string
	Required                       bool
	Type                           docsType
}

// docsType is a type in words, and the schema it links to, if any.
type docsType struct{ Text, Schema string }

func (a *API) docs(prefix string) docs {
	o := a.OpenAPI()
	d := docs{Title: o.Info.Title, Description: o.Info.Description, JSON: prefix + "/openapi.json"}
	for _, path := range sortedKeys(o.Paths) {
		item := o.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete} {
			if op != nil {
				d.Operations = append(d.Operations, describeOperation(op))
			}
		}
	}
	schemas := o.Components.Schemas.Map()
	for _, name := range sortedKeys(schemas) {
		d.Schemas = append(d.Schemas, docsSchema{name, describeFields(schemas[name])})
	}
	return d
}

func describeOperation(op *huma.Operation) docsOperation {
	d := docsOperation{ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Description}
	for _, p := range op.Parameters {
		f := docsField{Name: p.Name, In: p.In, Description: p.Description, Required: p.Required, Type: describeType(p.Schema)}
		if p.Schema != nil {
			f.Example = exampleOf(p.Schema)
		}
		d.Parameters = append(d.Parameters, f)
	}
	if op.RequestBody != nil {
		for _, media := range op.RequestBody.Content {
			t := describeType(media.Schema)
			d.Body = &t
		}
	}
	for _, status := range sortedKeys(op.Responses) {
		answer := docsAnswer{Status: status, Description: op.Responses[status].Description}
		for _, media := range op.Responses[status].Content {
			t := describeType(media.Schema)
			answer.Type = &t
		}
		d.Answers = append(d.Answers, answer)
	}
	return d
}

func describeFields(s *huma.Schema) []docsField {
	var fields []docsField
	for _, name := range sortedKeys(s.Properties) {
		p := s.Properties[name]
		fields = append(fields, docsField{
			Name: name, Description: p.Description, Example: exampleOf(p),
			Required: slices.Contains(s.Required, name), Type: describeType(p),
		})
	}
	return fields
}

// describeType says a schema in words, with its limits.
func describeType(s *huma.Schema) docsType {
	switch {
	case s == nil:
		return docsType{}
	case s.Ref != "":
		name := s.Ref[strings.LastIndex(s.Ref, "/")+1:]
		return docsType{name, name}
	case s.Type == huma.TypeArray:
		of := describeType(s.Items)
		of.Text = "list of " + of.Text
		return of
	}
	words := []string{s.Type}
	switch {
	case len(s.OneOf) > 0:
		words = nil
		for i, one := range s.OneOf {
			if i > 0 {
				words = append(words, "or")
			}
			words = append(words, one.Type)
		}
	case s.Type == "":
		words = []string{"anything"}
	}
	if s.Nullable {
		words = append(words, "or null")
	}
	if s.Format != "" && s.Format != "int64" {
		words = append(words, s.Format)
	}
	if len(s.Enum) > 0 {
		words = append(words, "one of", strings.Trim(strings.ReplaceAll(fmt.Sprint(s.Enum...), " ", ", "), "[]"))
	}
	if s.PatternDescription != "" {
		words = append(words, "of "+s.PatternDescription)
	}
	if s.Minimum != nil {
		words = append(words, fmt.Sprintf("≥ %.0f", *s.Minimum))
	}
	if s.Maximum != nil {
		words = append(words, fmt.Sprintf("≤ %.0f", *s.Maximum))
	}
	if s.MinLength != nil {
		words = append(words, fmt.Sprintf("at least %d characters", *s.MinLength))
	}
	if s.MaxLength != nil {
		words = append(words, fmt.Sprintf("at most %d characters", *s.MaxLength))
	}
	return docsType{Text: strings.Join(words, " ")}
}

func exampleOf(s *huma.Schema) string {
	if len(s.Examples) == 0 {
		return ""
	}
	raw, err := json.Marshal(s.Examples[0])
	if err != nil {
		return ""
	}
	return string(raw)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
