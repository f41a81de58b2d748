package inventory

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"

	"github.com/gofrs/uuid/v5"
	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

// Reservation asks for the stock of one attempt to place one order.
type Reservation struct {
	ID              uuid.UUID
	OrderID         string
	Lines           []Line
	CheckPrices     bool // a price that is named must be the catalogue's
	AllowNamedPrice bool // a price that is named is taken, whatever the catalogue says
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
	Price     *kit.Money // the catalogue's
}

// Why a line is refused.
const (
	ReasonMissing = "missing"
	ReasonShort   = "short"
	ReasonPrice   = "price"
)

// hash is the same for the same request. The order id is left out: a repeated
// request adopts the id of the first.
func (r Reservation) hash() []byte {
	h := sha256.New()
	fmt.Fprintln(h, r.CheckPrices, r.AllowNamedPrice)
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
	outcomes, err := s.reserveTogether(ctx, batch)
	if err == nil || len(batch) == 1 || kit.IsUnavailable(err) {
		return outcomes, err
	}
	// One member that cannot be served must not fail the others.
	outcomes = make([]Outcome, len(batch))
	for i, r := range batch {
		one, err := s.reserveTogether(ctx, []Reservation{r})
		if err != nil {
			s.log.ErrorContext(ctx, "a reservation failed", "reservation", r.ID, "error", err, "request_id", kit.RequestID(ctx))
			outcomes[i] = Outcome{ID: r.ID, Status: http.StatusServiceUnavailable}
			continue
		}
		outcomes[i] = one[0]
	}
	return outcomes, nil
}

func (s *Store) reserveTogether(ctx context.Context, batch []Reservation) (outcomes []Outcome, err error) {
	for {
		var taken []Item
		err = s.db.Tx(ctx, func(tx pgx.Tx) error {
			outcomes, taken, err = reserve(ctx, tx, batch)
			return err
		})
		s.drop(ctx, taken...)
		if !errors.Is(err, errRaced) { // the winner is committed, so the next round finds it
			return outcomes, err
		}
	}
}

// reserve locks the items in the order of their ids, so that batches cannot
// deadlock, and allots in memory. taken are the items whose stock it changes.
func reserve(ctx context.Context, tx pgx.Tx, batch []Reservation) (outcomes []Outcome, taken []Item, err error) {
	var skus []string
	var ids []uuid.UUID
	for _, r := range batch {
		ids = append(ids, r.ID)
		for _, l := range r.Lines {
			skus = append(skus, l.SKU)
		}
	}
	locked, err := kit.Rows[stock](ctx, tx, `
		SELECT id, sku, qty, price FROM items WHERE sku = ANY($1) ORDER BY id FOR NO KEY UPDATE`, skus)
	if err != nil {
		return nil, nil, err
	}
	items := make(map[string]*stock, len(locked))
	for i := range locked {
		items[locked[i].SKU] = &locked[i]
	}
	known, err := stored(ctx, tx, ids)
	if err != nil {
		return nil, nil, err
	}

	outcomes = make([]Outcome, len(batch))
	var made allotment
	for i, r := range batch {
		if earlier, ok := known[r.ID]; ok {
			outcomes[i] = earlier.repeat(r)
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
	return outcomes, taken, made.write(ctx, tx)
}

// allot takes the lines of r from items, or tells for each line why it cannot.
func allot(items map[string]*stock, r Reservation) (lines []Line, problems []LineProblem) {
	for _, l := range r.Lines {
		item, ok := items[l.SKU]
		if !ok {
			problems = append(problems, LineProblem{SKU: l.SKU, Reason: ReasonMissing, Requested: l.Quantity})
			continue
		}
		if item.Qty < l.Quantity {
			problems = append(problems, LineProblem{SKU: l.SKU, Reason: ReasonShort, Available: item.Qty, Requested: l.Quantity})
			continue
		}
		price := l.Price
		if price == nil {
			price = item.Price
		}
		catalogue := item.Price != nil && price != nil && price.Equal(*item.Price)
		named := l.Price != nil && (r.AllowNamedPrice || !r.CheckPrices)
		if !catalogue && !named {
			problems = append(problems, LineProblem{SKU: l.SKU, Reason: ReasonPrice, Price: item.Price})
			continue
		}
		lines = append(lines, Line{l.SKU, l.Quantity, price})
	}
	if problems != nil {
		return nil, problems
	}
	for _, l := range lines {
		items[l.SKU].Qty -= l.Quantity
	}
	return lines, nil
}

// allotment is what a batch of reservations writes, column by column.
type allotment struct {
	ids      []uuid.UUID
	orderIDs []string
	hashes   [][]byte

	lineOf     []uuid.UUID
	positions  []int16
	itemIDs    []int64
	skus       []string
	quantities []int64
	prices     []string
	qtyAfter   []int64
	lineOrder  []string

	sums map[int64]int64 // by item
}

func (a *allotment) add(r Reservation, lines []Line, items map[string]*stock) {
	a.ids = append(a.ids, r.ID)
	a.orderIDs = append(a.orderIDs, r.OrderID)
	a.hashes = append(a.hashes, r.hash())
	if a.sums == nil {
		a.sums = map[int64]int64{}
	}
	for i, l := range lines {
		item := items[l.SKU]
		a.lineOf = append(a.lineOf, r.ID)
		a.positions = append(a.positions, int16(i))
		a.itemIDs = append(a.itemIDs, item.ID)
		a.skus = append(a.skus, l.SKU)
		a.quantities = append(a.quantities, l.Quantity)
		a.prices = append(a.prices, l.Price.String())
		a.qtyAfter = append(a.qtyAfter, item.Qty)
		a.lineOrder = append(a.lineOrder, r.OrderID)
		a.sums[item.ID] += l.Quantity
	}
}

func (a *allotment) write(ctx context.Context, tx pgx.Tx) error {
	if len(a.ids) == 0 {
		return nil
	}
	tag, err := tx.Exec(ctx, `
		INSERT INTO reservations (id, order_id, body_hash, state)
		SELECT id, order_id, body_hash, 'reserved'
		FROM unnest($1::uuid[], $2::text[], $3::bytea[]) AS r (id, order_id, body_hash)
		ORDER BY id
		ON CONFLICT (id) DO NOTHING`, a.ids, a.orderIDs, a.hashes)
	if err != nil {
		return err
	}
	if tag.RowsAffected() != int64(len(a.ids)) {
		return errRaced
	}
	var itemIDs, sums []int64
	for id, n := range a.sums {
		itemIDs, sums = append(itemIDs, id), append(sums, n)
	}
	tag, err = tx.Exec(ctx, `
		UPDATE items
		SET qty = qty - n, allocated = allocated + n, version = version + 1, updated_at = now()
		FROM unnest($1::bigint[], $2::bigint[]) AS taken (item_id, n)
		WHERE items.id = item_id AND qty >= n`, itemIDs, sums)
	if err != nil {
		return err
	}
	if tag.RowsAffected() != int64(len(itemIDs)) {
		return errors.New("stock that was locked and counted is not there")
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO reservation_lines (reservation_id, position, item_id, sku, quantity, price)
		SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::text[], $5::bigint[], $6::numeric[])`,
		a.lineOf, a.positions, a.itemIDs, a.skus, a.quantities, a.prices)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO movements (item_id, delta, qty_after, reason, order_id)
		SELECT item_id, -quantity, qty_after, 'reserved', order_id
		FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[]) WITH ORDINALITY AS m (item_id, quantity, qty_after, order_id, place)
		ORDER BY place`,
		a.itemIDs, a.quantities, a.qtyAfter, a.lineOrder)
	return err
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
