package csvfile

import (
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

	"microdemo/kit"
)

// readForm passes the one file of a form to do.
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
