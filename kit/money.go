package kit

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shopspring/decimal"
)

// maxMoney is the largest amount in a request.
const maxMoney = 9_999_999_999.99

var moneyText = regexp.MustCompile(`^[0-9]{1,10}(\.[0-9]{1,2})?$`)

// Money is an amount of the one currency, with two decimals, never negative. In
// JSON it is written as a string ("10.00") and read from a string or a number. In
// SQL it is numeric.
type Money struct {
	decimal.Decimal

	misread bool // what was read is not an amount
}

// NewMoney makes an amount from its decimal value.
func NewMoney(d decimal.Decimal) Money { return Money{Decimal: d} }

// ParseMoney reads an amount such as "10.00" or "7". An error is a FieldError at
// location.
func ParseMoney(location, text string) (Money, error) {
	if moneyText.MatchString(text) {
		if d, err := decimal.NewFromString(text); err == nil {
			return Money{Decimal: d}, nil
		}
	}
	return Money{}, notMoney(location)
}

func notMoney(location string) FieldError {
	return moneyShape.At(location, nil, "maximum", "9999999999.99")
}

// Times returns the amount multiplied by n.
func (m Money) Times(n int64) Money { return Money{Decimal: m.Mul(decimal.NewFromInt(n))} }

// Plus returns the sum of both amounts.
func (m Money) Plus(o Money) Money { return Money{Decimal: m.Add(o.Decimal)} }

// Equal reports whether both are the same amount.
func (m Money) Equal(o Money) bool { return m.Decimal.Equal(o.Decimal) }

// String returns the amount with two decimals.
func (m Money) String() string { return m.StringFixed(2) }

// Format implements fmt.Formatter; Decimal's would leave out the two decimals.
func (m Money) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, m.String()) }

// MarshalJSON implements json.Marshaler.
func (m Money) MarshalJSON() ([]byte, error) { return []byte(`"` + m.String() + `"`), nil }

// UnmarshalJSON implements json.Unmarshaler. It leaves errors to Resolve, which
// knows the name of the field.
func (m *Money) UnmarshalJSON(data []byte) error {
	*m = Money{}
	var text string
	if json.Unmarshal(data, &text) == nil && data[0] == '"' {
		parsed, err := ParseMoney("", text)
		if err != nil {
			m.misread = true
			return nil
		}
		*m = parsed
		return nil
	}
	f, err := strconv.ParseFloat(string(data), 64)
	if err != nil || f < 0 || f > maxMoney {
		m.misread = true
		return nil
	}
	exact := decimal.NewFromFloat(f)
	m.Decimal = exact.Round(2)
	noise := decimal.New(1, -6) // what remains of binary arithmetic, as in 0.1+0.2
	if !exact.Sub(m.Decimal).Abs().LessThan(noise) {
		m.misread = true
	}
	return nil
}

// Resolve implements huma.ResolverWithPath.
func (m Money) Resolve(_ huma.Context, path *huma.PathBuffer) []error {
	if !m.misread {
		return nil
	}
	return []error{notMoney(path.String())}
}

// Schema implements huma.SchemaProvider.
func (m Money) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		OneOf:       []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeNumber}},
		Description: "An amount with at most two decimals, not negative. Answers always write it as a string with two decimals.",
		Examples:    []any{"10.00"},
	}
}

// Value implements driver.Valuer.
func (m Money) Value() (driver.Value, error) { return m.StringFixed(2), nil }

// Scan implements sql.Scanner.
func (m *Money) Scan(src any) error { return m.Decimal.Scan(src) }
