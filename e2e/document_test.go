package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

func readDocuments(t testing.TB) map[string]*document {
	t.Helper()
	all, err := documents()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestDocuments_AreServedThroughTheGateway(t *testing.T) {
	t.Parallel()
	s := startBoth(t)
	for name, d := range readDocuments(t) {
		a := s.anyone.Do(t, "GET", "/"+name+"/openapi.json", nil).Want(200)
		if ct := a.Header.Get("Content-Type"); ct != "application/json" {
			t.Errorf("%s: content type %q", name, ct)
		}
		if diff := cmp.Diff(string(d.raw), string(a.Raw)); diff != "" {
			t.Errorf("%s serves another document than answers are checked against: %s", name, diff)
		}
	}
}

func TestDocuments_AreValidOpenAPI31(t *testing.T) {
	t.Parallel()
	for name, d := range readDocuments(t) {
		if !strings.HasPrefix(d.OpenAPI, "3.1.") {
			t.Errorf("%s is OpenAPI %s", name, d.OpenAPI)
		}
		// JSON Schema 2020-12, section 6.5, allows keywords of one's own.
		if err := d.Validate(t.Context(), openapi3.AllowExtraSiblingFields("patternDescription")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDocuments_SayEverythingOfEveryOperation(t *testing.T) {
	t.Parallel()
	open := []string{"POST /users/register", "POST /users/login", "POST /users/refresh"}
	ids := map[string]string{}
	eachOperation(t, func(name string, op *openapi3.Operation) {
		if op.OperationID == "" || op.Summary == "" || op.Description == "" {
			t.Errorf("%s lacks an id, a summary or a description: %q, %q, %q", name, op.OperationID, op.Summary, op.Description)
		}
		if other := ids[op.OperationID]; other != "" {
			t.Errorf("%s and %s are both called %s", name, other, op.OperationID)
		}
		ids[op.OperationID] = name
		if secured := op.Security != nil && len(*op.Security) > 0; secured == slices.Contains(open, name) {
			t.Errorf("%s: secured %v", name, secured)
		} else if secured && (op.Responses.Status(401) == nil || op.Responses.Status(403) == nil) {
			t.Errorf("%s is secured but lists no 401 or 403", name)
		}
		for _, parameter := range op.Parameters {
			p := parameter.Value
			if p.Description == "" || p.Schema == nil || !hasExample(p.Schema) {
				t.Errorf("%s: parameter %s lacks a description or an example", name, p.Name)
			}
			if in := op.Responses.Status(422); in == nil {
				t.Errorf("%s takes parameters but lists no 422", name)
			}
		}
		if op.RequestBody != nil {
			for _, status := range []int{400, 413, 415, 422} {
				if op.Responses.Status(status) == nil {
					t.Errorf("%s takes a body but lists no %d", name, status)
				}
			}
		}
		for status, response := range op.Responses.Map() {
			for header, h := range response.Value.Headers {
				if schema := h.Value.Schema; schema == nil || schema.Value.Description == "" || !hasExample(schema) {
					t.Errorf("%s: header %s of %s lacks a description or an example", name, header, status)
				}
			}
			if _, problem := response.Value.Content["application/problem+json"]; problem != (status >= "4") {
				t.Errorf("%s: the answer %s is a problem: %v", name, status, problem)
			}
		}
	})
}

func TestDocuments_SayEverythingOfEveryField(t *testing.T) {
	t.Parallel()
	for service, d := range readDocuments(t) {
		for name, schema := range d.Components.Schemas {
			open := name == "Problem" || name == "FieldError" // each type, each rule has members of its own
			if allows := schema.Value.AdditionalProperties.Has; allows == nil || *allows != open {
				t.Errorf("%s: %s allows fields that it does not name", service, name)
			}
			for field, property := range schema.Value.Properties {
				if name == "FieldError" && field == "value" {
					continue // it repeats what was sent, of any type
				}
				if property.Value.Description == "" || !hasExample(property) {
					t.Errorf("%s: %s.%s lacks a description or an example", service, name, field)
				}
			}
		}
	}
}

// hasExample tells whether a schema has an example, or is made of schemas that
// have some themselves.
func hasExample(s *openapi3.SchemaRef) bool {
	return s.Ref != "" || len(s.Value.Examples) > 0 || s.Value.Items != nil && s.Value.Items.Ref != ""
}

// eachOperation calls do for every operation of the three services, named by
// method and path.
func eachOperation(t testing.TB, do func(name string, op *openapi3.Operation)) {
	t.Helper()
	for _, d := range readDocuments(t) {
		for _, template := range d.templates {
			for method, op := range d.Paths.Value(template).Operations() {
				do(fmt.Sprintf("%s %s", method, template), op)
			}
		}
	}
}
