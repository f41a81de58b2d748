package kittest

import (
	"io"
	"net/http"
	"testing"
)

// Upload is an import whose file arrives as the test sends it.
type Upload struct {
	t      testing.TB
	body   *io.PipeWriter
	answer chan Answer // closed without one if the connection was cut
}

// UploadHead is how the form of an upload begins, and UploadEnd how it ends.
const (
	UploadHead = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n"
	UploadEnd  = "\r\n--x--\r\n"
	UploadType = "multipart/form-data; boundary=x"
)

// Upload begins an import and leaves its file open after the header.
func (c Client) Upload(t testing.TB, path, header string) *Upload {
	t.Helper()
	r, w := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.Base+path, r)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	req.Header.Set("Content-Type", UploadType)
	u := &Upload{t, w, make(chan Answer, 1)}
	go func() {
		defer close(u.answer)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return
		}
		defer res.Body.Close()
		if raw, err := io.ReadAll(res.Body); err == nil {
			u.answer <- Answer{Status: res.StatusCode, Header: res.Header, Raw: raw}
		}
	}()
	u.Send(UploadHead + header + "\n")
	return u
}

// Send sends a part of the file.
func (u *Upload) Send(text string) {
	u.t.Helper()
	if _, err := io.WriteString(u.body, text); err != nil {
		u.t.Fatal(err)
	}
}

// End ends the file and the form.
func (u *Upload) End() {
	u.t.Helper()
	u.Send(UploadEnd)
	_ = u.body.Close() // a pipe always closes
}

// Want waits for the answer, which must have this status.
func (u *Upload) Want(status int) {
	u.t.Helper()
	if a := <-u.answer; a.Status != status {
		u.t.Errorf("the import answered %d %s, want %d", a.Status, a.Raw, status)
	}
}

// Cut cuts the connection in the middle of the file.
func (u *Upload) Cut() {
	u.body.CloseWithError(io.ErrClosedPipe)
	<-u.answer
}
