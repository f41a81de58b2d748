package inventory

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

func registerMissing(a *kit.API, h api) {
	kit.Register(a, kit.Services, huma.Operation{
		OperationID: "create-missing-items", Method: http.MethodPost, Path: "/inventory/reservations/items", Summary: "Make sure that items exist",
		Description: "Creates an item without name, price and stock for every SKU that no item has, for orders that are imported. " +
			"Items that exist do not change, so the request can be repeated. Not reachable through the gateway.",
		Errors: []int{http.StatusUnprocessableEntity},
	}, h.createMissing)
}

type missingInput struct {
	DryRun bool `query:"dry_run" doc:"Only report which items would be created" example:"true"`
	Body   struct {
		SKUs []kit.Identifier `json:"skus" minItems:"1" maxItems:"1000" doc:"The items that must exist" example:"[\"SKU-001\"]"`
	}
}

type missingOutput struct {
	Body struct {
		Created []string `json:"created" doc:"The SKUs that had no item, sorted" example:"[\"SKU-001\"]"`
	}
}

func (h api) createMissing(ctx context.Context, in *missingInput) (out *missingOutput, err error) {
	out = &missingOutput{}
	if in.DryRun {
		out.Body.Created, err = h.store.Missing(ctx, in.Body.SKUs)
	} else {
		out.Body.Created, err = h.store.CreateMissing(ctx, in.Body.SKUs)
	}
	return out, err
}
