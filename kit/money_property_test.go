package kit_test

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"microdemo/kit"
)

func cents(n int64) kit.Money { return kit.NewMoney(decimal.New(n, -2)) }

// readMoney reads an amount as a request does; ok is false if it is refused.
func readMoney(t *rapid.T, in string) (m kit.Money, ok bool) {
	if err := json.Unmarshal([]byte(in), &m); err != nil {
		t.Fatalf("%s: %v", in, err)
	}
	return m, len(m.Resolve(nil, huma.NewPathBuffer(nil, 0))) == 0
}

func TestMoney_PrintsWhatItParses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[0-9]{1,10}(\.[0-9]{1,2})?`).Draw(t, "text")
		m, err := kit.ParseMoney("", text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		again, err := kit.ParseMoney("", m.String())
		if err != nil || !again.Equal(m) || again.String() != m.String() {
			t.Fatalf("%s prints as %s, which is read as %s (%v)", text, m, again, err)
		}
	})
}

func TestMoney_SumsLikeWholeCents(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var want int64
		var got kit.Money
		for _, n := range rapid.SliceOfN(rapid.Int64Range(0, 999_999_999_999), 0, 100).Draw(t, "prices") {
			quantity := rapid.Int64Range(1, 10_000).Draw(t, "quantity")
			want += n * quantity
			got = got.Plus(cents(n).Times(quantity))
		}
		if !got.Equal(cents(want)) || got.String() != cents(want).String() {
			t.Fatalf("the sum is %s, want %s", got, cents(want))
		}
	})
}

// TestMoney_RoundsBinaryNoiseAwayAndNothingElse adds up in float64, as a browser
// does, and then goes too far.
func TestMoney_RoundsBinaryNoiseAwayAndNothingElse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var exact int64
		var sum float64
		for _, n := range rapid.SliceOfN(rapid.Int64Range(0, 10_000_000), 1, 50).Draw(t, "cents") {
			exact += n
			sum += float64(n) / 100
		}
		number := strconv.FormatFloat(sum, 'g', -1, 64)
		if got, ok := readMoney(t, number); !ok || !got.Equal(cents(exact)) {
			t.Fatalf("%s became %s (taken: %v), want %s", number, got, ok, cents(exact))
		}
		off := float64(exact)/100 + rapid.Float64Range(0.000_002, 0.004_9).Draw(t, "off")
		number = strconv.FormatFloat(math.Abs(off), 'f', -1, 64)
		if got, ok := readMoney(t, number); ok {
			t.Fatalf("%s was taken as %s", number, got)
		}
	})
}
