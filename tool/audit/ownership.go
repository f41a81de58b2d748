package audit

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/gofrs/uuid/v5"

	"microdemo/services/orders"
)

// ownership is what must hold between orders and inventory. The reservations of
// inventory and the holds of orders are merged in the order of their ids, so that
// memory does not grow with them.
type ownership struct {
	reservations *finding
	orders       *finding
	givenUp      *finding
	holds        *finding
}

func newOwnership() *ownership {
	return &ownership{
		reservations: &finding{holds: "every live reservation has an order that owns it"},
		orders:       &finding{holds: "every order that owns stock has it reserved"},
		givenUp:      &finding{holds: "no void or dropped hold keeps stock"},
		holds:        &finding{holds: "every hold is of an order that owns stock"},
	}
}

func (o *ownership) findings() []*finding {
	return []*finding{o.reservations, o.orders, o.givenUp, o.holds}
}

// again makes the next look the second one.
func (o *ownership) again() {
	for _, f := range o.findings() {
		f.second = true
	}
}

// suspects is the number of reservations that looked wrong.
func (o *ownership) suspects() int {
	all := map[uuid.UUID]struct{}{}
	for _, f := range o.findings() {
		for id := range f.suspected {
			all[id] = struct{}{}
		}
	}
	return len(all)
}

// liveReservation is stock that inventory has reserved for an order.
type liveReservation struct {
	ID      uuid.UUID
	OrderID string
	State   string
	Lines   []string // SKU and quantity
}

// heldOrder is what orders decided about a reservation, with the order that refers
// to it, if any.
type heldOrder struct {
	ID      uuid.UUID // of the reservation
	HeldFor string
	State   string

	OrderID  *string
	Status   orders.Status
	Deleted  bool
	Imported bool
	Lines    []string
}

func (h heldOrder) owns() bool {
	return h.OrderID != nil && !h.Imported && h.Status.OwnsStock(h.Deleted)
}

// look reads both databases once.
func (o *ownership) look(ctx context.Context, inOrders, inStock *snapshot) error {
	seen, err := o.compare(ctx, inOrders, inStock)
	if err != nil {
		return err
	}
	without, err := openCursor[heldOrder](ctx, inOrders, `
		SELECT coalesce(o.reservation_id, '00000000-0000-0000-0000-000000000000') AS id, '' AS held_for, '' AS state,
		       o.id AS order_id, status, deleted_at IS NOT NULL AS deleted, imported, ARRAY[]::text[] AS lines
		FROM orders o LEFT JOIN holds h USING (reservation_id) WHERE h.reservation_id IS NULL AND NOT imported
		ORDER BY o.id`)
	for ; err == nil && without.ok; err = without.next() {
		if h := without.row; h.owns() {
			seen.owning++
			o.orders.breaks("order %s (%s): it has no hold", *h.OrderID, h.Status)
		}
	}
	if err != nil {
		return err
	}
	o.reservations.count([]int64{seen.live}, []string{"live reservations"})
	o.orders.count([]int64{seen.owning}, []string{"orders"})
	o.givenUp.count([]int64{seen.givenUp}, []string{"void or dropped holds"})
	o.holds.count([]int64{seen.held}, []string{"holds"})
	return nil
}

// seen counts what one look has read.
type seen struct{ live, owning, givenUp, held int64 }

func (o *ownership) compare(ctx context.Context, inOrders, inStock *snapshot) (n seen, err error) {
	live, err := openCursor[liveReservation](ctx, inStock, `
		SELECT id, coalesce(order_id, '') AS order_id, state,
		       ARRAY(SELECT sku || ' ' || quantity FROM reservation_lines WHERE reservation_id = id ORDER BY sku) AS lines
		FROM reservations WHERE state <> 'released' ORDER BY id`)
	if err != nil {
		return n, err
	}
	defer live.rows.Close()
	held, err := openCursor[heldOrder](ctx, inOrders, `
		SELECT reservation_id AS id, h.order_id AS held_for, h.state, o.id AS order_id, coalesce(o.status, '') AS status,
		       o.deleted_at IS NOT NULL AS deleted, coalesce(o.imported, false) AS imported,
		       ARRAY(SELECT sku || ' ' || quantity FROM order_lines l WHERE l.order_id = o.id ORDER BY sku) AS lines
		FROM holds h LEFT JOIN orders o USING (reservation_id)
		ORDER BY h.reservation_id`)
	if err != nil {
		return n, err
	}
	defer held.rows.Close()

	for live.ok || held.ok {
		var r *liveReservation
		var h *heldOrder
		order := bytes.Compare(live.row.ID[:], held.row.ID[:])
		if live.ok && (!held.ok || order <= 0) {
			r = &live.row
		}
		if held.ok && (!live.ok || order >= 0) {
			h = &held.row
		}
		o.compareOne(r, h, &n)
		if r != nil {
			err = live.next()
		}
		if h != nil && err == nil {
			err = held.next()
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// compareOne checks one reservation. r is nil if it is not live in inventory, h if
// orders has not decided about it.
func (o *ownership) compareOne(r *liveReservation, h *heldOrder, n *seen) {
	if r != nil {
		n.live++
		if why := unowned(r, h); why != "" {
			o.reservations.suspect(r.ID, "reservation %s (%s, for order %s): %s", r.ID, r.State, r.OrderID, why)
		}
	}
	if h == nil {
		return
	}
	if h.owns() {
		n.owning++
		o.checkOwner(r, h)
	}
	if h.State != "held" {
		n.givenUp++
		if r != nil {
			o.givenUp.suspect(h.ID, "reservation %s (%s, for order %s): its hold is %s", h.ID, r.State, h.HeldFor, h.State)
		}
		return
	}
	n.held++
	switch {
	case h.OrderID == nil:
		o.holds.breaks("reservation %s is held for order %s, which does not refer to it", h.ID, h.HeldFor)
	case !h.owns():
		o.holds.breaks("reservation %s is held for order %s, which is %s", h.ID, *h.OrderID, h.is())
	}
}

// unowned returns the reason why no order owns the stock of r, or "".
func unowned(r *liveReservation, h *heldOrder) string {
	switch {
	case h == nil:
		return "it has no hold"
	case h.State != "held":
		return "its hold is " + h.State
	case h.OrderID == nil:
		return "it is held, but no order refers to it"
	case !h.owns():
		return "order " + *h.OrderID + " is " + h.is()
	case *h.OrderID != r.OrderID:
		return "it belongs to order " + *h.OrderID
	}
	return ""
}

// checkOwner checks an order that owns stock.
func (o *ownership) checkOwner(r *liveReservation, h *heldOrder) {
	switch {
	case h.State != "held":
		o.orders.breaks("order %s (%s): its reservation %s is %s", *h.OrderID, h.Status, h.ID, h.State)
	case h.HeldFor != *h.OrderID:
		o.orders.breaks("order %s (%s): its reservation %s is held for order %s", *h.OrderID, h.Status, h.ID, h.HeldFor)
	}
	switch {
	case r == nil:
		o.orders.suspect(h.ID, "order %s (%s): inventory has released its reservation %s or never had it", *h.OrderID, h.Status, h.ID)
	case !slices.Equal(r.Lines, h.Lines):
		o.orders.suspect(h.ID, "order %s (%s): it has ordered %s, but reservation %s has %s",
			*h.OrderID, h.Status, listed(h.Lines), h.ID, listed(r.Lines))
	}
}

// is says what an order that owns no stock is.
func (h *heldOrder) is() string {
	switch {
	case h.Imported:
		return "imported"
	case h.Deleted:
		return "deleted"
	}
	return string(h.Status)
}

func listed(lines []string) string {
	if len(lines) == 0 {
		return "nothing"
	}
	return strings.Join(lines, ", ")
}
