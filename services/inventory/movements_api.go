package inventory

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

func registerMovements(a *kit.API, h api) {
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "adjust-item", Method: http.MethodPost, Path: "/inventory/{id}/adjustments", Summary: "Adjust an item's stock",
		Description: "Changes the stock by a difference, with a reason. With Idempotency-Key it happens once.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
	}, h.adjust)
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "list-movements", Method: http.MethodGet, Path: "/inventory/{id}/movements", Summary: "Read an item's stock ledger",
		Description: "Every change of the item's qty, newest first.", Errors: []int{http.StatusNotFound},
	}, h.movements)
}

type adjustInput struct {
	ItemID
	kit.Idempotency
	Body Adjustment
}

type adjustOutput struct {
	ETag     string `header:"ETag" doc:"The item's version, for If-Match" example:"\"7\""`
	Replayed string `header:"Idempotency-Replayed" doc:"true when the key was used before and nothing was changed" example:"true"`
	Body     Item
}

func (h api) adjust(ctx context.Context, in *adjustInput) (*adjustOutput, error) {
	if in.Body.Delta == 0 {
		return nil, kit.InvalidFields(deltaZero.At("body.delta", 0))
	}
	item, replayed, err := h.store.Adjust(ctx, in.ID, in.Body, kit.CallerFrom(ctx).UserID, in.Key)
	if err != nil {
		return nil, err
	}
	out := &adjustOutput{ETag: etag(item), Body: item}
	if replayed {
		out.Replayed = "true"
	}
	return out, nil
}

type movementsInput struct {
	ItemID
	kit.Page
}

func (h api) movements(ctx context.Context, in *movementsInput) (*kit.List[Movement], error) {
	return kit.ListPage(in.Page, Movement.position, func(w kit.Window[int64]) ([]Movement, int, error) {
		return h.store.Movements(ctx, in.ID, w)
	})
}
