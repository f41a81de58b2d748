package events_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"microdemo/kit/kittest"
)

func TestStreams_DropAClientThatTakesNothingAndDelayNoOther(t *testing.T) {
	t.Parallel()
	for name, stall := range map[string]time.Duration{
		"by what waits for it": kittest.Deadline, "by time": 200 * time.Millisecond,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, 1, func(w *world) {
				w.settings.PollInterval = 50 * time.Millisecond
				w.stall = stall
			})
			conn := w.dial(2)
			awake := w.user(2, 0).Stream(t, "/orders/events")
			// At once it can have neither too many waiting nor too much time: more than
			// the system buffers, less than may wait.
			n, size := 1500, 3000
			if stall == kittest.Deadline {
				n, size = 5000, 1000
			}
			w.record("ORD-2", "created", n, size)
			wantEvents(t, awake, 0, n)
			kittest.Eventually(t, "the slow one is dropped", func() bool { return w.ended(0, "slow") == 1 })
			_, err := io.Copy(io.Discard, conn)
			if err == nil {
				t.Error("it seems to have been sent everything")
			}
			w.record("ORD-2", "created", 1, 10)
			wantEvents(t, awake, int64(n), 1)
		})
	}
}

// dial opens a stream of a user that is not read and buffers little.
func (w *world) dial(user int64) net.Conn {
	w.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.replicas[0].Base, "http://"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = conn.Close() })
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		w.t.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "GET /orders/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", w.user(user, 0).Token)
	if err != nil {
		w.t.Fatal(err)
	}
	kittest.Eventually(w.t, "the stream is open", func() bool { return w.open(0) == 1 })
	return conn
}

func TestStreams_CutOffAClientThatSendsMore(t *testing.T) {
	t.Parallel()
	w := start(t, 1, nil)
	conn := w.dial(2)
	if _, err := io.WriteString(conn, "GET /orders/ HTTP/1.1\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	kittest.Eventually(t, "the stream has ended", func() bool { return w.ended(0, "left") == 1 && w.open(0) == 0 })
}
