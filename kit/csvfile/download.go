package csvfile

import (
	"context"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"microdemo/kit"
)

// Download is the output of an operation that exports a file.
type Download struct{ Body func(huma.Context) }

// ExportOperation documents an operation that exports a file with these columns.
func ExportOperation(op huma.Operation, columns []string) huma.Operation {
	op.Method = http.MethodGet
	op.Description += " Columns: " + strings.Join(columns, ", ") + ". In UTF-8. Texts that a spreadsheet would run as a formula have an apostrophe before them, which an import removes."
	op.Errors = append(op.Errors, http.StatusTooManyRequests)
	op.Responses = map[string]*huma.Response{"200": {
		Description: "The file",
		Headers: map[string]*huma.Param{"Content-Disposition": {
			Description: "Its name",
			Schema:      &huma.Schema{Type: huma.TypeString, Description: "Its name", Examples: []any{`attachment; filename="items.csv"`}},
		}},
		Content: map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString, Description: "RFC 4180, with a header"}}},
	}}
	return op
}

// ExportHandler handles an operation that exports a file of this name. write writes
// the rows as it reads them: all of one moment, with only a few in memory. If it fails
// early the answer is a problem; later the connection is cut, so that a part is not
// taken for the whole. HEAD is answered without reading any row.
func ExportHandler(name string, columns []string, write func(context.Context, *Writer) error) func(context.Context, *struct{}) (*Download, error) {
	exports := newExports()
	download := &Download{Body: func(ctx huma.Context) {
		_, response := humachi.Unwrap(ctx)
		out := &pacedResponse{ResponseWriter: response, connection: http.NewResponseController(response), name: name}
		if ctx.Method() == http.MethodHead {
			out.begin()
			response.WriteHeader(http.StatusOK)
			return
		}
		switch err := exports.send(ctx.Context(), out, columns, write); {
		case err != nil && !out.begun:
			kit.Refuse(ctx, err)
		case err != nil:
			kit.Aborted(ctx.Context(), "an export was cut", err)
			panic(http.ErrAbortHandler)
		}
	}}
	return func(context.Context, *struct{}) (*Download, error) { return download, nil }
}

func (t *transfers) send(ctx context.Context, out *pacedResponse, columns []string, write func(context.Context, *Writer) error) error {
	ctx, end, err := t.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	out.allowed = kit.Recheck(ctx, false)
	w := NewWriter(out)
	if err := w.csv.Write(columns); err != nil {
		return err
	}
	if err := write(ctx, w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return out.flush()
}

// pacedResponse writes in pieces to a client that may take long, but must not stall.
type pacedResponse struct {
	http.ResponseWriter
	connection *http.ResponseController
	name       string
	buffer     []byte
	begun      bool
	allowed    func(now bool) error
}

// Write implements io.Writer.
func (w *pacedResponse) Write(p []byte) (int, error) {
	const piece = 64 << 10
	w.buffer = append(w.buffer, p...)
	if len(w.buffer) < piece {
		return len(p), nil
	}
	return len(p), w.flush()
}

func (w *pacedResponse) flush() error {
	if err := w.allowed(false); err != nil {
		return err
	}
	w.begin()
	_ = w.connection.SetWriteDeadline(time.Now().Add(stallTimeout)) // test recorders have none
	_, err := w.ResponseWriter.Write(w.buffer)
	w.buffer = w.buffer[:0]
	return err
}

// begin sets the headers of the file.
func (w *pacedResponse) begin() {
	if !w.begun {
		w.begun = true
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": w.name}))
	}
}
