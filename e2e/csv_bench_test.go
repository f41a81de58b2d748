package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"microdemo/kit/kittest"
)

// BenchmarkImport imports generated items through the gateway into an inventory
// that runs as a process of its own, and tells how many rows a second that are and
// how much memory inventory has used at most: it is the same for any number of
// rows. Of "new" none is there yet, of "same" all are, of "changed" all get another
// qty. Run it with -benchtime=1x; the larger file takes about a minute each time.
func BenchmarkImport(bm *testing.B) {
	for _, rows := range []int{100_000, 1_000_000} {
		s := start(bm)
		inventory := s.process("inventory", s.inventory.Settings, "USERS_URL="+s.usersURL)
		service := inventory.client.Base[len("http://"):]
		admin := kittest.Client{Base: startGateway(bm, backends{users: service, orders: service, inventory: service}), Token: s.admin.Token}
		for i, kind := range []string{"new", "same", "changed"} {
			bm.Run(fmt.Sprintf("%s/%d", kind, rows), func(bm *testing.B) {
				began := time.Now()
				for bm.Loop() {
					streamItems(bm, admin, rows, i/2)
				}
				bm.ReportMetric(float64(rows)*float64(bm.N)/time.Since(began).Seconds(), "rows/s")
				bm.ReportMetric(peakRSS(bm, inventory.cmd.Process.Pid), "peak-RSS-MiB")
			})
		}
		bm.Run(fmt.Sprintf("export/%d", rows), func(bm *testing.B) {
			began := time.Now()
			for bm.Loop() {
				req, err := http.NewRequestWithContext(bm.Context(), "GET", admin.Base+"/inventory/export/csv", nil)
				if err != nil {
					bm.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, bufio.NewReader(send(bm, admin, req))); err != nil {
					bm.Fatal(err)
				}
			}
			bm.ReportMetric(float64(rows)*float64(bm.N)/time.Since(began).Seconds(), "rows/s")
			bm.ReportMetric(peakRSS(bm, inventory.cmd.Process.Pid), "peak-RSS-MiB")
		})
	}
}

// streamItems imports items as they are generated.
func streamItems(t testing.TB, admin kittest.Client, rows, shift int) {
	t.Helper()
	r, w := io.Pipe()
	go func() {
		out := bufio.NewWriterSize(w, 64<<10)
		_ = writeItems(out, rows, shift) // the reader sees if it fails
		_, _ = io.WriteString(out, "--x--\r\n")
		_ = out.Flush()
		_ = w.Close() // it always can be
	}()
	req, err := http.NewRequestWithContext(t.Context(), "POST", admin.Base+"/inventory/import/csv", r)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	var got report
	if err := json.NewDecoder(send(t, admin, req)).Decode(&got); err != nil || got.Created+got.Updated != rows {
		t.Fatalf("reported %+v, %v", got, err)
	}
}

// send gives the body of a good answer.
func send(t testing.TB, client kittest.Client, req *http.Request) io.Reader {
	t.Helper()
	req.Header.Set("Authorization", "Bearer "+client.Token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != http.StatusOK {
		raw, _ := io.ReadAll(res.Body)
		t.Fatalf("answered %d %s", res.StatusCode, raw)
	}
	return res.Body
}

var highWaterMark = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peakRSS is how much memory a process has used at most, in MiB, or 0 where that
// cannot be known.
func peakRSS(t testing.TB, pid int) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	found := highWaterMark.FindSubmatch(status)
	if found == nil {
		t.Fatalf("no VmHWM in %s", status)
	}
	kib, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib / 1024
}
