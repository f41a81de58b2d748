package inventory

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofrs/uuid/v5"

	"microdemo/kit"
)

func registerReleases(a *kit.API, h api) {
	kit.Register(a, kit.Services, huma.Operation{
		OperationID: "release", Method: http.MethodPost, Path: "/inventory/reservations/releases", Summary: "Release reserved stock", DefaultStatus: http.StatusNoContent,
		Description: "Releases the stock of each reservation once, however often it is called. Not reachable through the gateway.",
	}, func(ctx context.Context, in *idsInput) (*struct{}, error) {
		return nil, h.store.Release(ctx, in.Body.IDs)
	})
	kit.Register(a, kit.Services, huma.Operation{
		OperationID: "confirm", Method: http.MethodPost, Path: "/inventory/reservations/confirmations", Summary: "Confirm that orders exist", DefaultStatus: http.StatusNoContent,
		Description: "Marks reservations whose order exists. Not reachable through the gateway.",
	}, func(ctx context.Context, in *idsInput) (*struct{}, error) {
		return nil, h.store.Confirm(ctx, in.Body.IDs)
	})
	kit.Register(a, kit.Services, huma.Operation{
		OperationID: "list-unconfirmed", Method: http.MethodGet, Path: "/inventory/reservations", Summary: "List unconfirmed reservations",
		Description: "The reservations that reconciliation settles, oldest first. Not reachable through the gateway.",
		Errors:      []int{http.StatusUnprocessableEntity},
	}, h.unconfirmed)
}

type idsInput struct {
	Body struct {
		IDs []uuid.UUID `json:"ids" minItems:"1" maxItems:"500" format:"uuid" doc:"The reservations" example:"[\"0190a6e2-7b4c-7c3a-9d52-0d6a3c1f4e55\"]"`
	}
}

type unconfirmedInput struct {
	kit.Page
	For string `query:"unconfirmed_for" required:"true" maxLength:"20" doc:"How long at least, as a duration" example:"30s"`
}

type unconfirmedOutput struct {
	Link string `header:"Link" doc:"The address of the next page (RFC 8288); left out on the last page" example:"</inventory/reservations?cursor=eyJpZCI6NX0>; rel=\"next\""`
	Body []Unconfirmed
}

func (h api) unconfirmed(ctx context.Context, in *unconfirmedInput) (*unconfirmedOutput, error) {
	age, err := time.ParseDuration(in.For)
	if err != nil || age < 0 {
		return nil, kit.InvalidFields(notAnAge.At("query.unconfirmed_for", in.For))
	}
	list, err := kit.ListPage(in.Page, func(u Unconfirmed) Unconfirmed { return u }, func(w kit.Window[Unconfirmed]) ([]Unconfirmed, int, error) {
		found, err := h.store.UnconfirmedFor(ctx, age, w)
		return found, 0, err // not counted
	})
	if err != nil {
		return nil, err
	}
	return &unconfirmedOutput{Link: list.Link, Body: list.Body}, nil
}
