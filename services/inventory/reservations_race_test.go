package inventory_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/gofrs/uuid/v5"
	"pgregory.net/rapid"
)

// TestStock_StaysSoundUnderRandomTraffic lets many callers reserve, repeat,
// confirm and release random lines of few items, in batches and alone, while an
// administrator counts stock. Deadlocks would show as 503 or as the deadline.
func TestStock_StaysSoundUnderRandomTraffic(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const items, callers, rounds = 5, 24, 40
	var skus []string
	var itemIDs []int64
	for i := range items {
		made := b.item(t, fmt.Sprintf("SKU-%d", i), 60)
		skus, itemIDs = append(skus, made.SKU), append(itemIDs, made.ID)
	}
	var known sharedOrders
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	inParallel(callers, func(caller int) (none struct{}) {
		r := rand.New(rand.NewPCG(seed, uint64(caller)))
		for range rounds {
			switch r.IntN(8) {
			case 0, 1, 2, 3:
				batch := make([]reservation, 1+r.IntN(6))
				for i := range batch {
					batch[i] = randomOrder(r, skus, &known)
				}
				var outcomes []outcome
				answer, err := b.service.Try(http.MethodPost, "/inventory/reservations", batch)
				if !decode(t, answer, err, http.StatusOK, &outcomes) {
					return none
				}
				for i, o := range outcomes {
					if o.ID != batch[i].ID || !slices.Contains([]int{200, 201, 409, 410}, o.Status) {
						t.Errorf("%+v answered %+v", batch[i], o)
					}
				}
			case 4, 5:
				if status := b.tryPost(t, "releases", object{"ids": known.some(r)}); status != http.StatusNoContent {
					t.Errorf("release answered %d", status)
				}
			case 6:
				if status := b.tryPost(t, "confirmations", object{"ids": known.some(r)}); status != http.StatusNoContent {
					t.Errorf("confirm answered %d", status)
				}
			case 7:
				answer := b.tryAdjust(t, itemIDs[r.IntN(items)], object{"delta": 1 - 2*r.IntN(2), "reason": "counted"}, "")
				if answer.Status != http.StatusOK && answer.Status != http.StatusConflict {
					t.Errorf("adjust answered %d %s", answer.Status, answer.Raw)
				}
			}
		}
		return none
	})
	b.wantSound(t)

	// What is released in the end is all back.
	for chunk := range slices.Chunk(known.ids, 500) {
		b.service.Do(t, http.MethodPost, "/inventory/reservations/releases", object{"ids": chunk}).Want(http.StatusNoContent)
	}
	b.wantSound(t)
	for _, id := range itemIDs {
		if got := b.read(t, id); got.Allocated != 0 {
			t.Errorf("%s still has %d allocated", got.SKU, got.Allocated)
		}
	}
}

// sharedOrders are the reservations that were ever asked for.
type sharedOrders struct {
	sync.Mutex
	orders []reservation
	ids    []uuid.UUID
}

func (s *sharedOrders) add(r reservation) {
	s.Lock()
	defer s.Unlock()
	s.orders = append(s.orders, r)
	s.ids = append(s.ids, r.ID)
}

// some are a few recent ids, in any order and sometimes twice.
func (s *sharedOrders) some(r *rand.Rand) (ids []uuid.UUID) {
	s.Lock()
	defer s.Unlock()
	for range 1 + r.IntN(10) {
		if n := len(s.ids); n > 0 {
			ids = append(ids, s.ids[n-1-r.IntN(min(n, 40))])
		}
	}
	if ids == nil {
		ids = []uuid.UUID{randomID(r)}
	}
	return ids
}

func randomID(r *rand.Rand) (id uuid.UUID) {
	for i := range id {
		id[i] = byte(r.Uint32())
	}
	return id
}

// randomOrder is mostly a new order, sometimes one that was sent before.
func randomOrder(r *rand.Rand, skus []string, known *sharedOrders) reservation {
	known.Lock()
	n := len(known.orders)
	if n > 0 && r.IntN(5) == 0 {
		defer known.Unlock()
		return known.orders[n-1-r.IntN(min(n, 20))]
	}
	known.Unlock()
	o := reservation{ID: randomID(r), OrderID: fmt.Sprintf("o-%d", r.Uint32())}
	for _, i := range r.Perm(len(skus))[:1+r.IntN(len(skus))] {
		o.Items = append(o.Items, line{skus[i], 1 + r.Int64N(4), ""})
	}
	known.add(o)
	return o
}

// TestReserve_DoesWhatASimpleModelDoes compares the service with a model that
// keeps stock in maps.
func TestReserve_DoesWhatASimpleModelDoes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	runs := 0
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		m := model{stock: map[string]int64{}, held: map[uuid.UUID]reservation{}, released: map[uuid.UUID]bool{}}
		ids := map[string]int64{}
		var skus []string
		for i := range 3 {
			made := b.item(t, fmt.Sprintf("R%d-%d", runs, i), rapid.Int64Range(0, 12).Draw(rt, "qty"))
			m.stock[made.SKU], ids[made.SKU] = made.Qty, made.ID
			skus = append(skus, made.SKU)
		}
		names := make([]uuid.UUID, 5)
		for i := range names {
			names[i] = newID(t)
		}
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			if rapid.IntRange(0, 2).Draw(rt, "what") == 0 {
				some := rapid.SliceOfN(rapid.SampledFrom(names), 1, 4).Draw(rt, "release")
				b.service.Do(t, http.MethodPost, "/inventory/reservations/releases", object{"ids": some}).Want(http.StatusNoContent)
				m.release(some)
				continue
			}
			batch := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) reservation {
				return reservation{
					ID: rapid.SampledFrom(names).Draw(rt, "id"), OrderID: "o",
					Items: rapid.SliceOfNDistinct(rapid.Custom(func(rt *rapid.T) line {
						return line{rapid.SampledFrom(skus).Draw(rt, "sku"), rapid.Int64Range(1, 5).Draw(rt, "quantity"), ""}
					}), 1, 3, func(l line) string { return l.SKU }).Draw(rt, "lines"),
				}
			}), 1, 5).Draw(rt, "batch")
			for i, o := range b.reserve(t, batch...) {
				if want := m.reserve(batch[i]); o.Status != want {
					rt.Fatalf("member %d of %+v answered %+v, want %d", i, batch, o, want)
				}
			}
		}
		for sku, qty := range m.stock {
			if got := b.read(t, ids[sku]); got.Qty != qty {
				rt.Fatalf("%s has %d left, want %d", sku, got.Qty, qty)
			}
		}
	})
	b.wantSound(t)
}

type model struct {
	stock    map[string]int64
	held     map[uuid.UUID]reservation
	released map[uuid.UUID]bool
}

func (m model) reserve(r reservation) int {
	if m.released[r.ID] {
		return http.StatusGone
	}
	if earlier, ok := m.held[r.ID]; ok {
		if slices.Equal(earlier.Items, r.Items) {
			return http.StatusOK
		}
		return http.StatusConflict
	}
	for _, l := range r.Items {
		if m.stock[l.SKU] < l.Quantity {
			return http.StatusConflict
		}
	}
	for _, l := range r.Items {
		m.stock[l.SKU] -= l.Quantity
	}
	m.held[r.ID] = r
	return http.StatusCreated
}

func (m model) release(ids []uuid.UUID) {
	for _, id := range ids {
		for _, l := range m.held[id].Items {
			m.stock[l.SKU] += l.Quantity
		}
		delete(m.held, id)
		m.released[id] = true
	}
}
