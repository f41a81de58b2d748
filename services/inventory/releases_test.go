package inventory_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/gofrs/uuid/v5"
)

func TestRelease_GivesStockBackOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea, cup := b.item(t, "TEA", 10), b.item(t, "CUP", 10)
	r := order(t, "o-1", line{"TEA", 3, ""}, line{"CUP", 10, ""})
	kept := order(t, "o-2", line{"TEA", 2, ""})
	b.reserve(t, r, kept)
	b.wantStock(t, tea.ID, 5, 5)
	for range 3 {
		b.release(t, r)
		b.release(t, r, r)
	}
	b.wantStock(t, tea.ID, 8, 2)
	b.wantStock(t, cup.ID, 10, 0)
	b.wantSound(t)
	if moves := b.ledger(t, cup.ID); len(moves) != 3 || moves[0].Delta != 10 || moves[0].OrderID != "o-1" || moves[0].Reason != "released" {
		t.Errorf("the ledger is %v", moves)
	}
	if o := b.reserve(t, r)[0]; o.Status != http.StatusGone || o.Items != nil || o.Errors != nil {
		t.Errorf("a released id answers %+v", o)
	}
	b.wantStock(t, tea.ID, 8, 2)
}

func TestRelease_AtOnceGivesStockBackOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea := b.item(t, "TEA", 100)
	r := b.reserveOne(t, "TEA", 7)
	b.reserveOne(t, "TEA", 5)
	for _, status := range inParallel(20, func(int) int { return b.tryPost(t, "releases", ids(r)) }) {
		if status != http.StatusNoContent {
			t.Errorf("answered %d", status)
		}
	}
	b.wantStock(t, tea.ID, 95, 5)
	b.wantSound(t)
}

// tryPost sends ids from a goroutine.
func (b *bench) tryPost(t *testing.T, what string, body any) int {
	answer, err := b.service.Try(http.MethodPost, "/inventory/reservations/"+what, body)
	if err != nil {
		t.Error(err)
	}
	return answer.Status
}

func TestRelease_OfAnUnknownIDKeepsALateRequestFromTakingStock(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea := b.item(t, "TEA", 10)
	late := order(t, "o-1", line{"TEA", 3, ""})
	b.release(t, late)
	b.release(t, late)
	if o := b.reserve(t, late)[0]; o.Status != http.StatusGone {
		t.Errorf("answered %+v", o)
	}
	b.confirm(t, late)
	if o := b.reserve(t, late)[0]; o.Status != http.StatusGone {
		t.Errorf("once confirmed, answered %+v", o)
	}
	b.wantStock(t, tea.ID, 10, 0)
	b.wantSound(t)
}

func TestRelease_RacingWithItsReservationLeavesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea, cup := b.item(t, "TEA", 1000), b.item(t, "CUP", 1000)
	for round := range 10 {
		r := order(t, fmt.Sprintf("o-%d", round), line{"TEA", 2, ""}, line{"CUP", 1, ""})
		if round%2 == 0 {
			slices.Reverse(r.Items)
		}
		inParallel(12, func(i int) int {
			switch {
			case i%3 == 0:
				return b.tryPost(t, "releases", ids(r))
			case i == 1:
				return b.tryPost(t, "confirmations", ids(r))
			}
			o := b.tryReserve(t, r)
			if o.Status != 201 && o.Status != 200 && o.Status != 410 {
				t.Errorf("answered %+v", o)
			}
			return o.Status
		})
		if o := b.reserve(t, r)[0]; o.Status != http.StatusGone {
			t.Errorf("after a release: %+v", o)
		}
		b.wantStock(t, tea.ID, 1000, 0)
		b.wantStock(t, cup.ID, 1000, 0)
	}
	b.wantSound(t)
}

func TestRelease_TakesManyKnownAndUnknown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea, cup := b.item(t, "TEA", 1000), b.item(t, "CUP", 1000)
	var batch []reservation
	for i := range 120 {
		batch = append(batch, order(t, "o", line{"TEA", 1, ""}, line{"CUP", int64(1 + i%3), ""}))
	}
	b.reserve(t, batch...)
	all := slices.Clone(batch)
	for range 380 {
		all = append(all, order(t, "o", line{"TEA", 1, ""}))
	}
	b.confirm(t, all...)
	b.release(t, all...)
	b.wantStock(t, tea.ID, 1000, 0)
	b.wantStock(t, cup.ID, 1000, 0)
	b.wantSound(t)
	for _, o := range b.reserve(t, all[60:180]...) {
		if o.Status != http.StatusGone {
			t.Fatalf("answered %+v", o)
		}
	}
}

func TestConfirm_LeavesWhatWasReleased(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tea := b.item(t, "TEA", 10)
	r := b.reserveOne(t, "TEA", 3)
	b.confirm(t, r)
	b.confirm(t, r, order(t, "unknown"))
	b.wantStock(t, tea.ID, 7, 3)
	b.release(t, r) // a confirmed order can be cancelled
	b.wantStock(t, tea.ID, 10, 0)
	b.confirm(t, r)
	if o := b.reserve(t, r)[0]; o.Status != http.StatusGone {
		t.Errorf("answered %+v", o)
	}
	b.wantSound(t)
}

type unconfirmed struct {
	ID        uuid.UUID `json:"id"`
	OrderID   string    `json:"order_id"`
	CreatedAt string    `json:"created_at"`
}

func TestUnconfirmed_AreListedOldestFirstPageByPage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.item(t, "TEA", 100)
	var want []uuid.UUID
	var batch []reservation
	for i := range 9 {
		batch = append(batch, order(t, fmt.Sprintf("o-%d", i), line{"TEA", 1, ""}))
	}
	// A batch shares its time, so the id decides the order within one.
	b.reserve(t, batch[:4]...)
	for _, r := range batch[4:] {
		b.reserve(t, r)
	}
	b.confirm(t, batch[4])
	b.release(t, batch[5], order(t, "never"))
	slices.SortFunc(batch[:4], func(a, b reservation) int { return slices.Compare(a.ID[:], b.ID[:]) })
	for i, r := range batch {
		if i != 4 && i != 5 {
			want = append(want, r.ID)
		}
	}
	for _, limit := range []int{1, 2, 3, 7, 500} {
		var got []uuid.UUID
		all := pages[unconfirmed](t, b.service, fmt.Sprintf("/inventory/reservations?unconfirmed_for=0s&limit=%d", limit))
		for _, page := range all {
			for _, u := range page {
				got = append(got, u.ID)
			}
		}
		if !slices.Equal(got, want) || len(all) != (6+limit)/limit {
			t.Errorf("limit %d: %d pages of %v, want %v", limit, len(all), got, want)
		}
	}
	if skipped := pages[unconfirmed](t, b.service, "/inventory/reservations?unconfirmed_for=0s&skip=5"); len(skipped[0]) != 2 || skipped[0][0].ID != want[5] {
		t.Errorf("behind the first five: %v", skipped)
	}
	if young := pages[unconfirmed](t, b.service, "/inventory/reservations?unconfirmed_for=1h"); len(young[0]) != 0 {
		t.Errorf("unconfirmed for an hour: %v", young)
	}
	if _, err := b.db.Exec(t.Context(), `UPDATE reservations SET created_at = created_at - interval '1 hour' WHERE id = $1`, want[3]); err != nil {
		t.Fatal(err)
	}
	if old := pages[unconfirmed](t, b.service, "/inventory/reservations?unconfirmed_for=30m"); len(old[0]) != 1 || old[0][0].ID != want[3] || old[0][0].OrderID == "" {
		t.Errorf("unconfirmed for half an hour: %v", old)
	}
}
