package gateway

import (
	"embed"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// dist is the built console, copied here by make. Without npm it holds only a text
// that keeps the folder.
//
//go:embed all:dist
var dist embed.FS

// Console returns the files of the console, or nil if it was not built.
func Console() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil
	}
	if _, err := fs.Stat(files, "index.html"); err != nil {
		return nil
	}
	return files
}

// consoleHeaders are those of the web image (web/security-headers.conf).
var consoleHeaders = map[string]string{
	"Content-Security-Policy": "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
	"Permissions-Policy":      "camera=(), geolocation=(), microphone=(), payment=()",
	"Referrer-Policy":         "same-origin",
}

// isConsole reports whether a path is a page or file of the console.
func isConsole(p string) bool {
	return p == "/" || p == "/app" || p == "/favicon.svg" || p == "/favicon.ico" ||
		strings.HasPrefix(p, "/app/") || strings.HasPrefix(p, "/assets/")
}

// serveConsole responds with a page or a file of the console, as the web image does.
// Every page is index.html, which is never cached because it names the files of its
// build. Their names contain a hash, so they are cached forever.
func (g *gateway) serveConsole(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, r, http.StatusMethodNotAllowed, "This address takes GET, not "+r.Method+".")
		return
	}
	name, caching := "index.html", "no-store"
	switch p := r.URL.Path; {
	case strings.HasPrefix(p, "/assets/"):
		name, caching = strings.TrimPrefix(p, "/"), "public, max-age=31536000, immutable"
	case strings.HasPrefix(p, "/favicon."):
		name, caching = strings.TrimPrefix(p, "/"), "public, max-age=86400"
	}
	content, err := fs.ReadFile(g.console, name)
	if err != nil || strings.HasSuffix(name, ".gz") || strings.HasSuffix(name, ".br") {
		refuse(w, r, http.StatusNotFound, "There is nothing at this address.")
		return
	}
	h := w.Header()
	for header, value := range consoleHeaders {
		h.Set(header, value)
	}
	protect(h, r)
	h.Set("Referrer-Policy", consoleHeaders["Referrer-Policy"])
	h.Set("Cache-Control", caching)
	h.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	h.Set("Vary", "Accept-Encoding")
	if small, err := fs.ReadFile(g.console, name+".gz"); err == nil && acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		content = small
	}
	h.Set("Content-Length", strconv.Itoa(len(content)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(content) // if this fails, the client has disconnected
	}
}

// acceptsGzip reads Accept-Encoding (RFC 9110, section 12.5.3) as browsers send it.
func acceptsGzip(r *http.Request) bool {
	for _, coding := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if name == "gzip" {
			q := strings.TrimPrefix(strings.TrimSpace(weight), "q=")
			value, err := strconv.ParseFloat(q, 64)
			return q == "" || err == nil && value > 0
		}
	}
	return false
}
