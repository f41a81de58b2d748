package orders

import (
	"errors"
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

// maxLines is how many lines an order may have, as its operations say too.
const maxLines = 100

// readItems reads the lines of an order from a cell, under the rules for the lines of
// a request; each needs a price. The error names the place.
func readItems(cell string) ([]Line, error) {
	sent, err := kit.ParseJSON[[]placedLines]("items_json", cell)
	var field kit.FieldError
	switch {
	case errors.As(err, &field) && field.Location == "items_json":
		return nil, errors.New(`items_json: expected a JSON array such as [{"sku":"SKU-001","quantity":2,"price":"10.00"}]`)
	case err != nil:
		return nil, err
	case len(sent) == 0:
		return nil, errors.New("items_json: expected at least one line")
	case len(sent) > maxLines:
		return nil, fmt.Errorf("items_json: expected at most %d lines", maxLines)
	}
	lines := make([]Line, len(sent))
	seen := map[string]bool{}
	for i, l := range sent {
		if seen[l.SKU] {
			return nil, fmt.Errorf("items_json[%d].sku: expected no SKU twice", i)
		}
		seen[l.SKU] = true
		if l.Price == nil || len(l.Price.Resolve(nil, huma.NewPathBuffer(nil, 0))) > 0 {
			return nil, fmt.Errorf(`items_json[%d].price: expected an amount such as "10.00"`, i)
		}
		lines[i] = Line{SKU: l.SKU, Quantity: l.Quantity, Price: *l.Price}
	}
	return lines, nil
}
