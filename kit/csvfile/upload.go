package csvfile

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"microdemo/kit"
)

// maxUpload is the largest body of an import, in bytes.
const maxUpload = 1 << 30

// Upload is the input of an operation that imports a file.
type Upload struct {
	DryRun bool `query:"dry_run" doc:"Only report what would happen; nothing is written" example:"true"`

	http huma.Context
}

// Resolve implements huma.Resolver. A misspelt dry_run must not write.
func (u *Upload) Resolve(ctx huma.Context) []error {
	u.http = ctx
	address := ctx.URL()
	for name := range address.Query() {
		if name != "dry_run" {
			return []error{onlyDryRun.At("query."+name, nil)}
		}
	}
	return nil
}

// Imported is the output of an operation that imports a file. R is Report, or embeds it.
type Imported[R any] struct{ Body R }

// ImportOperation documents an operation that imports a file with these columns.
func ImportOperation(op huma.Operation, columns Columns) huma.Operation {
	op.Method = http.MethodPost
	op.Description += fmt.Sprintf(" Columns, in any order: %s", strings.Join(columns.Required, ", "))
	if len(columns.Optional) > 0 {
		op.Description += "; optional: " + strings.Join(columns.Optional, ", ")
	}
	op.Description += ". The file is in UTF-8 and has at most 1 GiB. A malformed file is refused whole (400, with the row); rows with bad values are skipped and reported."
	op.Errors = append(op.Errors, http.StatusUnprocessableEntity, http.StatusTooManyRequests)
	op.RequestBody = &huma.RequestBody{
		Required: true,
		Content: map[string]*huma.MediaType{"multipart/form-data": {
			Schema: &huma.Schema{
				Type: huma.TypeObject, Required: []string{"file"}, AdditionalProperties: false,
				Properties: map[string]*huma.Schema{"file": {
					Type: huma.TypeString, Description: "The file; its name ends in .csv", Format: "binary",
				}},
			},
		}},
	}
	return op
}

// ImportHandler handles an operation that imports a file. run gets the file as it
// arrives, and a context that ends when the client leaves or a transfer may last no
// longer. It must read the whole file before it changes anything: only then has the
// file arrived whole, and the caller's access been checked again.
func ImportHandler[R any](columns Columns, run func(ctx context.Context, file *File, dryRun bool) (R, error)) func(context.Context, *Upload) (*Imported[R], error) {
	imports := newImports()
	return func(ctx context.Context, in *Upload) (*Imported[R], error) {
		ctx, end, err := imports.begin(ctx)
		if err != nil {
			return nil, err
		}
		defer end()
		var out Imported[R]
		err = in.read(ctx, columns, func(file *File) (err error) {
			out.Body, err = run(ctx, file, in.DryRun)
			return err
		})
		return &out, err
	}
}

// read passes the uploaded file to do.
func (u *Upload) read(ctx context.Context, columns Columns, do func(*File) error) error {
	r, w := humachi.Unwrap(u.http)
	if r.ContentLength > maxUpload {
		return fileTooLarge.With("limit", "1 GiB")
	}
	body := &pacedBody{body: http.MaxBytesReader(w, r.Body, maxUpload), connection: http.NewResponseController(w)}
	err := readForm(body, r.Header.Get("Content-Type"), columns, kit.Recheck(ctx, true), do)
	if body.err == nil { // refused half-way; many clients read the answer only after they have sent everything
		_, _ = io.Copy(io.Discard, body)
	}
	_ = body.connection.SetWriteDeadline(time.Now().Add(stallTimeout))
	return err
}
