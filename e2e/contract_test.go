package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"microdemo/kit"
	"microdemo/kit/kittest"
	"microdemo/services/inventory"
	"microdemo/services/orders"
	"microdemo/services/users"
)

// document is what a service says of itself.
type document struct {
	*openapi3.T
	raw       []byte
	templates []string // its paths, in the order in which they are matched

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema // by JSON pointer; compiling one takes longer than a request
}

// documentURL only names a document for the compiler of its schemas.
const documentURL = "https://microdemo.example/openapi.json"

// documents are those of the three services, by name.
var documents = sync.OnceValues(func() (map[string]*document, error) {
	all := map[string]*document{}
	for name, write := range map[string]func(kit.Env) ([]byte, error){
		"users": users.Document, "orders": orders.Document, "inventory": inventory.Document,
	} {
		raw, err := write(kit.NewEnv(slog.New(slog.DiscardHandler)))
		if err != nil {
			return nil, err
		}
		if all[name], err = readDocument(raw); err != nil {
			return nil, fmt.Errorf("the document of %s: %w", name, err)
		}
	}
	return all, nil
})

func readDocument(raw []byte) (*document, error) {
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		return nil, err
	}
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	d := &document{T: doc, raw: raw, compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	d.compiler.DefaultDraft(jsonschema.Draft2020) // what OpenAPI 3.1 uses
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(documentURL, tree); err != nil {
		return nil, err
	}
	for template := range doc.Paths.Map() {
		d.templates = append(d.templates, template)
	}
	slices.Sort(d.templates) // "{" comes after every letter, so words go before parameters
	return d, nil
}

// operation finds the operation that a request is for; nil if there is none.
func (d *document) operation(method, path string) (template string, op *openapi3.Operation) {
	for _, template := range d.templates {
		if op := d.Paths.Value(template).Operations()[method]; op != nil && fits(path, template) {
			return template, op
		}
	}
	return "", nil
}

func fits(path, template string) bool {
	parts := strings.Split(path, "/")
	return slices.EqualFunc(parts, strings.Split(template, "/"), func(part, of string) bool {
		return part == of || part != "" && strings.HasPrefix(of, "{")
	})
}

// validate holds a body against the schema that a JSON pointer names.
func (d *document) validate(body []byte, pointer ...string) error {
	schema, err := d.schema(pointer)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

func (d *document) schema(pointer []string) (*jsonschema.Schema, error) {
	at := documentURL + "#"
	for _, token := range pointer {
		at += "/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(token)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if schema := d.schemas[at]; schema != nil {
		return schema, nil
	}
	schema, err := d.compiler.Compile(at)
	d.schemas[at] = schema
	return schema, err
}

// checkAnswer holds every answer that a test gets against the document of the
// service that gave it.
func checkAnswer(req *http.Request, a kittest.Answer) error {
	err := conforms(req, a)
	if err != nil {
		return fmt.Errorf("the answer breaks the contract: %d, %w: %.2000s", a.Status, err, a.Raw)
	}
	return nil
}

func conforms(req *http.Request, a kittest.Answer) error {
	if id := a.Header.Get("X-Request-ID"); id == "" {
		return fmt.Errorf("no X-Request-ID: %v", a.Header)
	}
	all, err := documents()
	if err != nil {
		return err
	}
	if refusedByNGINX(req.URL.Path) && a.Status == http.StatusBadRequest {
		return isProblem(a)
	}
	service, _, _ := strings.Cut(strings.TrimPrefix(req.URL.Path, "/"), "/")
	isPage := req.Method == http.MethodGet && slices.Contains(pages, req.URL.Path)
	if d := all[service]; d != nil && !isPage && (a.Status != http.StatusNotFound || !internal(req.URL.Path)) {
		if template, op := d.operation(req.Method, req.URL.Path); op != nil {
			return d.conforms(template, op, req.Method, a)
		}
	}
	return conformsElsewhere(req, a)
}

// internal tells whether the gateway hides an address: to clients it is not
// there, whatever its document says.
func internal(path string) bool {
	return strings.HasPrefix(path, "/inventory/reservations") || strings.HasPrefix(path, "/users/revocations")
}

func (d *document) conforms(template string, op *openapi3.Operation, method string, a kittest.Answer) error {
	status := strconv.Itoa(a.Status)
	response := op.Responses.Value(status)
	if response == nil {
		return fmt.Errorf("%s does not document this status", op.OperationID)
	}
	if len(response.Value.Content) == 0 {
		if len(a.Raw) > 0 {
			return fmt.Errorf("%s documents no body", op.OperationID)
		}
		return nil
	}
	contentType := a.Header.Get("Content-Type")
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil || response.Value.Content[media] == nil {
		return fmt.Errorf("%s does not document the content type %q", op.OperationID, contentType)
	}
	if media == "text/csv" {
		return nil // its tests read it
	}
	if err := d.validate(a.Raw, "paths", template, strings.ToLower(method), "responses", status, "content", media, "schema"); err != nil {
		return fmt.Errorf("%s documents another body: %w", op.OperationID, err)
	}
	if a.Status >= 400 {
		return isProblem(a)
	}
	for _, name := range []string{"ETag", "Link", "X-Total-Count", "Idempotency-Replayed"} {
		if a.Header.Get(name) != "" && response.Value.Headers[name] == nil {
			return fmt.Errorf("%s does not document the header %s", op.OperationID, name)
		}
	}
	return nil
}

// pages are what is served that is no operation.
var pages = []string{"/", "/healthz"}

func init() {
	for _, service := range []string{"users", "orders", "inventory"} {
		for _, page := range []string{"healthz", "readyz", "openapi.json", "docs", "docs/start.js", "docs/swagger-ui.css", "docs/swagger-ui-bundle.js"} {
			pages = append(pages, "/"+service+"/"+page)
		}
	}
}

// conformsElsewhere checks what no operation has answered.
func conformsElsewhere(req *http.Request, a kittest.Answer) error {
	switch {
	case a.Status == http.StatusServiceUnavailable && strings.HasSuffix(req.URL.Path, "/readyz"):
		return nil // its lines say which dependency is away
	case a.Status >= 400:
		return isProblem(a)
	case a.Status == http.StatusPermanentRedirect && a.Header.Get("Location") != "":
		return nil
	case a.Status == http.StatusOK && slices.Contains(pages, req.URL.Path) && req.Method == http.MethodGet:
		return nil
	}
	return fmt.Errorf("%s %s is not documented", req.Method, req.URL.Path)
}

// isProblem checks what every error answer has in common.
func isProblem(a kittest.Answer) error {
	if contentType := a.Header.Get("Content-Type"); contentType != "application/problem+json" {
		return fmt.Errorf("its content type is %q", contentType)
	}
	var p struct {
		Type, Title, Detail, Instance string
		Status                        int
	}
	if err := json.Unmarshal(a.Raw, &p); err != nil {
		return err
	}
	if p.Type == "" || p.Title != http.StatusText(a.Status) || p.Status != a.Status || p.Detail == "" || p.Instance != a.Header.Get("X-Request-ID") {
		return fmt.Errorf("it is not a whole problem of request %s", a.Header.Get("X-Request-ID"))
	}
	for status, header := range map[int]string{401: "WWW-Authenticate", 405: "Allow", 429: "Retry-After", 503: "Retry-After"} {
		if a.Status == status && a.Header.Get(header) == "" {
			return fmt.Errorf("it lacks %s", header)
		}
	}
	return nil
}
