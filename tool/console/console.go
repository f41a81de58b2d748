// Package console holds the built web application, so that microdemo can serve it.
package console

import (
	"embed"
	"io/fs"
)

// dist is what `npm run build` makes of web/, copied here by make. Without Node
// it holds only a text that keeps the folder.
//
//go:embed all:dist
var dist embed.FS

// Files are the built files, or nil if there are none.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil
	}
	if _, err := fs.Stat(files, "index.html"); err != nil {
		return nil
	}
	return files
}
