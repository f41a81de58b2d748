package orders

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gofrs/uuid/v5"
	"github.com/jackc/pgx/v5"

	"microdemo/kit"
	"microdemo/kit/cache"
	"microdemo/services/orders/events"
	"microdemo/services/orders/webhooks"
)

// Order is what a buyer has ordered.
type Order struct {
	ID        string    `json:"id" doc:"The order's id" example:"ORD-001"`
	UserID    int64     `json:"user_id" doc:"The buyer" example:"2"`
	Total     kit.Money `json:"total" doc:"What the lines cost together" example:"20.00"`
	Status    Status    `json:"status" enum:"pending,processing,shipped,delivered,completed,cancelled" doc:"Where it stands" example:"pending"`
	Items     []Line    `json:"items" doc:"The lines, as they were ordered"`
	CreatedAt time.Time `json:"created_at" doc:"When it was placed" example:"2026-01-02T15:04:05Z"`
	UpdatedAt time.Time `json:"updated_at" doc:"When it last changed" example:"2026-01-02T15:04:05Z"`

	ReservationID uuid.NullUUID `json:"-"`
	Imported      bool          `json:"-"`
	Version       int64         `json:"-"`
	DeletedAt     *time.Time    `json:"-"`
	IdemHash      []byte        `json:"-"`
}

// Line is so many of one item, at the price they were ordered at.
type Line struct {
	SKU      string    `json:"sku" doc:"Which item" example:"SKU-001"`
	Quantity int64     `json:"quantity" doc:"How many" example:"2"`
	Price    kit.Money `json:"price" doc:"The price of one" example:"10.00"`
}

// Store keeps orders, holds and events. What people read of an order is cached
// by its id; what changes the order drops it.
type Store struct {
	db       *kit.DB
	cache    *cache.Cache
	recorded func() // called when events may have been recorded
}

func cacheKey(id string) string { return "order:" + id }

func (s *Store) forget(ctx context.Context, id string) { s.cache.Evict(ctx, cacheKey(id)) }

// VisibleOrder is Order as clients see it, which may come from the cache.
func (s *Store) VisibleOrder(ctx context.Context, id string) (Order, error) {
	return cache.Get(ctx, s.cache, cacheKey(id), func(ctx context.Context) (Order, error) { return s.Order(ctx, id) })
}

const orderSQL = `
	SELECT id, user_id, total, status, created_at, updated_at, reservation_id, imported, version, deleted_at, idem_hash,
	       (SELECT json_agg(json_build_object('sku', sku, 'quantity', quantity, 'price', price::text) ORDER BY position)
	        FROM order_lines WHERE order_id = id) AS items
	FROM orders WHERE id = $1 AND deleted_at IS NULL`

// Order finds an order that was not deleted.
func (s *Store) Order(ctx context.Context, id string) (Order, error) {
	o, err := kit.Row[Order](ctx, s.db, orderSQL, id)
	if kit.IsNoRows(err) {
		return Order{}, kit.Errorf(kit.NotFound, "There is no order %s.", id)
	}
	return o, err
}

// OrderOfReservation finds the order a reservation was recorded for.
func (s *Store) OrderOfReservation(ctx context.Context, reservationID uuid.UUID) (Order, error) {
	return kit.Row[Order](ctx, s.db, `
		SELECT id, user_id, total, status, created_at, updated_at, reservation_id, imported, version, deleted_at, idem_hash,
		       (SELECT json_agg(json_build_object('sku', sku, 'quantity', quantity, 'price', price::text) ORDER BY position)
		        FROM order_lines WHERE order_id = id) AS items
		FROM orders WHERE reservation_id = $1`, reservationID)
}

// OrderOfKey finds the order that a caller placed with an Idempotency-Key, also
// if it was deleted since. None is kit.IsNoRows.
func (s *Store) OrderOfKey(ctx context.Context, owner int64, key string) (Order, error) {
	return kit.Row[Order](ctx, s.db, `
		SELECT id, user_id, total, status, created_at, updated_at, reservation_id, imported, version, deleted_at, idem_hash,
		       (SELECT json_agg(json_build_object('sku', sku, 'quantity', quantity, 'price', price::text) ORDER BY position)
		        FROM order_lines WHERE order_id = id) AS items
		FROM orders WHERE idem_owner = $1 AND idem_key = $2`, owner, key)
}

// IDTaken tells whether an order has, or once had, this id.
func (s *Store) IDTaken(ctx context.Context, id string) (taken bool, err error) {
	err = s.db.QueryRow(ctx, `SELECT EXISTS (SELECT FROM orders WHERE id = $1)`, id).Scan(&taken)
	return taken, err
}

// Buyer tells whose an order is, and whether it is deleted.
func (s *Store) Buyer(ctx context.Context, id string) (userID int64, deleted bool, err error) {
	err = s.db.QueryRow(ctx, `SELECT user_id, deleted_at IS NOT NULL FROM orders WHERE id = $1`, id).Scan(&userID, &deleted)
	if kit.IsNoRows(err) {
		err = kit.Errorf(kit.NotFound, "There is no order %s.", id)
	}
	return userID, deleted, err
}

// Timeline lists the events of an order, as events.Timeline does. Those of a
// deleted order stay.
func (s *Store) Timeline(ctx context.Context, id string, after int64, skip, limit int) ([]events.Event, int, error) {
	return events.Timeline(ctx, s.db, id, after, skip, limit)
}

// Change is what is to become of an order that exists.
type Change struct {
	Status Status // "" stays; what would need new stock is not done here but by Reopen
	UserID int64  // 0 stays
	By     int64  // who changes it
}

// Change changes an order and returns the reservation, if any, that gave up its
// stock: it is to be released.
func (s *Store) Change(ctx context.Context, before Order, c Change) (dropped uuid.NullUUID, err error) {
	err = s.change(ctx, before, func(tx pgx.Tx) (after Order, changes []events.Event, err error) {
		after = before
		if c.Status != "" && c.Status != before.Status {
			if !before.Status.mayBecome(c.Status) || before.Status == Cancelled {
				return after, nil, errIllegal(before.ID, before.Status, c.Status)
			}
			after.Status = c.Status
			changes = append(changes, statusChanged(before, c.Status, c.By))
		}
		if c.UserID != 0 && c.UserID != before.UserID {
			after.UserID = c.UserID
			changes = append(changes, buyerChanged(before, c.UserID, c.By))
		}
		if len(changes) == 0 {
			return after, nil, nil
		}
		_, err = tx.Exec(ctx, `
			UPDATE orders SET status = $2, user_id = $3, version = version + 1, updated_at = now() WHERE id = $1`,
			before.ID, after.Status, after.UserID)
		if err == nil && after.Status == Cancelled && before.Status != Cancelled {
			dropped, err = drop(ctx, tx, before.ReservationID)
		}
		return after, changes, err
	})
	return dropped, err
}

// Delete hides an order for ever; its events stay. It returns the reservation, if
// any, that gave up its stock: it is to be released.
func (s *Store) Delete(ctx context.Context, o Order, by int64) (dropped uuid.NullUUID, err error) {
	err = s.change(ctx, o, func(tx pgx.Tx) (Order, []events.Event, error) {
		_, err := tx.Exec(ctx, `UPDATE orders SET deleted_at = now(), updated_at = now(), version = version + 1 WHERE id = $1`, o.ID)
		if err != nil {
			return o, nil, err
		}
		if _, err := tx.Exec(ctx, `UPDATE order_lines SET deleted = true WHERE order_id = $1`, o.ID); err != nil {
			return o, nil, err
		}
		if !o.Status.keepsStockWhenDeleted() {
			if dropped, err = drop(ctx, tx, o.ReservationID); err != nil {
				return o, nil, err
			}
		}
		return o, []events.Event{{Type: events.Deleted, Description: "Order deleted.", OldValue: (*string)(&o.Status), UserID: &by}}, nil
	})
	return dropped, err
}

// Reopen makes a cancelled order pending again, with the stock of a new
// reservation.
func (s *Store) Reopen(ctx context.Context, before Order, reservationID uuid.NullUUID, c Change) error {
	return s.change(ctx, before, func(tx pgx.Tx) (after Order, changes []events.Event, err error) {
		after = before
		if before.Status != Cancelled {
			return after, nil, errIllegal(before.ID, before.Status, Pending)
		}
		if reservationID.Valid {
			_, err = tx.Exec(ctx, `INSERT INTO holds (reservation_id, order_id, state) VALUES ($1, $2, 'held')`, reservationID, before.ID)
			if err != nil {
				return after, nil, err
			}
		}
		after.Status = Pending
		changes = append(changes, statusChanged(before, Pending, c.By))
		if c.UserID != 0 && c.UserID != before.UserID {
			after.UserID = c.UserID
			changes = append(changes, buyerChanged(before, c.UserID, c.By))
		}
		_, err = tx.Exec(ctx, `
			UPDATE orders SET status = 'pending', user_id = $2, reservation_id = $3, version = version + 1, updated_at = now()
			WHERE id = $1`, before.ID, after.UserID, reservationID)
		return after, changes, err
	})
}

// change runs do in a transaction that has locked the order, and appends the events
// that do returns with the order after them. It fails with errChanged if the order
// has changed since it was read: what was read is what is changed.
func (s *Store) change(ctx context.Context, o Order, do func(pgx.Tx) (Order, []events.Event, error)) error {
	err := s.db.Tx(ctx, func(tx pgx.Tx) error {
		if err := lockOrder(ctx, tx, o.ID, o.Version); err != nil {
			return err
		}
		after, changes, err := do(tx)
		if err != nil || len(changes) == 0 {
			return err
		}
		return appendEvents(ctx, tx, after, changes)
	})
	s.forget(ctx, o.ID)
	s.recorded()
	return err
}

func errIllegal(id string, from, to Status) error {
	if len(next[from]) == 0 {
		return kit.Errorf(kit.Conflict, "Order %s is %s, which is final.", id, from)
	}
	return kit.Errorf(kit.Conflict, "Order %s is %s; from there it can become %s, not %s.", id, from, oneOf(next[from]), to)
}

func oneOf(statuses []Status) string {
	text := string(statuses[0])
	for i, s := range statuses[1:] {
		if i == len(statuses)-2 {
			text += " or "
		} else {
			text += ", "
		}
		text += string(s)
	}
	return text
}

// errChanged is retried by the caller with what stands there now.
var errChanged = errors.New("the order has changed since it was read")

func lockOrder(ctx context.Context, tx pgx.Tx, id string, version int64) error {
	var current int64
	err := tx.QueryRow(ctx, `SELECT version FROM orders WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE`, id).Scan(&current)
	switch {
	case kit.IsNoRows(err):
		return kit.Errorf(kit.NotFound, "There is no order %s.", id)
	case err == nil && current != version:
		return errChanged
	}
	return err
}

// drop gives up the stock of a reservation. The row is the work to do: it is
// released again and again until inventory has confirmed it.
func drop(ctx context.Context, tx pgx.Tx, id uuid.NullUUID) (uuid.NullUUID, error) {
	if !id.Valid {
		return uuid.NullUUID{}, nil // imported: it never took stock
	}
	tag, err := tx.Exec(ctx, `UPDATE holds SET state = 'dropped' WHERE reservation_id = $1 AND state = 'held'`, id)
	if err != nil || tag.RowsAffected() == 0 {
		return uuid.NullUUID{}, err
	}
	return id, nil
}

func statusChanged(o Order, to Status, by int64) events.Event {
	from, now := string(o.Status), string(to)
	return events.Event{
		Type: events.StatusChanged, OldValue: &from, NewValue: &now, UserID: &by,
		Description: fmt.Sprintf("Status changed from %s to %s.", from, now),
	}
}

func buyerChanged(o Order, to, by int64) events.Event {
	from, now := fmt.Sprint(o.UserID), fmt.Sprint(to)
	return events.Event{
		Type: events.Updated, OldValue: &from, NewValue: &now, UserID: &by,
		Description: fmt.Sprintf("Buyer changed from user %s to user %s.", from, now),
	}
}

// appendEvents is the last thing a transaction does: until it commits, no other
// transaction can number events. o is the order after them.
func appendEvents(ctx context.Context, tx pgx.Tx, o Order, list []events.Event) error {
	if err := webhooks.Lock(ctx, tx, o.ID); err != nil {
		return err
	}
	for i := range list {
		list[i].OrderID, list[i].Buyer = o.ID, o.UserID
	}
	list, err := events.Append(ctx, tx, list...)
	if err != nil {
		return err
	}
	o.UpdatedAt = list[0].CreatedAt // both are the time of the transaction
	body, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return webhooks.Enqueue(ctx, tx, list, slices.Repeat([][]byte{body}, len(list)))
}
