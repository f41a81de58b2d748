package kit

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/swaggest/swgui/v5/static"
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

//go:embed docs
var docs embed.FS

var docsPage = template.Must(template.ParseFS(docs, "docs/index.html"))

// docsPolicy lets the page load the viewer from this service, and call it. The
// viewer sets styles, and its style sheet has images.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// serveDocs answers the document, and a page that shows it with Swagger UI, which
// this service answers too. The document is made on the first request: by then,
// every operation is registered.
func (a *API) serveDocs(prefix string) {
	document := sync.OnceValues(a.Document)
	a.mux.Get(prefix+"/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		raw, err := document()
		if err != nil {
			problemFrom(r.Context(), a.log, err).Write(w)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(raw) // the client is gone if this fails
	})
	a.mux.Get(prefix+"/docs", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", docsPolicy)
		_ = docsPage.Execute(w, struct{ Title, Prefix string }{a.OpenAPI().Info.Title, prefix}) // as above
	})
	a.mux.Get(prefix+"/docs/start.js", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, docs, "docs/start.js")
	})
	a.mux.Get(prefix+"/docs/swagger-ui.css", viewerFile("swagger-ui.css", "text/css"))
	a.mux.Get(prefix+"/docs/swagger-ui-bundle.js", viewerFile("swagger-ui-bundle.js", "text/javascript"))
}

// viewerFile answers a file of Swagger UI, which is embedded compressed.
func viewerFile(name, contentType string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		compressed, err := static.FS.ReadFile(name + ".gz")
		if err != nil {
			panic(err) // it is embedded
		}
		w.Header().Set("Content-Type", contentType+"; charset=utf-8")
		w.Header().Set("Cache-Control", "max-age=3600")
		w.Header().Set("Vary", "Accept-Encoding")
		content := io.Reader(bytes.NewReader(compressed))
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			w.Header().Set("Content-Encoding", "gzip")
		} else if content, err = gzip.NewReader(content); err != nil {
			panic(err) // as above
		}
		_, _ = io.Copy(w, content) // the client is gone if this fails
	}
}

func (a *API) problemURI(code string) string { return "/" + a.name + "/problems/" + code }

// problemEntry is what the document says about a type of problem.
type problemEntry struct {
	Type   string `json:"type"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Remedy string `json:"remedy"`
}

// ruleEntry is what the document says about a rule.
type ruleEntry struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

var tableCell = strings.NewReplacer("|", `\|`, "<", "&lt;")

// documentProblems lists the types of problems and the rules in the document,
// and answers each type's URI with its entry. The paths are fixed ones, so that
// they hide no order that is called "problems".
func (a *API) documentProblems() {
	var (
		text    strings.Builder
		types   []any
		entries []problemEntry
		rules   []ruleEntry
	)
	text.WriteString("\n\n<details>\n<summary>Problems: what can go wrong, and what to do</summary>\n\n" +
		"The type of a problem says what went wrong. Names in braces are members of the problem.\n\n" +
		"| type | status | detail | what to do |\n| --- | --- | --- | --- |\n")
	for _, t := range a.problems {
		e := problemEntry{a.problemURI(t.Code), t.Kind.status(), t.Detail, t.Remedy}
		types, entries = append(types, e.Type), append(entries, e)
		fmt.Fprintf(&text, "| `%s` | %d | %s | %s |\n", t.Code, e.Status, tableCell.Replace(e.Detail), tableCell.Replace(e.Remedy))
		a.mux.Get(e.Type, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(e) // the client is gone if this fails
		})
	}
	text.WriteString("\n</details>\n")
	for _, r := range a.rules {
		rules = append(rules, ruleEntry(r))
	}
	types = append(types, noType)
	document := a.OpenAPI()
	document.Info.Description += text.String()
	document.Extensions = map[string]any{"x-problems": entries, "x-field-rules": rules}
	problem := document.Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	document.Components.Schemas.SchemaFromRef(problem.Ref).Properties["type"].Enum = types
}

// checkProblems reports a code that two types have, and a parameter called like a
// member that every problem has.
func checkProblems(types []ProblemType) error {
	seen := map[string]bool{}
	for _, t := range types {
		if seen[t.Code] {
			return fmt.Errorf("two types of problems have the code %s", t.Code)
		}
		seen[t.Code] = true
		for _, name := range problemMembers {
			if strings.Contains(t.Detail, "{"+name+"}") {
				return fmt.Errorf("the problem %s has a parameter called like its member %s", t.Code, name)
			}
		}
	}
	return nil
}
