package kit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

func TestUnmarshal_RefusesAmbiguousTexts(t *testing.T) {
	t.Parallel()
	huge := strings.Repeat("9", 400)
	for in, want := range map[string]string{
		`{"a": 1, "b": {"a": 1}, "c": [{"a": 1}, {"a": 1}]}`:       "",
		`{"a": "a", "b": "a"}`:                                     "",
		`[[], {}, [[1]], "a", null, true]`:                         "",
		`{"a": 1, "A": 2}`:                                         "",
		`{"a": {"x": 1}, "b": {"x": 1}, "a": 2}`:                   "body.a",
		`{"a": 1, "\u0061": 2}`:                                    "body.a",
		`{"": 1, "": 2}`:                                           "body.",
		`[{"a": []}, {"a": [1, {"b": 1, "c": 2, "b": 3}]}]`:        "body[1].a[1].b",
		`{"items": [1, [2, {"q": 1}], {"q": {}, "r": [], "q":1}]}`: "body.items[2].q",
		"{" + manyKeys(40) + `, "x": 1}`:                           "",
		"{" + manyKeys(40) + `, "k07": 1}`:                         "body.k07",
		"{" + manyKeys(40) + `, "k39": 1}`:                         "body.k39",
		"{" + manyKeys(15) + `, "y": 1, "y": 1}`:                   "body.y",
		"{" + manyKeys(16) + `, "k00": 1}`:                         "body.k00",
		`[{` + manyKeys(40) + `}, {` + manyKeys(40) + `}, {"k01": 1}, {` + manyKeys(17) + `, "z": {"k01": 1}}]`: "",
		`{"a\"}": 1, "b\\": {"a\"}": [",", "]"]}, "c": "{", "a\u0022}": 1}`:                                     "body.a\"}",
		`1e400`:                                "body",
		`{"a": [0, -1e400]}`:                   "body.a[1]",
		`{"a": [[1, 2], {"b": ` + huge + `}]}`: "body.a[1].b",
	} {
		var v any
		err := unmarshal([]byte(in), &v)
		location := ""
		if err != nil {
			location, _, _ = strings.Cut(err.Error(), ": ")
		}
		if location != want {
			t.Errorf("%s: %v, want it at %q", in, err, want)
		}
	}
}

func manyKeys(n int) string {
	var keys []string
	for i := range n {
		keys = append(keys, fmt.Sprintf(`"k%02d": {}`, i))
	}
	return strings.Join(keys, ", ")
}

func TestUnmarshal_LocatesTheNumberThatDoesNotFit(t *testing.T) {
	t.Parallel()
	type lines struct {
		Name  string `json:"name"`
		Items []struct {
			SKU string `json:"sku"`
			Qty int64  `json:"qty"`
		} `json:"items"`
	}
	for in, want := range map[string]string{
		`{"name": "x", "items": [{"sku": "a", "qty": 1}, {"sku": "b", "qty": 1e3}, {"qty": 1e4}]}`: "body.items[1].qty",
		`{"items": [{"qty": 1.5, "sku": "b"}]}`:                                                    "body.items[0].qty",
		`{"items": [ { "qty" : 99999999999999999999 } ], "name": "y"}`:                             "body.items[0].qty",
	} {
		var v lines
		err := unmarshal([]byte(in), &v)
		if err == nil || !strings.HasPrefix(err.Error(), want+": ") {
			t.Errorf("%s: %v, want it at %s", in, err, want)
		}
	}
}

func TestUnmarshal_RefusesInvalidJSON(t *testing.T) {
	t.Parallel()
	for _, in := range []string{``, `{`, `{}{}`, `{"a": 1,}`, `NaN`, "\"\xff\"", `{"a": 01}`, strings.Repeat("[", 20_000), `'a'`} {
		var v any
		if err := unmarshal([]byte(in), &v); err == nil || strings.HasPrefix(err.Error(), "body") {
			t.Errorf("%.40s: %v", in, err)
		}
	}
}

// FuzzUnmarshal_AcceptsOnlyWhatEncodingJSONAccepts compares unmarshal with encoding/json.
func FuzzUnmarshal_AcceptsOnlyWhatEncodingJSONAccepts(f *testing.F) {
	for _, in := range []string{`{"a": [1, {"b": 2}], "a": 3}`, `[1e400]`, `{"\u0061": 1, "a": 2}`, `{`, `"\ud800"`, `{}`, `[[[]]]`} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var strict, lenient any
		if unmarshal(in, &strict) != nil {
			return
		}
		if err := json.Unmarshal(in, &lenient); err != nil {
			t.Fatalf("%q is accepted, but encoding/json says %v", in, err)
		}
	})
}

func TestOptional_DistinguishesNullFromLeftOut(t *testing.T) {
	t.Parallel()
	type body struct{ Price Optional[Money] }
	for in, want := range map[string]struct {
		given, null bool
		value       string
	}{
		`{}`:               {false, false, "0.00"},
		`{"Price": null}`:  {false, true, "0.00"},
		`{"Price": "5"}`:   {true, false, "5.00"},
		`{"Price": 0}`:     {true, false, "0.00"},
		`{"Price": "bad"}`: {true, false, "0.00"},
	} {
		var b body
		if err := unmarshal([]byte(in), &b); err != nil {
			t.Fatal(err)
		}
		value, given := b.Price.Get()
		if given != want.given || b.Price.IsNull() != want.null || value.String() != want.value {
			t.Errorf("%s: given %v, null %v, %s", in, given, b.Price.IsNull(), value)
		}
		if refused := len(b.Price.Resolve(nil, huma.NewPathBuffer(nil, 0))) > 0; refused != (in == `{"Price": "bad"}`) {
			t.Errorf("%s: refused %v", in, refused)
		}
	}
}

// FuzzUnmarshal_FindsWhatEncodingJSONFinds compares the location of the first
// repeated key or huge number with a walk over the tokens of encoding/json.
func FuzzUnmarshal_FindsWhatEncodingJSONFinds(f *testing.F) {
	for _, in := range []string{
		`{"a": [1, {"b": 2, "b": 3}], "a": 3}`, `[1e400, {"x": -1e999}]`, `{"\u0061": 1, "a": 2}`, `{"\ud800": 1, "\ufffd": 2}`,
		`{"": {"": [[], {}]}, "":0}`, `"a\\\""`, ` [ ] `, `1`, `{"a":"}","b":"]\\","a":"\""}`, `[[[1e400]]]`, "{\"k\t\":1}",
		`{` + strings.Repeat(`"k":1,`, 20) + `"k":1}`, "{" + manyKeys(20) + `, "k\u00307": 1}`, `{"0": {"a/~b": {"": 1, "": 2}}}`,
	} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if !json.Valid(in) || !utf8.Valid(in) {
			return
		}
		var v any
		location := ""
		if err := unmarshal(in, &v); err != nil {
			location, _ = strings.CutSuffix(err.Error(), ": "+repeatedKey.Message)
			location, _ = strings.CutSuffix(location, ": "+numberSize.Message)
		}
		if want := firstFault(t, in); location != want {
			t.Errorf("%q: the first fault is at %q, want %q", in, location, want)
		}
	})
}

// firstFault is where a text repeats a key or has a huge number for the first time.
func firstFault(t *testing.T, in []byte) (location string) {
	d := json.NewDecoder(bytes.NewReader(in))
	d.UseNumber()
	next := func() json.Token {
		token, err := d.Token()
		if err != nil {
			t.Fatalf("%q is valid, but: %v", in, err)
		}
		return token
	}
	note := func(at string) {
		if location == "" {
			location = at
		}
	}
	var value func(at string, token json.Token)
	value = func(at string, token json.Token) {
		switch token := token.(type) {
		case json.Number:
			if _, err := strconv.ParseFloat(string(token), 64); err != nil {
				note(at)
			}
		case json.Delim:
			if token == '[' {
				for i := 0; d.More(); i++ {
					value(fmt.Sprintf("%s[%d]", at, i), next())
				}
			} else {
				seen := map[string]bool{}
				for d.More() {
					key, _ := next().(string)
					within := at + "." + key
					if seen[key] {
						note(within)
					}
					seen[key] = true
					value(within, next())
				}
			}
			next() // the end of it
		}
	}
	value("body", next())
	return location
}

func FuzzUnmarshal_LocatesFaultsInValidJSON(f *testing.F) {
	type body struct {
		ID    int64
		Price Money
		Limit Optional[int64]
		Gone  Ignored
		Items []struct {
			Qty  int8
			Name *string
		}
	}
	for _, in := range []string{
		`{"ID": 1e3}`, `{"Items": [{"Qty": 1}, {"Qty": 128}]}`, `{"Limit": "x"}`, `{"Limit": null, "Price": null}`, `{"Price": [1]}`,
		`{"Gone": {"a": [1e400]}}`, `[]`, `{"Items": [{"Name": 5}]}`, `{"ID": "\ud800"}`, `{`, "",
	} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var v any
		var b body
		for _, into := range []any{&v, &b} {
			err := unmarshal(in, into)
			if err != nil && json.Valid(in) && !strings.HasPrefix(err.Error(), "body") && err.Error() != "it is not in UTF-8" {
				t.Errorf("%q is JSON, but %v", in, err)
			}
		}
	})
}

func BenchmarkUnmarshal(b *testing.B) {
	line := `{"sku":"SKU-0001","quantity":2,"price":"10.00"}`
	member := `{"id":"0190a6e2-7b4c-7c3a-9d52-0d6a3c1f4e55","order_id":"ORD-001","items":[` + line + `,` + line + `,` + line + `]}`
	data := []byte(`[` + strings.Repeat(member+`,`, 127) + member + `]`)
	b.Run("strict", func(b *testing.B) {
		for b.Loop() {
			var v any
			if err := unmarshal(data, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		for b.Loop() {
			var v any
			if err := json.Unmarshal(data, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}
