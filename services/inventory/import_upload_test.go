package inventory_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/uuid/v5"

	"microdemo/kit/kittest"
)

func (b *bench) upload(t testing.TB, client kittest.Client) *kittest.Upload {
	t.Helper()
	return client.Upload(t, importPath, "sku,qty")
}

// waitForUploads waits until this many imports run.
func (b *bench) waitForUploads(t testing.TB, n int) {
	t.Helper()
	kittest.Eventually(t, fmt.Sprintf("%d imports run", n), func() bool { return b.staging(t) == n })
}

// staging counts the staging tables of imports.
func (b *bench) staging(t testing.TB) (n int) {
	t.Helper()
	if err := b.db.QueryRow(t.Context(), `SELECT count(*) FROM pg_class WHERE relname = 'staged'`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestImport_LocksNothingWhileItArrives sells and exports items while their file
// arrives, and finds no open transaction.
func TestImport_LocksNothingWhileItArrives(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea := b.item(t, "TEA", 100)
	u := b.upload(t, b.admin)
	u.Send("TEA,50\n" + manyRows(12_000))
	b.waitForUploads(t, 1)
	kittest.Eventually(t, "no transaction is open", func() bool {
		var open int
		err := b.db.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL`).Scan(&open)
		return err == nil && open == 0
	})
	b.service.Do(t, http.MethodPost, "/inventory/reservations",
		[]object{{"id": newID(t), "order_id": "O", "items": []object{{"sku": "TEA", "quantity": 30}}, "check_prices": false}}).Want(http.StatusOK)
	b.wantStock(t, tea.ID, 70, 30)
	b.export(t)
	u.End()
	u.Want(http.StatusOK)
	b.wantStock(t, tea.ID, 50, 30)
	b.wantSound(t)
	kittest.Eventually(t, "the staging table is gone", func() bool { return b.staging(t) == 0 })
}

func TestImport_CutOffChangesNothingAndLeavesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.item(t, "TEA", 100)
	counts := b.counts(t)
	u := b.upload(t, b.admin)
	u.Send("TEA,50\n" + manyRows(12_000))
	b.waitForUploads(t, 1)
	u.Cut()
	kittest.Eventually(t, "the staging table is gone", func() bool { return b.staging(t) == 0 })
	if b.counts(t) != counts {
		t.Error("a file that was cut has changed something")
	}
	kittest.Eventually(t, "the next import runs", func() bool {
		a, err := b.admin.Try(http.MethodPost, importPath, kittest.CSV("sku,qty", "TEA,1"))
		return err == nil && a.Status == http.StatusOK
	})
}

func TestImport_RefusesALargeFileAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.admin.Base+importPath, strings.NewReader(kittest.UploadHead))
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = 1<<30 + 1
	req.Header.Set("Authorization", "Bearer "+b.admin.Token)
	req.Header.Set("Content-Type", kittest.UploadType)
	req.Header.Set("Expect", "100-continue") // so the body is not sent
	client := http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Hour}}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("answered %d", res.StatusCode)
	}
}

// TestImport_RefusedHalfWayIsStillAnswered sends all of a large file whose second
// row is wrong, as clients do that read the answer only then.
func TestImport_RefusedHalfWayIsStillAnswered(t *testing.T) {
	t.Parallel()
	b := setup(t)
	file := kittest.File{Name: "a.csv", Content: "sku,qty\nA\n" + strings.Repeat("B,1\n", 4<<20)}
	b.admin.Do(t, http.MethodPost, importPath, file).WantProblem(http.StatusBadRequest, "")
}

// TestImport_StaysSoundWithOrders imports the same items again and again while they
// are reserved and released.
func TestImport_StaysSoundWithOrders(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var lines []string
	for i := range 50 {
		lines = append(lines, fmt.Sprintf("SKU-%02d", i))
	}
	file := func(round int) kittest.File {
		content := "sku,qty,price\n"
		for i, sku := range lines {
			content += fmt.Sprintf("%s,%d,1\n", sku, 1000+(i*7+round*13)%50)
		}
		return kittest.File{Name: "a.csv", Content: content}
	}
	b.admin.Do(t, http.MethodPost, importPath, file(0)).Want(http.StatusOK)
	inParallel(5, func(worker int) (none struct{}) {
		for round := range 20 {
			if worker == 0 {
				if a, err := b.admin.Try(http.MethodPost, importPath, file(round)); err != nil || a.Status != http.StatusOK {
					t.Errorf("import answered %d %s, %v", a.Status, a.Raw, err)
				}
				continue
			}
			id := uuid.Must(uuid.NewV4())
			body := []object{{"id": id, "order_id": id.String(), "items": []object{
				{"sku": lines[(worker*11+round*3)%50], "quantity": 1}, {"sku": lines[(worker*11+round*3+25)%50], "quantity": 2},
			}}}
			var outcomes []outcome
			a, err := b.service.Try(http.MethodPost, "/inventory/reservations", body)
			if decode(t, a, err, http.StatusOK, &outcomes) && outcomes[0].Status != http.StatusCreated {
				t.Errorf("reserved: %+v", outcomes)
			}
			if round%2 == 0 {
				b.tryPost(t, "releases", object{"ids": []uuid.UUID{id}})
			}
		}
		return none
	})
	b.wantSound(t)
}

// TestExport_CutOffIsNotTakenForWhole ends the database connection of a running
// export; its client must see that the file is not whole.
func TestExport_CutOffIsNotTakenForWhole(t *testing.T) {
	t.Parallel()
	b := setup(t)
	// More than the buffers of the connection hold.
	_, err := b.db.Exec(t.Context(), `INSERT INTO items (sku, name, qty, reorder_level)
		SELECT 'S-' || n, repeat('x', 200), 0, 0 FROM generate_series(1, 200000) AS n`)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(b.user.Base + exportPath)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do((&http.Request{Method: http.MethodGet, URL: u, Header: http.Header{"Authorization": {"Bearer " + b.user.Token}}}).WithContext(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("answered %d", res.StatusCode)
	}
	var ended int
	err = b.db.QueryRow(t.Context(), `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'FETCH%'`).Scan(&ended)
	if err != nil || ended != 1 {
		t.Fatalf("ended %d exports, %v", ended, err)
	}
	if n, err := io.Copy(io.Discard, res.Body); err == nil {
		t.Errorf("%d bytes were taken for the whole file", n)
	}
}
