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

func TestMoney_ReadsStringsAndNumbers(t *testing.T) {
	t.Parallel()
	third := 0.1
	sum, err := json.Marshal(third + 0.2) // 0.30000000000000004
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		`"10.00"`: "10.00", `"10.5"`: "10.50", `"7"`: "7.00", `"0"`: "0.00", `"007.10"`: "7.10", `"9999999999.99"`: "9999999999.99",
		`10`: "10.00", `10.5`: "10.50", `0`: "0.00", `-0`: "0.00", `0.29`: "0.29", `1e3`: "1000.00", `1.15`: "1.15", `9999999999.99`: "9999999999.99",
		string(sum): "0.30", `19.990000000000002`: "19.99", `0.0000001`: "0.00", `1.0049999999999999`: "",
		`0.009999999999`: "0.01",
	} {
		var m kit.Money
		if err := json.Unmarshal([]byte(in), &m); err != nil {
			t.Errorf("%s: %v", in, err)
		}
		refused := len(m.Resolve(nil, huma.NewPathBuffer(nil, 0))) > 0
		if want == "" {
			if !refused {
				t.Errorf("%s was accepted as %s", in, m)
			}
			continue
		}
		if refused || m.String() != want {
			t.Errorf("%s became %s (refused %v), want %s", in, m, refused, want)
		}
		if again, err := json.Marshal(m); err != nil || string(again) != `"`+want+`"` {
			t.Errorf("%s is written %s (%v)", in, again, err)
		}
	}
}

func TestMoney_RefusesOtherValues(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		`10.005`, `"10.005"`, `0.001`, `0.000001`, `10.0000011`, `-1`, `-0.001`, `"-1"`, `"-0"`, `"1e3"`, `"NaN"`, `"Infinity"`, `""`, `" 1"`, `"1 "`, `"1."`, `".5"`, `"1,5"`,
		`"٣"`, `"1\n"`, `9999999999.995`, `10000000000`, `"10000000000"`, `1e10`, `1e400`, `true`, `null`, `[]`, `{}`,
	} {
		var m kit.Money
		if err := json.Unmarshal([]byte(in), &m); err != nil {
			t.Errorf("%s: %v, but only Resolve knows the field", in, err)
		}
		if in != `null` && len(m.Resolve(nil, huma.NewPathBuffer(nil, 0))) != 1 {
			t.Errorf("%s was accepted as %s", in, m)
		}
	}
}

func TestMoney_DiscardsAnEarlierError(t *testing.T) {
	t.Parallel()
	var m kit.Money
	for _, in := range []string{`"x"`, `"5"`} {
		if err := json.Unmarshal([]byte(in), &m); err != nil {
			t.Fatal(err)
		}
	}
	if m.String() != "5.00" || len(m.Resolve(nil, huma.NewPathBuffer(nil, 0))) != 0 {
		t.Errorf("became %s", m)
	}
}

func TestMoney_KeepsEveryAmountOfCents(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cents := rapid.Int64Range(0, 999_999_999_999).Draw(t, "cents")
		want := kit.NewMoney(decimal.New(cents, -2))
		for _, in := range []any{want, want.String(), want.InexactFloat64()} {
			raw, err := json.Marshal(in)
			if err != nil {
				t.Fatal(err)
			}
			var got kit.Money
			if err := json.Unmarshal(raw, &got); err != nil || len(got.Resolve(nil, huma.NewPathBuffer(nil, 0))) > 0 || !got.Equal(want) {
				t.Fatalf("%s became %s (%v)", raw, got, err)
			}
		}
		stored, err := want.Value()
		var back kit.Money
		if err != nil || back.Scan(stored) != nil || !back.Equal(want) {
			t.Fatalf("%s came back from SQL as %s (%v)", want, back, err)
		}
	})
}

func TestMoney_Adds(t *testing.T) {
	t.Parallel()
	a, err := kit.ParseMoney("", "0.10")
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Times(3).Plus(a); got.String() != "0.40" {
		t.Errorf("0.10 × 3 + 0.10 = %s", got)
	}
	if got := a.Times(0); !got.Equal(kit.Money{}) {
		t.Errorf("0.10 × 0 = %s", got)
	}
}

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

// TestMoney_RoundsOnlyBinaryNoise adds in float64, as a browser does, and then adds
// too much to be noise.
func TestMoney_RoundsOnlyBinaryNoise(t *testing.T) {
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
			t.Fatalf("%s became %s (accepted: %v), want %s", number, got, ok, cents(exact))
		}
		off := float64(exact)/100 + rapid.Float64Range(0.000_002, 0.004_9).Draw(t, "off")
		number = strconv.FormatFloat(math.Abs(off), 'f', -1, 64)
		if got, ok := readMoney(t, number); ok {
			t.Fatalf("%s was accepted as %s", number, got)
		}
	})
}

func FuzzMoney_IsAnAmountOrRefused(f *testing.F) {
	for _, in := range []string{`"10.00"`, `0.30000000000000004`, `1e3`, `-0`, `"007.1"`, `9999999999.99`, `1e-400`, `"NaN"`, `null`, `[]`, `"\u0031"`, `1.005`} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if !json.Valid(in) {
			return
		}
		var m kit.Money
		if err := json.Unmarshal(in, &m); err != nil {
			t.Fatalf("%q: %v, but only Resolve knows the field", in, err)
		}
		if len(m.Resolve(nil, huma.NewPathBuffer(nil, 0))) > 0 {
			return
		}
		if m.IsNegative() || m.InexactFloat64() > 9_999_999_999.99 || !m.Equal(kit.NewMoney(m.Round(2))) {
			t.Fatalf("%q was accepted as %s", in, m.Decimal)
		}
		again, err := kit.ParseMoney("", m.String())
		if err != nil || !again.Equal(m) {
			t.Fatalf("%q is %s, which is read as %s (%v)", in, m, again, err)
		}
	})
}
