// Package rawstream answers a request with a stream of text that writes HTTP/1.1
// to the connection itself. net/http keeps its buffers and its goroutine for as
// long as an answer lasts, which costs an idle stream 22 KB more: 220 MB for the
// 10,000 streams of a replica. BenchmarkEventStreams measures what they cost.
package rawstream

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// sendBuffer is what the system buffers for a client, in bytes. Without a limit it
// buffers megabytes for a client that reads nothing.
const sendBuffer = 64 << 10

// Stream is an answer that lasts until its connection ends.
type Stream struct {
	conn    net.Conn
	timeout time.Duration
	one     [1]byte // part of the Stream, so that a wait costs no memory of its own
}

// Open takes over the connection of a request. Each write must end within timeout.
func Open(w http.ResponseWriter, timeout time.Duration) (*Stream, error) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, err
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(sendBuffer) // the default works too
	}
	return &Stream{conn: conn, timeout: timeout}, nil
}

// Start sends the status, the header and the first text. The answer has no length
// and ends with the connection (RFC 9112, section 6.3).
func (s *Stream) Start(header http.Header, text string) error {
	var head strings.Builder
	fmt.Fprintf(&head, "HTTP/1.1 200 OK\r\nConnection: close\r\nDate: %s\r\n", time.Now().UTC().Format(http.TimeFormat))
	_ = header.Write(&head) // a Builder never fails
	return s.Send([]byte(head.String() + "\r\n" + text))
}

// Send sends text. It fails with os.ErrDeadlineExceeded if the client does not take
// it in time.
func (s *Stream) Send(text []byte) error {
	_ = s.conn.SetWriteDeadline(time.Now().Add(s.timeout)) // if this fails, so does Write
	_, err := s.conn.Write(text)
	return err
}

// Wait returns when the stream has ended, or the client has sent something, which a
// client that reads a stream never does.
func (s *Stream) Wait() { _, _ = s.conn.Read(s.one[:]) }

// Close ends the stream after the client has been sent everything.
func (s *Stream) Close() { _ = s.conn.Close() } // if this fails, the client has left

// Abort ends the stream and drops what the client has not taken.
func (s *Stream) Abort() {
	if tcp, ok := s.conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	s.Close()
}
