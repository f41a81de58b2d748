package inventory

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

func registerReservations(a *kit.API, h api) {
	kit.Register(a, kit.Services, huma.Operation{
		OperationID: "reserve", Method: http.MethodPost, Path: "/inventory/reservations", Summary: "Reserve stock for orders",
		Description: "A batch of reservations, each all or nothing by itself; one outcome each, in order. A repeated reservation answers the stored outcome. Not reachable through the gateway.",
		Errors:      []int{http.StatusUnprocessableEntity},
	}, h.reserve)
}

type reserveInput struct {
	Body []Reservation `minItems:"1" maxItems:"128"`
}

// Resolve implements huma.ResolverWithPath.
func (r *Reservation) Resolve(_ huma.Context, path *huma.PathBuffer) []error {
	seen := map[kit.Identifier]bool{}
	for _, l := range r.Items {
		if seen[l.SKU] {
			return []error{skuRepeated.At(path.With("items"), l.SKU)}
		}
		seen[l.SKU] = true
	}
	return nil
}

type reserveOutput struct{ Body []Outcome }

func (h api) reserve(ctx context.Context, in *reserveInput) (*reserveOutput, error) {
	outcomes, err := h.store.Reserve(ctx, in.Body)
	return &reserveOutput{outcomes}, err
}
