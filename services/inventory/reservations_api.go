package inventory

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofrs/uuid/v5"

	"microdemo/kit"
)

func registerReservations(a *kit.API, h api) {
	kit.Register(a, kit.Services, huma.Operation{
		OperationID: "reserve", Method: http.MethodPost, Path: "/inventory/reservations", Summary: "Reserve stock for orders",
		Description: "A batch of reservations, each all or nothing on its own; one outcome each, in order. Repeating a reservation answers what is stored. Not reachable through the gateway.",
		Errors:      []int{http.StatusUnprocessableEntity},
	}, h.reserve)
	kit.Register(a, kit.Services, huma.Operation{
		OperationID: "release", Method: http.MethodPost, Path: "/inventory/reservations/releases", Summary: "Give reserved stock back", DefaultStatus: http.StatusNoContent,
		Description: "Gives the stock of each reservation back once, however often it is called. Not reachable through the gateway.",
	}, h.release)
	kit.Register(a, kit.Services, huma.Operation{
		OperationID: "confirm", Method: http.MethodPost, Path: "/inventory/reservations/confirmations", Summary: "Confirm that orders exist", DefaultStatus: http.StatusNoContent,
		Description: "Marks reservations whose order exists. Not reachable through the gateway.",
	}, h.confirm)
	kit.Register(a, kit.Services, huma.Operation{
		OperationID: "list-unconfirmed", Method: http.MethodGet, Path: "/inventory/reservations", Summary: "List unconfirmed reservations",
		Description: "What reconciliation settles, oldest first. Not reachable through the gateway.",
		Errors:      []int{http.StatusUnprocessableEntity},
	}, h.unconfirmed)
	kit.Register(a, kit.Services, huma.Operation{
		OperationID: "create-missing-items", Method: http.MethodPost, Path: "/inventory/reservations/items", Summary: "Make sure that items exist",
		Description: "Creates an item without name, price and stock for every SKU that no item has, for orders that are imported. SKUs that exist are left as they are, so it can be called again. Not reachable through the gateway.",
		Errors:      []int{http.StatusUnprocessableEntity},
	}, h.createMissing)
}

type reserveInput struct {
	Body []reservationBody `minItems:"1" maxItems:"128"`
}

type reservationBody struct {
	ID              uuid.UUID  `json:"id" format:"uuid" doc:"Names the reservation; sending it again repeats the answer" example:"0190a6e2-7b4c-7c3a-9d52-0d6a3c1f4e55"`
	OrderID         string     `json:"order_id" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" patternDescription:"an order id" doc:"The order it is for" example:"ORD-001"`
	Items           []lineBody `json:"items" minItems:"1" maxItems:"100" doc:"What to reserve, no SKU twice"`
	CheckPrices     *bool      `json:"check_prices,omitempty" default:"true" doc:"Refuse a line that names another price than the catalogue's" example:"true"`
	AllowNamedPrice bool       `json:"allow_named_price,omitempty" doc:"Take the price a line names, whatever the catalogue says" example:"false"`
	Total           *kit.Money `json:"total,omitempty" doc:"Refuse unless the lines cost this together" example:"20.00"`
}

type lineBody struct {
	SKU      string     `json:"sku" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" patternDescription:"1 to 64 letters, digits, dots, dashes or underscores" doc:"Which item" example:"SKU-001"`
	Quantity int64      `json:"quantity" minimum:"1" maximum:"10000" doc:"How many" example:"2"`
	Price    *kit.Money `json:"price,omitempty" nullable:"true" doc:"The price of one" example:"10.00"`
}

// Resolve implements huma.ResolverWithPath.
func (r *reservationBody) Resolve(_ huma.Context, path *huma.PathBuffer) []error {
	seen := map[string]bool{}
	for _, l := range r.Items {
		if seen[l.SKU] {
			return []error{&huma.ErrorDetail{Location: path.With("items"), Message: "expected no SKU twice", Value: l.SKU}}
		}
		seen[l.SKU] = true
	}
	return nil
}

type outcomeBody struct {
	ID      uuid.UUID     `json:"id" format:"uuid" doc:"The reservation" example:"0190a6e2-7b4c-7c3a-9d52-0d6a3c1f4e55"`
	Status  int           `json:"status" doc:"201 made, 200 made before, 410 released, 409 refused, 503 failed: try again" example:"201"`
	OrderID string        `json:"order_id,omitempty" doc:"The order it was made for" example:"ORD-001"`
	Items   []lineBody    `json:"items,omitempty" doc:"What is reserved, with prices"`
	Errors  []problemBody `json:"errors,omitempty" doc:"Why it was refused, by line"`
}

type problemBody struct {
	SKU       string     `json:"sku" doc:"Which item; empty for a wrong total" example:"SKU-001"`
	Reason    string     `json:"reason" enum:"missing,short,price,total" doc:"There is no such item, there is not enough of it, it has another price, or the lines cost something else together" example:"short"`
	Available int64      `json:"available,omitempty" doc:"How many there are" example:"1"`
	Requested int64      `json:"requested,omitempty" doc:"How many were asked for" example:"2"`
	Price     *kit.Money `json:"price,omitempty" nullable:"true" doc:"The catalogue's price, or what the lines cost together" example:"10.00"`
}

type reserveOutput struct{ Body []outcomeBody }

func (h api) reserve(ctx context.Context, in *reserveInput) (*reserveOutput, error) {
	batch := make([]Reservation, len(in.Body))
	for i, r := range in.Body {
		batch[i] = Reservation{ID: r.ID, OrderID: r.OrderID, CheckPrices: *r.CheckPrices, AllowNamedPrice: r.AllowNamedPrice, Total: r.Total}
		for _, l := range r.Items {
			batch[i].Lines = append(batch[i].Lines, Line(l))
		}
	}
	outcomes, err := h.store.Reserve(ctx, batch)
	if err != nil {
		return nil, err
	}
	out := &reserveOutput{Body: make([]outcomeBody, len(outcomes))}
	for i, o := range outcomes {
		out.Body[i] = outcomeBody{ID: o.ID, Status: o.Status, OrderID: o.OrderID}
		for _, l := range o.Lines {
			out.Body[i].Items = append(out.Body[i].Items, lineBody(l))
		}
		for _, p := range o.Problems {
			out.Body[i].Errors = append(out.Body[i].Errors, problemBody(p))
		}
	}
	return out, nil
}

type idsInput struct {
	Body struct {
		IDs []uuid.UUID `json:"ids" minItems:"1" maxItems:"500" format:"uuid" doc:"The reservations" example:"[\"0190a6e2-7b4c-7c3a-9d52-0d6a3c1f4e55\"]"`
	}
}

func (h api) release(ctx context.Context, in *idsInput) (*struct{}, error) {
	return nil, h.store.Release(ctx, in.Body.IDs)
}

func (h api) confirm(ctx context.Context, in *idsInput) (*struct{}, error) {
	return nil, h.store.Confirm(ctx, in.Body.IDs)
}

type unconfirmedInput struct {
	kit.Page
	For string `query:"unconfirmed_for" required:"true" maxLength:"20" doc:"How long at least, as a duration" example:"30s"`
}

func (h api) unconfirmed(ctx context.Context, in *unconfirmedInput) (*unconfirmedOutput, error) {
	age, err := time.ParseDuration(in.For)
	if err != nil || age < 0 {
		return nil, kit.InvalidField("query.unconfirmed_for", in.For, "expected a duration such as 30s")
	}
	var last Unconfirmed
	if _, err := in.After(&last); err != nil {
		return nil, err
	}
	found, err := h.store.UnconfirmedFor(ctx, age, last, in.Skip, in.Limit)
	if err != nil {
		return nil, err
	}
	list, err := kit.NewList(in.Page, found, 0, func(u Unconfirmed) any { return u })
	if err != nil {
		return nil, err
	}
	return &unconfirmedOutput{Link: list.Link, Body: list.Body}, nil
}

type unconfirmedOutput struct {
	Link string `header:"Link" doc:"Where the next page is, as RFC 8288 has it; left out on the last page." example:"</inventory/reservations?cursor=eyJpZCI6NX0>; rel=\"next\""`
	Body []Unconfirmed
}

type skusInput struct {
	DryRun bool `query:"dry_run" doc:"Only tell which would be created" example:"true"`
	Body   struct {
		SKUs []string `json:"skus" minItems:"1" maxItems:"1000" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" patternDescription:"1 to 64 letters, digits, dots, dashes or underscores" doc:"The items that are wanted" example:"[\"SKU-001\"]"`
	}
}

type createdOutput struct {
	Body struct {
		Created []string `json:"created" doc:"The SKUs that had no item, sorted" example:"[\"SKU-001\"]"`
	}
}

func (h api) createMissing(ctx context.Context, in *skusInput) (*createdOutput, error) {
	create := h.store.CreateMissing
	if in.DryRun {
		create = h.store.Missing
	}
	created, err := create(ctx, in.Body.SKUs)
	if err != nil {
		return nil, err
	}
	out := &createdOutput{}
	out.Body.Created = append([]string{}, created...)
	return out, nil
}
