package inventory

import "github.com/danielgtaylor/huma/v2"

// ItemName is what people call an item.
type ItemName string

// Schema implements huma.SchemaProvider.
func (ItemName) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, MaxLength: new(200),
		Pattern: `^[^\x00-\x1f\x7f]*$`, PatternDescription: "text without control characters",
	}
}

// Reason says why stock was adjusted.
type Reason string

// Schema implements huma.SchemaProvider.
func (Reason) Schema(r huma.Registry) *huma.Schema {
	schema := ItemName("").Schema(r)
	schema.MinLength = new(1)
	return schema
}

// Qty is how many of an item can be sold.
type Qty int64

// maxQty is well inside what JavaScript counts exactly.
const maxQty = 1_000_000_000_000

// Schema implements huma.SchemaProvider.
func (Qty) Schema(huma.Registry) *huma.Schema { return integer(0, maxQty) }

// Level is a stock below which an item is low.
type Level int64

// Schema implements huma.SchemaProvider.
func (Level) Schema(huma.Registry) *huma.Schema { return integer(0, 1_000_000_000) }

// defaultLevel is the reorder level of an item that is created without one.
const defaultLevel Level = 20

func integer(minimum, maximum float64) *huma.Schema {
	return &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: &minimum, Maximum: &maximum}
}
