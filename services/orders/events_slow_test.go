package orders_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"microdemo/kit/kittest"
	"microdemo/services/orders"
)

func TestEvents_AClientThatTakesNothingIsDroppedAndDelaysNobody(t *testing.T) {
	t.Parallel()
	for name, stall := range map[string]time.Duration{
		"by what waits for it": kittest.Deadline, "by time": 200 * time.Millisecond,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startEventful(t, 1, func(c *orders.EventSettings) {
				c.EventInterval = 50 * time.Millisecond
				*c = c.Stalling(stall)
			})
			conn := e.dial(2)
			awake := e.user(2, 0).Stream(t, "/orders/events")
			// At once it can have neither too many waiting nor too much time: more than
			// the system buffers, less than may wait.
			n, size := 1500, 3000
			if stall == kittest.Deadline {
				n, size = 5000, 1000
			}
			e.record("ORD-2", "created", n, size)
			wantEvents(t, awake, 0, n)
			kittest.Eventually(t, "the slow one is dropped", func() bool { return e.ended(0, "slow") == 1 })
			_, err := io.Copy(io.Discard, conn)
			if err == nil {
				t.Error("it seems to have been told all")
			}
			e.record("ORD-2", "created", 1, 10)
			wantEvents(t, awake, int64(n), 1)
		})
	}
}

// dial opens a stream of a user that nobody reads, and keeps little itself.
func (e *eventful) dial(user int64) net.Conn {
	e.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(e.replicas[0].Base, "http://"))
	if err != nil {
		e.t.Fatal(err)
	}
	e.t.Cleanup(func() { _ = conn.Close() })
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		e.t.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "GET /orders/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", e.user(user, 0).Token)
	if err != nil {
		e.t.Fatal(err)
	}
	kittest.Eventually(e.t, "the stream is open", func() bool { return e.streamsOpen(0) == 1 })
	return conn
}

func TestEvents_AClientThatSaysMoreIsCutOff(t *testing.T) {
	t.Parallel()
	e := startEventful(t, 1, nil)
	conn := e.dial(2)
	if _, err := io.WriteString(conn, "GET /orders/ HTTP/1.1\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	kittest.Eventually(t, "the stream has ended", func() bool { return e.ended(0, "left") == 1 && e.streamsOpen(0) == 0 })
}
