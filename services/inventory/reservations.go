package inventory

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/gofrs/uuid/v5"
	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

// Reservation asks for the stock of one attempt to place one order.
type Reservation struct {
	ID              uuid.UUID
	OrderID         string
	Lines           []Line
	CheckPrices     bool       // a price that is named must be the catalogue's
	AllowNamedPrice bool       // a price that is named is taken, whatever the catalogue says
	Total           *kit.Money // if not nil, what the lines must cost together
}

// Line is so many of one item. In a request the price may be nil; in an answer
// it is what one costs.
type Line struct {
	SKU      string
	Quantity int64
	Price    *kit.Money
}

// Outcome is what became of one Reservation.
type Outcome struct {
	ID       uuid.UUID
	Status   int // 201 made, 200 made before, 410 released, 409 refused, 503 failed
	OrderID  string
	Lines    []Line
	Problems []LineProblem
}

// LineProblem says why a line was refused.
type LineProblem struct {
	SKU       string
	Reason    string // one of the Reason constants
	Available int64
	Requested int64
	Price     *kit.Money // the catalogue's; for ReasonTotal, what the lines cost
}

// Why a reservation is refused. ReasonTotal is about no line of its own.
const (
	ReasonMissing = "missing"
	ReasonShort   = "short"
	ReasonPrice   = "price"
	ReasonTotal   = "total"
)

// hash is the same for the same request. The order id is left out: a repeated
// request adopts the id of the first.
func (r Reservation) hash() []byte {
	h := sha256.New()
	fmt.Fprintln(h, r.CheckPrices, r.AllowNamedPrice, r.Total != nil, r.Total)
	for _, l := range r.Lines {
		fmt.Fprintln(h, l.SKU, l.Quantity, l.Price != nil, l.Price)
	}
	return h.Sum(nil)
}

// stock is an item as a batch of reservations sees it while it is allotted.
type stock struct {
	ID    int64
	SKU   string
	Qty   int64
	Price *kit.Money
}

var errRaced = errors.New("another transaction made the same reservation at this moment")

// Reserve takes stock for each reservation, all its lines or none, and answers
// one outcome each, in order. A reservation that is there already answers what
// is stored. Refusals store nothing.
func (s *Store) Reserve(ctx context.Context, batch []Reservation) ([]Outcome, error) {
	return s.reserve(ctx, batch, true)
}

// reserve does not let one member keep the others from their stock: members that
// want an item somebody else has locked go second, on their own, and a batch that
// fails is tried in halves.
func (s *Store) reserve(ctx context.Context, batch []Reservation, skipLocked bool) ([]Outcome, error) {
	outcomes, waiting, err := s.reserveTogether(ctx, batch, skipLocked)
	if err != nil {
		if len(batch) == 1 || kit.IsUnavailable(err) {
			return nil, err
		}
		half := len(batch) / 2
		return append(s.reserveOrFail(ctx, batch[:half], skipLocked), s.reserveOrFail(ctx, batch[half:], skipLocked)...), nil
	}
	if len(waiting) > 0 {
		members := make([]Reservation, len(waiting))
		for i, at := range waiting {
			members[i] = batch[at]
		}
		for i, outcome := range s.reserveOrFail(ctx, members, false) {
			outcomes[waiting[i]] = outcome
		}
	}
	return outcomes, nil
}

// reserveOrFail answers 503 for every member of a part of a batch that fails.
func (s *Store) reserveOrFail(ctx context.Context, part []Reservation, skipLocked bool) []Outcome {
	outcomes, err := s.reserve(ctx, part, skipLocked)
	if err == nil {
		return outcomes
	}
	outcomes = make([]Outcome, len(part))
	for i, r := range part {
		s.log.WarnContext(ctx, "a reservation failed", "reservation", r.ID, "error", err, "request_id", kit.RequestID(ctx))
		outcomes[i] = Outcome{ID: r.ID, Status: http.StatusServiceUnavailable}
	}
	return outcomes
}

func (s *Store) reserveTogether(ctx context.Context, batch []Reservation, skipLocked bool) (outcomes []Outcome, waiting []int, err error) {
	err = settleRaces(func() error {
		var taken []Item
		err := s.db.Tx(ctx, func(tx pgx.Tx) (err error) {
			outcomes, waiting, taken, err = reserve(ctx, tx, batch, skipLocked)
			return err
		})
		s.evict(ctx, taken...)
		return err
	})
	return outcomes, waiting, err
}

// settleRaces does a transaction again that another one overtook: that one is
// committed then, so the next round finds what it did.
func settleRaces(do func() error) (err error) {
	const rounds = 10 // more than can be overtaken one after the other
	for range rounds {
		if err = do(); !errors.Is(err, errRaced) {
			return err
		}
	}
	return err
}

// Items are locked in the order of their ids, so that batches cannot deadlock.
const (
	lockItems = `
		SELECT id, sku, qty, price FROM items WHERE sku = ANY($1)
		ORDER BY id FOR NO KEY UPDATE`
	lockFreeItems = `
		SELECT id, sku, qty, price FROM items WHERE sku = ANY($1)
		ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`
)

// reserve locks the items and allots in memory. With skipLocked it leaves members
// waiting, by their index, that want an item somebody else has locked. taken are
// the items whose stock it changes.
func reserve(ctx context.Context, tx pgx.Tx, batch []Reservation, skipLocked bool) (outcomes []Outcome, waiting []int, taken []Item, err error) {
	var skus []string
	var ids []uuid.UUID
	for _, r := range batch {
		ids = append(ids, r.ID)
		for _, l := range r.Lines {
			skus = append(skus, l.SKU)
		}
	}
	lock := lockItems
	if skipLocked {
		lock = lockFreeItems
	}
	locked, err := kit.Rows[stock](ctx, tx, lock, skus)
	if err != nil {
		return nil, nil, nil, err
	}
	items := make(map[string]*stock, len(locked))
	for i := range locked {
		items[locked[i].SKU] = &locked[i]
	}
	busy := map[string]bool{} // there, but locked by somebody else
	if skipLocked {
		if busy, err = others(ctx, tx, skus, items); err != nil {
			return nil, nil, nil, err
		}
	}
	known, err := stored(ctx, tx, ids)
	if err != nil {
		return nil, nil, nil, err
	}

	outcomes = make([]Outcome, len(batch))
	var made allotment
	for i, r := range batch {
		if earlier, ok := known[r.ID]; ok {
			outcomes[i] = earlier.repeat(r)
			continue
		}
		if slices.ContainsFunc(r.Lines, func(l Line) bool { return busy[l.SKU] }) {
			waiting = append(waiting, i)
			continue
		}
		lines, problems := allot(items, r)
		if problems != nil {
			outcomes[i] = Outcome{ID: r.ID, Status: http.StatusConflict, OrderID: r.OrderID, Problems: problems}
			continue
		}
		outcomes[i] = Outcome{ID: r.ID, Status: http.StatusCreated, OrderID: r.OrderID, Lines: lines}
		known[r.ID] = storedReservation{ID: r.ID, OrderID: &r.OrderID, BodyHash: r.hash(), State: "reserved", lines: lines}
		made.add(r, lines, items)
	}
	for _, item := range locked {
		if made.sums[item.ID] > 0 {
			taken = append(taken, Item{ID: item.ID, SKU: item.SKU})
		}
	}
	return outcomes, waiting, taken, made.write(ctx, tx)
}

// others are the SKUs that are not among the locked items, but exist.
func others(ctx context.Context, tx pgx.Tx, skus []string, locked map[string]*stock) (map[string]bool, error) {
	found := map[string]bool{}
	skus = slices.DeleteFunc(slices.Clone(skus), func(sku string) bool { return locked[sku] != nil })
	if len(skus) == 0 {
		return found, nil
	}
	rows, err := tx.Query(ctx, `SELECT sku FROM items WHERE sku = ANY($1)`, skus)
	if err != nil {
		return nil, err
	}
	var sku string
	_, err = pgx.ForEachRow(rows, []any{&sku}, func() error {
		found[sku] = true
		return nil
	})
	return found, err
}

// storedReservation is a reservation as the database has it.
type storedReservation struct {
	ID       uuid.UUID
	OrderID  *string
	BodyHash []byte
	State    string
	lines    []Line
}

// repeat answers a request for a reservation that is there already.
func (st storedReservation) repeat(r Reservation) Outcome {
	switch {
	case st.State == "released":
		return Outcome{ID: r.ID, Status: http.StatusGone}
	case !bytes.Equal(st.BodyHash, r.hash()):
		return Outcome{ID: r.ID, Status: http.StatusConflict}
	}
	return Outcome{ID: r.ID, Status: http.StatusOK, OrderID: *st.OrderID, Lines: st.lines}
}

func stored(ctx context.Context, tx pgx.Tx, ids []uuid.UUID) (map[uuid.UUID]storedReservation, error) {
	rows, err := tx.Query(ctx, `SELECT id, order_id, body_hash, state FROM reservations WHERE id = ANY($1)`, ids)
	if err != nil {
		return nil, err
	}
	known := map[uuid.UUID]storedReservation{}
	var st storedReservation
	_, err = pgx.ForEachRow(rows, []any{&st.ID, &st.OrderID, &st.BodyHash, &st.State}, func() error {
		known[st.ID] = st
		st = storedReservation{}
		return nil
	})
	if err != nil || len(known) == 0 {
		return known, err
	}
	rows, err = tx.Query(ctx, `
		SELECT reservation_id, sku, quantity, price FROM reservation_lines
		WHERE reservation_id = ANY($1) ORDER BY reservation_id, position`, ids)
	if err != nil {
		return nil, err
	}
	var id uuid.UUID
	var line Line
	_, err = pgx.ForEachRow(rows, []any{&id, &line.SKU, &line.Quantity, &line.Price}, func() error {
		st := known[id]
		st.lines = append(st.lines, line)
		known[id] = st
		line = Line{}
		return nil
	})
	return known, err
}
