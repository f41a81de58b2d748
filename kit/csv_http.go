package kit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
)

const (
	// maxCSVFile is the largest body of an import, in bytes.
	maxCSVFile = 1 << 30

	// A transfer may last as long as it moves: it is cut when nothing moved for
	// csvStall, and after csvTimeout in any case.
	csvStall   = 30 * time.Second
	csvTimeout = time.Hour

	// Each transfer holds a connection to the database. Exports are open to more
	// people.
	maxImports = 2
	maxExports = 4
)

// CSVUpload is the input of an operation that imports a file; see CSVImport. It
// gives the file as it arrives: nothing of it is kept.
type CSVUpload struct {
	DryRun bool `query:"dry_run" doc:"Only report what would happen; nothing is written" example:"true"`

	http huma.Context
}

// Resolve implements huma.Resolver. A dry_run that is misspelt must not write.
func (u *CSVUpload) Resolve(ctx huma.Context) []error {
	u.http = ctx
	address := ctx.URL()
	for name := range address.Query() {
		if name != "dry_run" {
			return []error{&huma.ErrorDetail{Location: "query." + name, Message: "expected no other parameter than dry_run"}}
		}
	}
	return nil
}

// CSVReportOutput is the output of an operation that imports a file.
type CSVReportOutput struct{ Body CSVReport }

// CSVImport documents an operation that takes a file with these columns.
func CSVImport(op huma.Operation, columns CSVColumns) huma.Operation {
	op.Method = http.MethodPost
	op.Description += fmt.Sprintf(" Columns, in any order: %s", strings.Join(columns.Required, ", "))
	if len(columns.Optional) > 0 {
		op.Description += "; optional: " + strings.Join(columns.Optional, ", ")
	}
	op.Description += ". The file is UTF-8, at most 1 GiB; a malformed one is refused whole (400, naming the row), rows with bad values are skipped and reported."
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

// Read gives do the file of an import as it arrives. ctx has no deadline but that
// of the whole transfer, and ends when the client leaves. do must read the file
// to its end before it changes anything: only then it is known to be whole.
func (u *CSVUpload) Read(ctx context.Context, columns CSVColumns, do func(context.Context, *CSVFile) error) error {
	ctx, done, err := startTransfer(ctx, func(a *API) *transfers { return a.imports })
	if err != nil {
		return err
	}
	defer done()
	r, w := humachi.Unwrap(u.http)
	if r.ContentLength > maxCSVFile {
		return errFileTooLarge()
	}
	body := &pacedBody{body: http.MaxBytesReader(w, r.Body, maxCSVFile), connection: http.NewResponseController(w)}
	allowed := requestInfoFrom(ctx).api.recheck(ctx, true)
	err = readUpload(body, r.Header.Get("Content-Type"), columns, allowed, func(file *CSVFile) error { return do(ctx, file) })
	if body.err == nil { // refused half-way; many clients read the answer only after they have sent all
		_, _ = io.Copy(io.Discard, body)
	}
	_ = body.connection.SetWriteDeadline(time.Now().Add(csvStall))
	return err
}

func readUpload(body io.Reader, contentType string, columns CSVColumns, allowed func(bool) error, do func(*CSVFile) error) error {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != "multipart/form-data" || params["boundary"] == "" {
		return Errorf(UnsupportedMedia, "Send the file as multipart/form-data, in the field file.")
	}
	form := multipart.NewReader(body, params["boundary"])
	part, err := form.NextPart()
	switch {
	case err == io.EOF: //nolint:errorlint // one that is wrapped is an upload that was cut
		return InvalidField("body.file", nil, "expected a file")
	case err != nil:
		return uploadProblem(err)
	case part.FormName() != "file":
		return InvalidField("body."+printable(part.FormName()), nil, "unexpected field; the file goes into file")
	case !strings.EqualFold(filepath.Ext(part.FileName()), ".csv"):
		return InvalidField("body.file", printable(part.FileName()), "expected a file whose name ends in .csv")
	}
	file, err := NewCSVFile(&upload{part: part, form: form, allowed: allowed}, columns)
	if err != nil {
		return err
	}
	return do(file)
}

// printable is a text from a header that may hold anything, fit for an answer.
func printable(s string) string {
	return strings.ToValidUTF8(fmt.Sprintf("%.60s", s), "?")
}

// upload reads the one part of a form. It ends only if the form does.
type upload struct {
	part    io.Reader
	form    *multipart.Reader
	allowed func(now bool) error // whoever was put out meanwhile must not change anything
	end     error
}

// Read implements io.Reader.
func (u *upload) Read(p []byte) (int, error) {
	if u.end != nil {
		return 0, u.end
	}
	n, err := u.part.Read(p)
	switch {
	case errors.Is(err, io.EOF):
		if u.end = u.allowed(true); u.end == nil {
			u.end = u.formEnd()
		}
	case err != nil:
		u.end = uploadProblem(err)
	default:
		u.end = u.allowed(false)
	}
	return n, u.end
}

// formEnd is io.EOF if nothing follows the part.
func (u *upload) formEnd() error {
	more, err := u.form.NextPart()
	switch err {
	case nil:
		return InvalidField("body."+printable(more.FormName()), nil, "unexpected field behind the file")
	case io.EOF: // not errors.Is, as above
		return io.EOF
	}
	return uploadProblem(err)
}

func errFileTooLarge() error {
	return Errorf(TooLarge, "The body is too large: at most 1 GiB for an imported file.")
}

func uploadProblem(err error) error {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return errFileTooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &Error{Kind: Malformed, Message: "The file stopped arriving.", Cause: err}
	}
	return &Error{Kind: Malformed, Message: "The body ended before it was whole, or is not valid multipart/form-data.", Cause: err}
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
	if now.Sub(b.extended) > time.Second { // each costs as much as a small read
		b.extended = now
		deadline := earlier(now.Add(csvStall), b.start.Add(csvTimeout))
		_ = b.connection.SetReadDeadline(deadline) // recorders of tests have none
	}
	n, err := b.body.Read(p)
	if err != nil {
		b.err = err
		// From now on the server reads to see whether the client leaves.
		_ = b.connection.SetReadDeadline(time.Time{})
	}
	return n, err
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// CSVDownload is the output of an operation that exports a file; see CSVExport.
type CSVDownload struct{ Body func(huma.Context) }

// CSVExport documents an operation that answers a file with these columns.
func CSVExport(op huma.Operation, header []string) huma.Operation {
	op.Method = http.MethodGet
	op.Description += " Columns: " + strings.Join(header, ", ") + ". UTF-8; texts that a spreadsheet would run as a formula have an apostrophe before them, which an import takes away."
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

// DownloadCSV answers a file of this name whose rows write gives to w as it reads
// them. The rows should be of one moment, and only a few in memory. If write fails
// before much was written the answer is a problem; later the connection is cut,
// so that a part is not taken for the whole. HEAD is answered without reading any.
func DownloadCSV(name string, header []string, write func(ctx context.Context, w *CSVWriter) error) *CSVDownload {
	return &CSVDownload{Body: func(hc huma.Context) {
		info := requestInfoFrom(hc.Context())
		_, response := humachi.Unwrap(hc)
		out := &pacedResponse{ResponseWriter: response, connection: http.NewResponseController(response), name: name}
		if hc.Method() == http.MethodHead {
			out.begin()
			response.WriteHeader(http.StatusOK)
			return
		}
		err := func() error {
			ctx, done, err := startTransfer(hc.Context(), func(a *API) *transfers { return a.exports })
			if err != nil {
				return err
			}
			defer done()
			out.allowed = info.api.recheck(ctx, false)
			w := NewCSVWriter(out)
			if err := w.csv.Write(header); err != nil {
				return err
			}
			if err := write(ctx, w); err != nil {
				return err
			}
			if err := w.Flush(); err != nil {
				return err
			}
			return out.flush()
		}()
		if err == nil {
			return
		}
		if !out.begun {
			info.api.refuse(hc, err)
			return
		}
		level := slog.LevelWarn
		if clientLeft(hc.Context()) {
			level = slog.LevelInfo
		}
		info.api.log.Log(hc.Context(), level, "an export was cut", "error", err, "request_id", info.id)
		panic(http.ErrAbortHandler)
	}}
}

// pacedResponse writes in pieces to a client that may take long, but must not
// stall.
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
	_ = w.connection.SetWriteDeadline(time.Now().Add(csvStall)) // recorders of tests have none
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

// transfers bounds how many imports, or exports, run at once in a process: one
// of each caller, and so many in all.
type transfers struct {
	what string
	most int

	mu   sync.Mutex
	busy map[string]bool
}

func newTransfers(what string, most int) *transfers {
	return &transfers{what: what, most: most, busy: map[string]bool{}}
}

func (t *transfers) begin(c Caller) (end func(), err error) {
	who := fmt.Sprint(c.UserID, c.Service)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.busy[who] || len(t.busy) >= t.most {
		message := "Too many " + t.what + "s run at this moment; try again."
		if t.busy[who] {
			message = "Another " + t.what + " of yours is still running; try again when it has ended."
		}
		return nil, &Error{Kind: RateLimited, Message: message, RetryAfter: 5 * time.Second}
	}
	t.busy[who] = true
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.busy, who)
	}, nil
}

// startTransfer gives the context of a transfer: that of the request, but with
// the time of a transfer.
func startTransfer(ctx context.Context, of func(*API) *transfers) (context.Context, func(), error) {
	info := requestInfoFrom(ctx)
	end, err := of(info.api).begin(CallerFrom(ctx))
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), csvTimeout)
	stop := context.AfterFunc(info.client, cancel)
	return ctx, func() {
		stop()
		cancel()
		end()
	}, nil
}
