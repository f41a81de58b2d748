package inventory

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

func registerAnalytics(a *kit.API, h api) {
	kit.Register(a, kit.Users, huma.Operation{
		OperationID: "get-inventory-analytics", Method: http.MethodGet, Path: "/inventory/analytics", Summary: "Sum up the stock",
		Description: "How many items there are and how much of them, and the 100 of which the least is left.",
	}, h.summary)
}

type summaryOutput struct {
	Body struct {
		TotalItems    int64     `json:"total_items" doc:"How many items there are" example:"60"`
		TotalQuantity int64     `json:"total_quantity" doc:"How many of all of them can still be sold" example:"4200"`
		OutOfStock    int64     `json:"out_of_stock" doc:"How many items have a stock of 0" example:"1"`
		LowStock      int64     `json:"low_stock" doc:"How many items have a stock below their reorder level, but above 0" example:"3"`
		LowStockItems []LowItem `json:"low_stock_items" maxItems:"100" doc:"Items that are low or out of stock, the lowest first; 100 at most. The list of items has all of them: low_stock=true"`
	}
}

func (h api) summary(ctx context.Context, _ *struct{}) (*summaryOutput, error) {
	sum, err := h.store.Summary(ctx)
	if err != nil {
		return nil, err
	}
	out := &summaryOutput{}
	out.Body.TotalItems, out.Body.TotalQuantity = sum.Items, sum.Quantity
	out.Body.OutOfStock, out.Body.LowStock, out.Body.LowStockItems = sum.OutOfStock, sum.LowStock, sum.Lowest
	return out, nil
}
