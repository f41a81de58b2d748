package kit

import (
	"encoding/json"
	"html/template"
	"net/http"
)

// Document is the service's OpenAPI 3.1 document, as indented JSON.
func (a *API) Document() ([]byte, error) {
	raw, err := json.MarshalIndent(a.OpenAPI(), "", "  ")
	if err != nil {
		return nil, err
	}
	return append(raw, '\n'), nil
}

func (a *API) serveDocument(w http.ResponseWriter, r *http.Request) {
	raw, err := a.Document()
	if err != nil {
		ProblemFrom(r.Context(), a.log, err).Write(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(raw) // the client is gone if this fails
}

// The page needs neither scripts nor anything from another host: it is a table
// of contents of the document beside it.
var docsPage = template.Must(template.New("docs").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>microdemo {{.}}</title>
<h1>microdemo {{.}}</h1>
<p>The OpenAPI 3.1 document: <a href="/{{.}}/openapi.json">/{{.}}/openapi.json</a></p>
</html>
`))

func serveDocs(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
		_ = docsPage.Execute(w, name) // the client is gone if this fails
	}
}
