package orders

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gofrs/uuid/v5"

	"microdemo/kit"
)

const (
	settleBatch = 500 // what inventory takes at once

	// releaseNow is how long a request waits for stock to be given back before
	// it leaves that to the background.
	releaseNow = 2 * time.Second
)

// settler brings what failed half-way to its end: it gives stock back whose
// order gave it up, and decides about reservations whose order never came to
// be. Any number of replicas may do so at once.
type settler struct {
	store     *Store
	inventory *inventoryClient
	grace     time.Duration
	log       *slog.Logger
	releaser  *kit.Worker
	reconcile *kit.Worker
}

func newSettler(store *Store, inventory *inventoryClient, config Config, log *slog.Logger) *settler {
	s := &settler{store: store, inventory: inventory, grace: config.ReconcileGrace, log: log}
	s.releaser = kit.NewWorker("release", config.ReconcileInterval, log, s.releasePending)
	s.reconcile = kit.NewWorker("reconcile", config.ReconcileInterval, log, s.settleUnconfirmed)
	return s
}

func (s *settler) workers() []*kit.Worker { return []*kit.Worker{s.releaser, s.reconcile} }

// release gives the stock of a reservation back at once if inventory answers
// soon, and otherwise in the background. Its hold is void or dropped already, so
// nothing is lost either way.
func (s *settler) release(ctx context.Context, id uuid.UUID) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseNow)
	defer cancel()
	if err := s.releaseAll(ctx, []uuid.UUID{id}); err != nil {
		s.log.InfoContext(ctx, "stock will be given back in the background", "reservation_id", id, "error", err)
		s.releaser.Wake()
	}
}

// releaseAll releases stock and records it.
func (s *settler) releaseAll(ctx context.Context, ids []uuid.UUID) error {
	var errs []error
	kit.InHalves(ids, func(part []uuid.UUID) error {
		if err := s.inventory.release(ctx, part); err != nil {
			return err
		}
		return s.store.Released(ctx, part)
	}, func(_ []uuid.UUID, err error) { errs = append(errs, err) })
	return errors.Join(errs...)
}

// releasePending gives back all stock that is to be given back.
func (s *settler) releasePending(ctx context.Context) error {
	for {
		ids, err := s.store.ToRelease(ctx, settleBatch)
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := s.releaseAll(ctx, ids); err != nil {
			return fmt.Errorf("give back %d reservations: %w", len(ids), err)
		}
		s.log.InfoContext(ctx, "stock given back", "reservations", len(ids))
	}
}

// settleUnconfirmed asks inventory for reservations that nobody has confirmed
// for longer than the grace and decides about each: confirmed if an order holds
// it, otherwise void and released.
func (s *settler) settleUnconfirmed(ctx context.Context) error {
	for {
		page, err := s.inventory.unconfirmedFor(ctx, s.grace)
		if err != nil || len(page) == 0 {
			return err
		}
		holds := make([]hold, len(page))
		for i, u := range page {
			holds[i] = hold{u.ID, u.OrderID}
		}
		held, err := s.store.Decide(ctx, holds)
		if err != nil {
			return fmt.Errorf("decide about %d reservations: %w", len(page), err)
		}
		var confirm, release []uuid.UUID
		for _, u := range page {
			if held[u.ID] {
				confirm = append(confirm, u.ID)
			} else {
				release = append(release, u.ID)
			}
		}
		if len(confirm) > 0 {
			if err := s.inventory.confirm(ctx, confirm); err != nil {
				return fmt.Errorf("confirm %d reservations: %w", len(confirm), err)
			}
		}
		if len(release) > 0 {
			if err := s.releaseAll(ctx, release); err != nil {
				return fmt.Errorf("release %d reservations: %w", len(release), err)
			}
			s.log.InfoContext(ctx, "reservations without an order settled", "reservations", len(release))
		}
	}
}
