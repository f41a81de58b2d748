package orders

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

// eventChannel is where replicas tell each other that there are events. What was
// said is lost if nobody listens: the table is looked at from time to time.
const eventChannel = "order_events"

// everyone stands for the buyer where events of all buyers are meant.
const everyone = 0

// told is an event as it is sent.
type told struct {
	id    int64
	buyer int64  // whose event it is
	text  []byte // nil for one that is not told
}

// LastEvent is the number of the newest event that is visible, 0 if there is none.
func (s *Store) LastEvent(ctx context.Context) (id int64, err error) {
	err = s.db.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM order_events`).Scan(&id)
	return id, err
}

// Of events from before buyers were noted, nobody is the buyer.
const (
	eventsSQL = `
		SELECT id, order_id, event_type, description, old_value, new_value, user_id, created_at, coalesce(buyer, -1) AS buyer
		FROM order_events WHERE id > $1 ORDER BY id LIMIT $2`

	eventsOfBuyerSQL = `
		SELECT id, order_id, event_type, description, old_value, new_value, user_id, created_at, buyer
		FROM order_events WHERE id > $1 AND buyer = $3 AND event_type <> 'imported' ORDER BY id LIMIT $2`

	countEventsSQL = `SELECT count(*) FROM (SELECT FROM order_events WHERE id > $1 ORDER BY id LIMIT $2) AS some_events`

	countEventsOfBuyerSQL = `
		SELECT count(*) FROM (
			SELECT FROM order_events WHERE id > $1 AND buyer = $3 AND event_type <> 'imported' ORDER BY id LIMIT $2) AS some_events`
)

// eventsAfter reads the next events behind one, of a buyer or everyone's. Ids
// become visible in order (see eventLock), so nothing can come to be before the
// last of them later on.
func (s *Store) eventsAfter(ctx context.Context, after, buyer int64, limit int) ([]*told, error) {
	sql, args := eventsSQL, []any{after, limit}
	if buyer != everyone {
		sql, args = eventsOfBuyerSQL, append(args, buyer)
	}
	type row struct {
		Event
		Buyer int64
	}
	rows, err := kit.Rows[row](ctx, s.db, sql, args...)
	if err != nil {
		return nil, err
	}
	events := make([]*told, len(rows))
	for i, r := range rows {
		events[i] = &told{id: r.ID, buyer: r.Buyer}
		if r.EventType == "imported" {
			continue
		}
		data, err := json.Marshal(r.Event)
		if err != nil {
			return nil, err
		}
		events[i].text = fmt.Appendf(nil, "id: %d\nevent: order.%s\ndata: %s\n\n", r.ID, r.EventType, data)
	}
	return events, nil
}

// eventsBehind counts the events behind one, of a buyer or everyone's, up to
// limit, and says which event is the newest.
func (s *Store) eventsBehind(ctx context.Context, after, buyer int64, limit int) (n int, last int64, err error) {
	sql, args := countEventsSQL, []any{after, limit}
	if buyer != everyone {
		sql, args = countEventsOfBuyerSQL, append(args, buyer)
	}
	if err = s.db.QueryRow(ctx, sql, args...).Scan(&n); err != nil {
		return 0, 0, err
	}
	last, err = s.LastEvent(ctx)
	return n, last, err
}

// announceEvents wakes every replica that listens.
func (s *Store) announceEvents(ctx context.Context) error {
	_, err := s.db.Exec(ctx, `SELECT pg_notify($1, '')`, eventChannel)
	return err
}

// listenForEvents gives a connection, to be closed, that hears announceEvents.
func (s *Store) listenForEvents(ctx context.Context) (*pgx.Conn, error) {
	pooled, err := s.db.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	conn := pooled.Hijack()
	if _, err := conn.Exec(ctx, `LISTEN `+eventChannel); err != nil {
		_ = conn.Close(ctx)
		return nil, err
	}
	return conn, nil
}
