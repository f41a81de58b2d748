package inventory

import (
	"bytes"
	"context"
	"net/http"

	"github.com/gofrs/uuid/v5"
	"github.com/jackc/pgx/v5"

	"microdemo/kit"
)

// storedReservation is a reservation in the database.
type storedReservation struct {
	ID       uuid.UUID
	OrderID  *kit.Identifier
	BodyHash []byte
	State    string
	lines    []Line
}

// repeat answers a request for a reservation that exists.
func (st storedReservation) repeat(r Reservation) Outcome {
	switch {
	case st.State == "released":
		return Outcome{ID: r.ID, Status: http.StatusGone}
	case !bytes.Equal(st.BodyHash, r.hash()):
		return Outcome{ID: r.ID, Status: http.StatusConflict}
	}
	return Outcome{ID: r.ID, Status: http.StatusOK, OrderID: *st.OrderID, Items: st.lines}
}

// storedLine is a line of a reservation in the database.
type storedLine struct {
	ReservationID uuid.UUID
	Line
}

func stored(ctx context.Context, tx pgx.Tx, ids []uuid.UUID) (map[uuid.UUID]*storedReservation, error) {
	known := map[uuid.UUID]*storedReservation{}
	reservations, err := kit.Rows[storedReservation](ctx, tx, `SELECT id, order_id, body_hash, state FROM reservations WHERE id = ANY($1)`, ids)
	if err != nil || len(reservations) == 0 {
		return known, err
	}
	for _, r := range reservations {
		known[r.ID] = &r
	}
	lines, err := kit.Rows[storedLine](ctx, tx, `
		SELECT reservation_id, sku, quantity, price FROM reservation_lines
		WHERE reservation_id = ANY($1) ORDER BY reservation_id, position`, ids)
	for _, l := range lines {
		r := known[l.ReservationID]
		r.lines = append(r.lines, l.Line)
	}
	return known, err
}
