package orders

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

// What an order may hold, as its operations say too.
const (
	maxLines    = 100
	maxQuantity = 10_000
)

// names are what ids of orders and SKUs look like.
var names = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

const aName = "1 to 64 letters, digits, dots, dashes or underscores"

// readItems reads the lines of an order from a cell: a JSON array of objects
// that have a sku, a quantity and a price, and nothing else. The error names the place.
func readItems(cell string) ([]Line, error) {
	const shape = `items_json: expected a JSON array such as [{"sku":"SKU-001","quantity":2,"price":"10.00"}]`
	if !json.Valid([]byte(cell)) {
		return nil, errors.New(shape)
	}
	d := json.NewDecoder(strings.NewReader(cell))
	d.UseNumber()
	if token(d) != json.Delim('[') {
		return nil, errors.New(shape)
	}
	var lines []Line
	for d.More() {
		place := fmt.Sprintf("items_json[%d]", len(lines))
		if len(lines) == maxLines {
			return nil, fmt.Errorf("items_json: expected at most %d lines", maxLines)
		}
		line, err := readLine(d, place)
		if err != nil {
			return nil, err
		}
		for _, other := range lines {
			if other.SKU == line.SKU {
				return nil, fmt.Errorf("%s.sku: expected no SKU twice", place)
			}
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return nil, errors.New("items_json: expected at least one line")
	}
	return lines, nil
}

// token is the next one of a text that is known to be JSON; nil stands for null
// and for the end.
func token(d *json.Decoder) json.Token {
	t, err := d.Token()
	if err != nil && err != io.EOF {
		panic(err) // json.Valid has seen it
	}
	return t
}

func readLine(d *json.Decoder, place string) (l Line, err error) {
	if token(d) != json.Delim('{') {
		return Line{}, fmt.Errorf("%s: expected an object with sku, quantity and price", place)
	}
	seen := map[string]bool{}
	for d.More() {
		key := token(d).(string)
		field := place + "." + key
		if seen[key] {
			return Line{}, fmt.Errorf("%s: expected this key only once", field)
		}
		seen[key] = true
		value := token(d)
		switch key {
		case "sku":
			l.SKU, err = readSKU(value, field)
		case "quantity":
			l.Quantity, err = readQuantity(value, field)
		case "price":
			l.Price, err = readPrice(value, field)
		default:
			err = fmt.Errorf("%s: expected sku, quantity and price only", place)
		}
		if err != nil {
			return Line{}, err
		}
	}
	token(d) // the closing brace
	for _, key := range []string{"sku", "quantity", "price"} {
		if !seen[key] {
			return Line{}, fmt.Errorf("%s: expected a %s", place, key)
		}
	}
	return l, nil
}

func readSKU(value json.Token, field string) (string, error) {
	sku, ok := value.(string)
	if !ok || !names.MatchString(sku) {
		return "", fmt.Errorf("%s: expected %s", field, aName)
	}
	return sku, nil
}

func readQuantity(value json.Token, field string) (int64, error) {
	number, _ := value.(json.Number)
	n, err := strconv.ParseInt(number.String(), 10, 64)
	if err != nil || n < 1 || n > maxQuantity {
		return 0, fmt.Errorf("%s: expected a whole number from 1 to %d", field, maxQuantity)
	}
	return n, nil
}

// readPrice takes an amount as request bodies do: a text, or a number.
func readPrice(value json.Token, field string) (price kit.Money, err error) {
	raw, err := json.Marshal(value)
	_, nested := value.(json.Delim)
	if err == nil && !nested {
		err = price.UnmarshalJSON(raw)
	}
	if err != nil || nested || len(price.Resolve(nil, huma.NewPathBuffer(nil, 0))) > 0 {
		return kit.Money{}, fmt.Errorf(`%s: expected an amount such as "10.00"`, field)
	}
	return price, nil
}
