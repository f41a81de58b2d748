package e2e

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"sync"
	"testing"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

// wire stands between orders and inventory and lets a test decide what happens
// on the way.
type wire struct {
	URL string

	mu       sync.Mutex
	cut      bool                       // connections break, as if inventory were gone
	hang     chan struct{}              // answers wait until it is closed
	reserved func(done <-chan struct{}) // called once between inventory's answer and orders' reading it
}

// throughWire makes orders call inventory through w.
func throughWire(w *wire) option {
	return func(s *system) {
		s.t.Helper()
		target := parse(s.t, s.inventoryURL)
		proxy := &httputil.ReverseProxy{
			Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(target) },
			ModifyResponse: w.answered,
			ErrorLog:       log.New(io.Discard, "", 0),
		}
		server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			w.mu.Lock()
			cut, hang := w.cut, w.hang
			w.mu.Unlock()
			if cut {
				panic(http.ErrAbortHandler)
			}
			if hang != nil {
				select {
				case <-hang:
				case <-r.Context().Done():
				}
				panic(http.ErrAbortHandler)
			}
			proxy.ServeHTTP(rw, r)
		}))
		s.t.Cleanup(server.Close)
		w.URL = server.URL
		s.orders.InventoryURL = server.URL
	}
}

func (w *wire) answered(res *http.Response) error {
	if res.Request.Method != http.MethodPost || res.Request.URL.Path != "/inventory/reservations" {
		return nil
	}
	w.mu.Lock()
	hook := w.reserved
	w.reserved = nil
	w.mu.Unlock()
	if hook != nil {
		hook(res.Request.Context().Done())
	}
	return nil
}

// onceReserved calls hook between inventory's next answer to a reservation and
// orders' reading it.
func (w *wire) onceReserved(hook func(done <-chan struct{})) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reserved = hook
}

func (w *wire) setCut(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
}

func (w *wire) setHang(hang chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hang = hang
}

// commitWire stands between orders and PostgreSQL and loses the COMMIT of one
// transaction that records an order, or the answer to it. Workers commit what
// they do, too.
type commitWire struct {
	mu   sync.Mutex
	lose string // "", "commit" or "answer"
	lost bool
}

// throughCommitWire makes orders reach its database through w.
func throughCommitWire(w *commitWire) option {
	return func(s *system) {
		s.t.Helper()
		s.orders.DatabaseURL = w.to(s.t, s.orders.DatabaseURL)
	}
}

// to gives a TCP address that leads through w to a test's database, which has
// only a socket in a folder.
func (w *commitWire) to(t testing.TB, database kit.Secret) kit.Secret {
	t.Helper()
	direct := parse(t, string(database))
	socket := direct.Query().Get("host") + "/.s.PGSQL.5432"
	l := kittest.Listen(t)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() { cancel(); l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(ctx, client, socket)
		}
	}()
	return kit.Secret("postgres://postgres@" + l.Addr().String() + direct.Path + "?sslmode=disable")
}

// next loses the next COMMIT of an order ("commit") or the answer to it
// ("answer").
func (w *commitWire) next(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lose, w.lost = what, false
}

func (w *commitWire) hasLost() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lost
}

func (w *commitWire) take() (lose string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lose != "" {
		lose, w.lose, w.lost = w.lose, "", true
	}
	return lose
}

// transaction follows one connection's messages ("Message Formats", as below).
type transaction struct {
	recording map[string]bool // the prepared statements that record an order
	records   bool            // whether one ran in this transaction
}

// commits takes in a message and tells whether it is the COMMIT of an order.
func (t *transaction) commits(message []byte) bool {
	kind, body := message[0], message[5:]
	fields := bytes.SplitN(body, []byte{0}, 3)
	switch {
	case kind == 'P': // Parse: the statement's name, its text
		t.recording[string(fields[0])] = bytes.Contains(fields[1], []byte("INSERT INTO orders"))
	case kind == 'B': // Bind: the portal's name, the statement's
		t.records = t.records || t.recording[string(fields[1])]
	case kind == 'Q' && strings.EqualFold(strings.Trim(string(fields[0]), "; "), "commit"):
		return t.records
	case kind == 'Q': // such as BEGIN and ROLLBACK
		t.records = false
	}
	return false
}

// carry copies one connection, message by message on the way to the server.
func (w *commitWire) carry(ctx context.Context, client net.Conn, socket string) {
	server, err := net.Dial("unix", socket)
	if err != nil {
		client.Close()
		return
	}
	var once sync.Once
	closeBoth := func() { once.Do(func() { client.Close(); server.Close() }) }
	defer closeBoth()
	defer context.AfterFunc(ctx, closeBoth)()

	silent := make(chan struct{})   // closed: the client hears no more
	answered := make(chan struct{}) // closed: the server spoke after silence began
	go func() {
		defer closeBoth()
		buf := make([]byte, 64<<10)
		for {
			n, err := server.Read(buf)
			select {
			case <-silent:
				close(answered)
				return
			default:
			}
			if _, werr := client.Write(buf[:n]); err != nil || werr != nil {
				return
			}
		}
	}()
	tx := transaction{recording: map[string]bool{}}
	startup := true
	for {
		message, err := readMessage(client, startup)
		if err != nil {
			return
		}
		if !startup && tx.commits(message) {
			switch w.take() {
			case "commit":
				return
			case "answer":
				close(silent)
				if _, err := server.Write(message); err == nil {
					<-answered
				}
				return
			}
		}
		startup = false
		if _, err := server.Write(message); err != nil {
			return
		}
	}
}

// readMessage reads one message of the frontend/backend protocol (PostgreSQL
// documentation, "Message Formats"); the first one has no type byte.
func readMessage(r io.Reader, startup bool) ([]byte, error) {
	head := make([]byte, 5)
	if startup {
		head = head[:4]
	}
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(head[len(head)-4:])
	body := make([]byte, length-4)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, err
	}
	return append(head, body...), nil
}
