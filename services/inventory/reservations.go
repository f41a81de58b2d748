package inventory

import (
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
	ID              uuid.UUID      `json:"id" format:"uuid" doc:"Names the reservation; sending it again repeats the answer" example:"0190a6e2-7b4c-7c3a-9d52-0d6a3c1f4e55"`
	OrderID         kit.Identifier `json:"order_id" doc:"The order it is for" example:"ORD-001"`
	Items           []Line         `json:"items" minItems:"1" maxItems:"100" doc:"What to reserve, no SKU twice"`
	CheckPrices     *bool          `json:"check_prices,omitempty" default:"true" doc:"Refuse a line that names another price than the catalogue's" example:"true"`
	AllowNamedPrice bool           `json:"allow_named_price,omitempty" doc:"Accept the price a line names, whatever the catalogue says" example:"false"`
	Total           *kit.Money     `json:"total,omitempty" doc:"Refuse unless the lines cost this together" example:"20.00"`
}

// Line is a quantity of one item. In a request the price may be nil; in an answer it is
// the price of one.
type Line struct {
	SKU      kit.Identifier `json:"sku" doc:"Which item" example:"SKU-001"`
	Quantity int64          `json:"quantity" minimum:"1" maximum:"10000" doc:"How many" example:"2"`
	Price    *kit.Money     `json:"price,omitempty" nullable:"true" doc:"The price of one" example:"10.00"`
}

// Outcome is what became of one Reservation.
type Outcome struct {
	ID      uuid.UUID      `json:"id" format:"uuid" doc:"The reservation" example:"0190a6e2-7b4c-7c3a-9d52-0d6a3c1f4e55"`
	Status  int            `json:"status" doc:"201 made, 200 made before, 410 released, 409 refused, 503 failed: try again" example:"201"`
	OrderID kit.Identifier `json:"order_id,omitempty" doc:"The order it was made for" example:"ORD-001"`
	Items   []Line         `json:"items,omitempty" doc:"What is reserved, with prices"`
	Errors  []LineProblem  `json:"errors,omitempty" doc:"Why it was refused, by line"`
}

// LineProblem says why a line was refused.
type LineProblem struct {
	SKU       string     `json:"sku" doc:"Which item; empty for a wrong total" example:"SKU-001"`
	Reason    string     `json:"reason" enum:"missing,short,price,total" doc:"There is no such item, there is not enough of it, it has another price, or the lines cost something else together" example:"short"`
	Available int64      `json:"available,omitempty" doc:"How many there are" example:"1"`
	Requested int64      `json:"requested,omitempty" doc:"How many were asked for" example:"2"`
	Price     *kit.Money `json:"price,omitempty" nullable:"true" doc:"The catalogue's price, or what the lines cost together" example:"10.00"`
}

// Why a line is refused; reasonTotal is about all lines.
const (
	reasonMissing = "missing"
	reasonShort   = "short"
	reasonPrice   = "price"
	reasonTotal   = "total"
)

func (r Reservation) checksPrices() bool { return r.CheckPrices == nil || *r.CheckPrices }

// hash is the same for the same request. The order id is left out: a repeated request
// adopts the id of the first.
func (r Reservation) hash() []byte {
	h := sha256.New()
	fmt.Fprintln(h, r.checksPrices(), r.AllowNamedPrice, r.Total != nil, r.Total)
	for _, l := range r.Items {
		fmt.Fprintln(h, l.SKU, l.Quantity, l.Price != nil, l.Price)
	}
	return h.Sum(nil)
}

// member is a reservation of a batch.
type member struct {
	Reservation
	outcome Outcome
}

// Reserve takes stock for each reservation, all its lines or none, and answers one
// outcome each, in order. A reservation that exists answers what is stored. Refusals
// store nothing.
//
// One member does not keep the others from their stock: members that want an item which
// another transaction has locked go second, and a batch that fails is retried in halves.
func (s *Store) Reserve(ctx context.Context, batch []Reservation) (outcomes []Outcome, err error) {
	members := make([]*member, len(batch))
	for i, r := range batch {
		members[i] = &member{Reservation: r}
	}
	var waiting []*member
	kit.InHalves(members, func(part []*member) error {
		wait, err := s.reserveTogether(ctx, part, true)
		waiting = append(waiting, wait...)
		return err
	}, func(part []*member, cause error) {
		if s.fail(ctx, part, cause); len(part) == len(batch) {
			err = cause
		}
	})
	if len(waiting) > 0 {
		kit.InHalves(waiting, func(part []*member) error {
			_, err := s.reserveTogether(ctx, part, false)
			return err
		}, func(part []*member, cause error) { s.fail(ctx, part, cause) })
	}
	for _, m := range members {
		outcomes = append(outcomes, m.outcome)
	}
	return outcomes, err
}

func (s *Store) fail(ctx context.Context, part []*member, cause error) {
	for _, m := range part {
		s.log.WarnContext(ctx, "a reservation failed", "reservation", m.ID, "error", cause, "request_id", kit.RequestID(ctx))
		m.outcome = Outcome{ID: m.ID, Status: http.StatusServiceUnavailable}
	}
}

func (s *Store) reserveTogether(ctx context.Context, batch []*member, skipLocked bool) (waiting []*member, err error) {
	err = retryRaces(func() error {
		var taken []itemRef
		err := s.db.Tx(ctx, func(tx pgx.Tx) (err error) {
			waiting, taken, err = reserve(ctx, tx, batch, skipLocked)
			return err
		})
		s.evict(ctx, taken...)
		return err
	})
	return waiting, err
}

var errRaced = errors.New("another transaction made or released the same reservation at the same time")

// retryRaces retries a transaction that another one overtook: that one is committed
// then, so the next round finds what it did.
func retryRaces(do func() error) (err error) {
	const rounds = 10 // more than can be overtaken one after the other
	for range rounds {
		if err = do(); !errors.Is(err, errRaced) {
			return err
		}
	}
	return err
}

// reserve locks the items and allots in memory. With skipLocked it leaves members
// waiting that want an item which another transaction has locked. taken are the items
// whose stock it changes.
func reserve(ctx context.Context, tx pgx.Tx, batch []*member, skipLocked bool) (waiting []*member, taken []itemRef, err error) {
	var skus []kit.Identifier
	var ids []uuid.UUID
	for _, m := range batch {
		ids = append(ids, m.ID)
		for _, l := range m.Items {
			skus = append(skus, l.SKU)
		}
	}
	items, busy, err := lockStock(ctx, tx, skus, skipLocked)
	if err != nil {
		return nil, nil, err
	}
	known, err := stored(ctx, tx, ids)
	if err != nil {
		return nil, nil, err
	}
	var made allotment
	for _, m := range batch {
		if earlier, ok := known[m.ID]; ok {
			m.outcome = earlier.repeat(m.Reservation)
			continue
		}
		if slices.ContainsFunc(m.Items, func(l Line) bool { return busy[l.SKU] }) {
			waiting = append(waiting, m)
			continue
		}
		lines, problems := allot(items, m.Reservation)
		if problems != nil {
			m.outcome = Outcome{ID: m.ID, Status: http.StatusConflict, OrderID: m.OrderID, Errors: problems}
			continue
		}
		m.outcome = Outcome{ID: m.ID, Status: http.StatusCreated, OrderID: m.OrderID, Items: lines}
		known[m.ID] = &storedReservation{ID: m.ID, OrderID: &m.OrderID, BodyHash: m.hash(), State: "reserved", lines: lines}
		made.add(m.Reservation, lines, items)
	}
	for _, item := range items {
		if made.sums[item.ID] > 0 {
			taken = append(taken, itemRef{item.ID, item.SKU})
		}
	}
	return waiting, taken, made.write(ctx, tx)
}
