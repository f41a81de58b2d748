package csvfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
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

func readForm(body io.Reader, contentType string, columns Columns, allowed func(bool) error, do func(*File) error) error {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != "multipart/form-data" || params["boundary"] == "" {
		return notMultipart.With()
	}
	form := multipart.NewReader(body, params["boundary"])
	part, err := form.NextPart()
	switch {
	case err == io.EOF: //nolint:errorlint // a wrapped one is an upload that was cut
		return kit.InvalidFields(fileRequired.At("body.file", nil))
	case err != nil:
		return uploadError(err)
	case part.FormName() != "file":
		return kit.InvalidFields(fieldUnexpected.At("body."+printable(part.FormName()), nil))
	case !strings.EqualFold(filepath.Ext(part.FileName()), ".csv"):
		return kit.InvalidFields(fileName.At("body.file", printable(part.FileName())))
	}
	file, err := NewFile(&formFile{part: part, form: form, allowed: allowed}, columns)
	if err != nil {
		return err
	}
	return do(file)
}

// printable makes a text from a client fit for an answer.
func printable(s string) string {
	return strings.ToValidUTF8(fmt.Sprintf("%.60s", s), "?")
}

// formFile reads the one file of a form. It ends only if the form does.
type formFile struct {
	part    io.Reader
	form    *multipart.Reader
	allowed func(now bool) error // a caller who lost access meanwhile must not change anything
	end     error
}

// Read implements io.Reader.
func (f *formFile) Read(p []byte) (int, error) {
	if f.end != nil {
		return 0, f.end
	}
	n, err := f.part.Read(p)
	switch {
	case errors.Is(err, io.EOF):
		if f.end = f.allowed(true); f.end == nil {
			f.end = f.formEnd()
		}
	case err != nil:
		f.end = uploadError(err)
	default:
		f.end = f.allowed(false)
	}
	return n, f.end
}

// formEnd is io.EOF if nothing follows the file.
func (f *formFile) formEnd() error {
	more, err := f.form.NextPart()
	switch err {
	case nil:
		return kit.InvalidFields(fieldUnexpected.At("body."+printable(more.FormName()), nil))
	case io.EOF:
		return io.EOF
	}
	return uploadError(err)
}

func uploadError(err error) error {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return fileTooLarge.With("limit", "1 GiB")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return uploadStalled.With().Because(err)
	}
	return uploadCut.With().Because(err)
}

// pacedBody reads a body whose sender may take long, but must not stall.
type pacedBody struct {
	body       io.Reader
	connection *http.ResponseController
	start      time.Time
	extended   time.Time
	err        error // how it ended
}

// Read implements io.Reader.
func (b *pacedBody) Read(p []byte) (int, error) {
	now := time.Now()
	if b.start.IsZero() {
		b.start = now
	}
	if now.Sub(b.extended) > time.Second { // each extension costs as much as a small read
		b.extended = now
		deadline := now.Add(min(stallTimeout, b.start.Add(transferTimeout).Sub(now)))
		_ = b.connection.SetReadDeadline(deadline) // test recorders have none
	}
	n, err := b.body.Read(p)
	if err != nil {
		b.err = err
		// From now on the server reads to notice when the client leaves.
		_ = b.connection.SetReadDeadline(time.Time{})
	}
	return n, err
}
