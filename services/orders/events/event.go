// Package events is the log of what happens to orders. Events are numbered under
// one lock, so they become visible in the order of their numbers, and are streamed
// to clients as they happen. The package knows an order only by its id.
package events

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

// Type is what happened to an order.
type Type string

// The types of events. Imported ones are history and are not sent to anyone.
const (
	Created       Type = "created"
	StatusChanged Type = "status_changed"
	Updated       Type = "updated"
	Imported      Type = "imported"
	Deleted       Type = "deleted"
)

// Event is one entry in the audit trail of an order.
type Event struct {
	ID          int64     `json:"id" doc:"Events are ordered by id" example:"42"`
	OrderID     string    `json:"order_id" doc:"The order" example:"ORD-001"`
	Type        Type      `json:"event_type" db:"event_type" enum:"created,status_changed,updated,imported,deleted" doc:"What happened" example:"status_changed"`
	Description string    `json:"description" doc:"What happened, in words" example:"Status changed from pending to processing."`
	OldValue    *string   `json:"old_value" nullable:"true" doc:"The value before, such as the old status" example:"pending"`
	NewValue    *string   `json:"new_value" nullable:"true" doc:"The value after, such as the new status" example:"processing"`
	UserID      *int64    `json:"user_id" nullable:"true" doc:"Who did it" example:"1"`
	CreatedAt   time.Time `json:"created_at" doc:"When it happened" example:"2026-01-02T15:04:05Z"`

	Buyer int64 `json:"-"` // of the order after the event: who sees it, whoever buys the order later
}

// columns are those of an Event. Events recorded before buyers were kept have none,
// which no user id equals.
const columns = `id, order_id, event_type, description, old_value, new_value, user_id, created_at, coalesce(buyer, -1) AS buyer`

// Name is the type as streams and webhooks write it.
func (e Event) Name() string { return "order." + string(e.Type) }

// lockKey is the advisory lock under which events are numbered.
const lockKey = 0x6f72646572 // "order"

// Lock acquires the lock under which events are numbered, until the transaction
// ends. No event gets a number meanwhile, so a transaction acquires it last.
func Lock(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(lockKey))
	return err
}

// Append numbers events under the lock, and returns them with their ids and times.
func Append(ctx context.Context, tx pgx.Tx, list ...Event) ([]Event, error) {
	if err := Lock(ctx, tx); err != nil {
		return nil, err
	}
	var (
		orders, types, descriptions []string
		from, to                    []*string
		users                       []*int64
		buyers                      []int64
	)
	for _, e := range list {
		orders, types, descriptions = append(orders, e.OrderID), append(types, string(e.Type)), append(descriptions, e.Description)
		from, to = append(from, e.OldValue), append(to, e.NewValue)
		users, buyers = append(users, e.UserID), append(buyers, e.Buyer)
	}
	return kit.Rows[Event](ctx, tx, `
		INSERT INTO order_events (order_id, event_type, description, old_value, new_value, user_id, buyer)
		SELECT order_id, event_type, description, old_value, new_value, user_id, buyer
		FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[]) WITH ORDINALITY
		AS e (order_id, event_type, description, old_value, new_value, user_id, buyer, place)
		ORDER BY place
		RETURNING `+columns, orders, types, descriptions, from, to, users, buyers)
}

// Last is the number of the newest visible event, 0 if there is none.
func Last(ctx context.Context, q interface {
	QueryRow(context.Context, string, ...any) pgx.Row
},
) (id int64, err error) {
	err = q.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM order_events`).Scan(&id)
	return id, err
}

// Timeline lists the events of an order, oldest first, one more than limit, and
// counts them up to kit.TotalBound. after is the id of an event, or 0 to begin.
func Timeline(ctx context.Context, db *kit.DB, orderID string, after int64, skip, limit int) (list []Event, total int, err error) {
	list, err = kit.Rows[Event](ctx, db, `
		SELECT `+columns+` FROM order_events WHERE order_id = $1 AND id > $2 ORDER BY id OFFSET $3 LIMIT $4`, orderID, after, skip, limit+1)
	if err != nil {
		return nil, 0, err
	}
	err = db.QueryRow(ctx, `SELECT count(*) FROM (SELECT FROM order_events WHERE order_id = $1 LIMIT $2) AS counted`, orderID, kit.TotalBound).Scan(&total)
	return list, total, err
}
