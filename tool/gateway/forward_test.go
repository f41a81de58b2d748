package gateway_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"microdemo/kit/kittest"
	"microdemo/tool/gateway"
)

const mib = 1 << 20

func TestGateway_RefusesLargeBodies(t *testing.T) {
	t.Parallel()
	gateway := gatewayTo(t, echo)
	exact, large := bytes.Repeat([]byte("x"), mib), bytes.Repeat([]byte("x"), mib+1)

	gateway.Do(t, "POST", "/orders/", exact).Want(http.StatusOK)
	gateway.Do(t, "POST", "/orders/", large).WantProblem(http.StatusRequestEntityTooLarge, "")
	got := gateway.Do(t, "POST", "/orders/import/csv", large).Want(http.StatusOK)
	if want := fmt.Sprintf("POST /orders/import/csv %d", len(large)); string(got.Raw) != want {
		t.Errorf("the service got %q, want %q", got.Raw, want)
	}
}

func TestGateway_RefusesLargeBodiesOfUnknownLength(t *testing.T) {
	t.Parallel()
	gateway := gatewayTo(t, echo)
	for size, want := range map[int]int{mib: http.StatusOK, mib + 1: http.StatusRequestEntityTooLarge, 10 * mib: http.StatusRequestEntityTooLarge} {
		// A reader whose length net/http cannot see is sent in chunks.
		body := io.LimitReader(endless{}, int64(size))
		res, err := http.Post(gateway.Base+"/orders/", "application/json", body)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%d bytes: answered %d, want %d", size, res.StatusCode, want)
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestGateway_RefusesAnIncompleteBody(t *testing.T) {
	t.Parallel()
	gateway := gatewayTo(t, echo)
	status, _ := raw(t, gateway.Base, "POST", "/orders/", "Transfer-Encoding: chunked", "X: y\r\n\r\nnot a chunk")
	if status != http.StatusBadRequest {
		t.Errorf("answered %d", status)
	}
}

func TestGateway_AServiceThatIsDown(t *testing.T) {
	t.Parallel()
	l := kittest.Listen(t)
	_ = l.Close() // now nothing listens there
	gateway := gatewayAt(t, "http://"+l.Addr().String())
	for _, method := range []string{"GET", "POST"} {
		got := gateway.Do(t, method, "/inventory/", "{}")
		got.WantProblem(http.StatusServiceUnavailable, "")
		if got.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	gateway.Do(t, "GET", "/healthz", nil).Want(http.StatusOK)
}

func TestGateway_AServiceThatFailsWhileItResponds(t *testing.T) {
	t.Parallel()
	gateway := gatewayTo(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	gateway.Do(t, "POST", "/inventory/", "{}").WantProblem(http.StatusServiceUnavailable, "")
}

func TestGateway_ForwardsStreamsAsTheyArrive(t *testing.T) {
	t.Parallel()
	next := make(chan struct{})
	gateway := gatewayTo(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			_, _ = fmt.Fprintf(w, "data: %d\n\n", i)
			_ = http.NewResponseController(w).Flush()
			select {
			case <-next: // the client has seen it
			case <-r.Context().Done():
				return
			}
		}
	})
	res, err := http.Get(gateway.Base + "/orders/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for i := range 3 {
		if !lines.Scan() || lines.Text() != fmt.Sprintf("data: %d", i) || !lines.Scan() {
			t.Fatalf("event %d arrived as %q (%v)", i, lines.Text(), lines.Err())
		}
		next <- struct{}{}
	}
}

func TestGateway_RefusesLongHeaders(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	server := httptest.NewUnstartedServer(nil)
	server.Config = gateway.NewServer(gateway.New(gateway.Config{Users: &url.URL{}, Orders: &url.URL{}, Inventory: &url.URL{}, Log: log}), log)
	server.Start()
	t.Cleanup(server.Close)
	status, _ := raw(t, server.URL, "GET", "/healthz", "X-Long: "+strings.Repeat("x", 64<<10))
	if status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("answered %d", status)
	}
}
