package orders

import (
	"context"
	"errors"
	"net/http"

	"github.com/gofrs/uuid/v5"

	"microdemo/kit"
)

// reopen makes a cancelled order pending again. It takes its stock anew, at the
// order's own prices, in the same two steps as a new order.
func (p *placer) reopen(ctx context.Context, caller kit.Caller, o Order, c Change) error {
	if o.Imported {
		return p.store.Reopen(ctx, o, uuid.NullUUID{}, c) // it never owned stock
	}
	ctx = context.WithoutCancel(ctx)
	if err := p.releaseFirst(ctx, o.ReservationID.UUID); err != nil {
		return err
	}
	r := reservation{ID: uuid.Must(uuid.NewV7()), OrderID: o.ID}
	for _, l := range o.Items {
		r.Items = append(r.Items, line{l.SKU, l.Quantity, &l.Price})
	}
	err := p.retake(ctx, r)
	if err == nil {
		recording, cancel := context.WithTimeout(ctx, kit.CallTimeout)
		err = p.store.Reopen(recording, o, uuid.NullUUID{UUID: r.ID, Valid: true}, c)
		cancel()
	}
	var refused *refusedError
	if err == nil || errors.As(err, &refused) {
		return err
	}
	_, _, err = p.decide(ctx, caller, r, err)
	p.store.forget(ctx, o.ID) // the change may have come after it was last dropped
	return err
}

// releaseFirst makes sure that what the order gave up is back in stock before it
// asks for stock again.
func (p *placer) releaseFirst(ctx context.Context, id uuid.UUID) error {
	ctx, cancel := context.WithTimeout(ctx, kit.CallTimeout)
	defer cancel()
	released, err := p.store.IsReleased(ctx, id)
	if err != nil || released {
		return err
	}
	return p.settler.releaseAll(ctx, []uuid.UUID{id})
}

// refusedError means that there is no reservation to decide about.
type refusedError struct{ error }

func (e *refusedError) Unwrap() error { return e.error }

func (p *placer) retake(ctx context.Context, r reservation) error {
	ctx, cancel := context.WithTimeout(ctx, kit.CallTimeout)
	defer cancel()
	got, err := p.inventory.reserve(ctx, r)
	switch {
	case errors.Is(err, errNotSent):
		return &refusedError{err}
	case err != nil:
		return err
	case got.Status != http.StatusCreated && got.Status != http.StatusOK:
		return &refusedError{refusal(r.Items, got.Errors)}
	}
	return nil
}
