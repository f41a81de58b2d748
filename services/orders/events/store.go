package events

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

// channel is where replicas announce new events to each other. Announcements that
// no replica hears are lost, so the table is also polled.
const channel = "order_events"

// anyBuyer stands for the events of all buyers.
const anyBuyer = 0

// frame is an event as it is sent.
type frame struct {
	id    int64
	buyer int64  // whose event it is
	text  []byte // nil for events that are not sent
}

// store reads the log.
type store struct{ db *kit.DB }

const (
	afterSQL = `SELECT ` + columns + ` FROM order_events WHERE id > $1 ORDER BY id LIMIT $2`

	afterOfBuyerSQL = `
		SELECT ` + columns + ` FROM order_events WHERE id > $1 AND buyer = $3 AND event_type <> 'imported' ORDER BY id LIMIT $2`

	countAfterSQL = `SELECT count(*) FROM (SELECT FROM order_events WHERE id > $1 ORDER BY id LIMIT $2) AS some_events`

	countAfterOfBuyerSQL = `
		SELECT count(*) FROM (
			SELECT FROM order_events WHERE id > $1 AND buyer = $3 AND event_type <> 'imported' ORDER BY id LIMIT $2) AS some_events`
)

// after reads the next events after one, of a buyer or of anyBuyer. No event can
// appear before the last of them later, because ids become visible in order.
func (s store) after(ctx context.Context, id, buyer int64, limit int) ([]*frame, error) {
	sql, args := afterSQL, []any{id, limit}
	if buyer != anyBuyer {
		sql, args = afterOfBuyerSQL, append(args, buyer)
	}
	list, err := kit.Rows[Event](ctx, s.db, sql, args...)
	if err != nil {
		return nil, err
	}
	frames := make([]*frame, len(list))
	for i, e := range list {
		frames[i] = &frame{id: e.ID, buyer: e.Buyer}
		if e.Type == Imported {
			continue
		}
		data, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		frames[i].text = fmt.Appendf(nil, "id: %d\nevent: %s\ndata: %s\n\n", e.ID, e.Name(), data)
	}
	return frames, nil
}

// countAfter counts the events after one, of a buyer or of anyBuyer, up to limit,
// and returns the number of the newest event.
func (s store) countAfter(ctx context.Context, id, buyer int64, limit int) (n int, last int64, err error) {
	sql, args := countAfterSQL, []any{id, limit}
	if buyer != anyBuyer {
		sql, args = countAfterOfBuyerSQL, append(args, buyer)
	}
	if err = s.db.QueryRow(ctx, sql, args...).Scan(&n); err != nil {
		return 0, 0, err
	}
	last, err = Last(ctx, s.db)
	return n, last, err
}

// announce wakes every replica that listens.
func (s store) announce(ctx context.Context) error {
	_, err := s.db.Exec(ctx, `SELECT pg_notify($1, '')`, channel)
	return err
}

// listen returns a connection that hears announcements. The caller closes it.
func (s store) listen(ctx context.Context) (*pgx.Conn, error) {
	pooled, err := s.db.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	conn := pooled.Hijack()
	if _, err := conn.Exec(ctx, `LISTEN `+channel); err != nil {
		_ = conn.Close(ctx)
		return nil, err
	}
	return conn, nil
}
