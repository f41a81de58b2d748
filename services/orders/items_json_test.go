package orders_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"microdemo/services/orders"
)

func TestReadItems_ReadsLines(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 100 {
		many = append(many, fmt.Sprintf(`{"sku":"S-%d","quantity":1,"price":"1.00"}`, i))
	}
	for name, c := range map[string]struct{ cell, want string }{
		"one line":        {`[{"sku":"TEA","quantity":2,"price":"10.00"}]`, `[{"sku":"TEA","quantity":2,"price":"10.00"}]`},
		"any order":       {" [ {\"price\" : 7.5,\n\"sku\":\"a\",\"quantity\":10000} ]\r\n", `[{"sku":"a","quantity":10000,"price":"7.50"}]`},
		"binary noise":    {`[{"sku":"a","quantity":1,"price":0.30000000000000004}]`, `[{"sku":"a","quantity":1,"price":"0.30"}]`},
		"an exponent":     {`[{"sku":"a","quantity":1,"price":1e2}]`, `[{"sku":"a","quantity":1,"price":"100.00"}]`},
		"free":            {`[{"sku":"a","quantity":1,"price":0}]`, `[{"sku":"a","quantity":1,"price":"0.00"}]`},
		"the dearest":     {`[{"sku":"a","quantity":1,"price":"9999999999.99"}]`, `[{"sku":"a","quantity":1,"price":"9999999999.99"}]`},
		"escaped letters": {`[{"sk\u0075":"\u0061","quantity":1,"price":"1"}]`, `[{"sku":"a","quantity":1,"price":"1.00"}]`},
		"a hundred lines": {"[" + strings.Join(many, ",") + "]", "[" + strings.Join(many, ",") + "]"},
	} {
		t.Run(name, func(t *testing.T) {
			lines, err := orders.ReadItems(c.cell)
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(lines)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadItems_NamesTheWrongValue(t *testing.T) {
	t.Parallel()
	line := func(sku string) string { return `{"sku":"` + sku + `","quantity":1,"price":"1.00"}` }
	var many []string
	for i := range 101 {
		many = append(many, line(fmt.Sprint("S", i)))
	}
	for cell, place := range map[string]string{
		``:                                      "items_json",
		`null`:                                  "items_json",
		`{}`:                                    "items_json",
		`[`:                                     "items_json",
		`[]`:                                    "items_json",
		`[` + line("A") + `,]`:                  "items_json",
		`[` + line("A") + `][]`:                 "items_json",
		`"[]"`:                                  "items_json",
		strings.Repeat("[", 100_000):            "items_json",
		"[" + strings.Join(many, ",") + "]":     "items_json",
		`[1]`:                                   "items_json[0]",
		`[[]]`:                                  "items_json[0]",
		`[null]`:                                "items_json[0]",
		`[{}]`:                                  "items_json[0]",
		`[` + line("A") + `,{"sku":"B"}]`:       "items_json[1]",
		`[` + line("A") + `,` + line("A") + `]`: "items_json[1].sku",
		`[` + line("A b") + `]`:                 "items_json[0].sku",
		`[` + line("") + `]`:                    "items_json[0].sku",
		`[` + line(strings.Repeat("x", 65)) + `]`:                      "items_json[0].sku",
		`[` + line(`\u0000`) + `]`:                                     "items_json[0].sku",
		`[` + line(`\ud800`) + `]`:                                     "items_json[0].sku",
		`[{"sku":7,"quantity":1,"price":"1.00"}]`:                      "items_json[0].sku",
		`[{"sku":null,"quantity":1,"price":"1.00"}]`:                   "items_json[0].sku",
		`[{"SKU":"A","quantity":1,"price":"1.00"}]`:                    "items_json[0]",
		`[{"sku":"A","quantity":1,"price":"1.00","name":"x"}]`:         "items_json[0].name",
		`[{"sku":"A","sku":"A","quantity":1,"price":"1.00"}]`:          "items_json[0].sku",
		`[{"sku":"A","quantity":0,"price":"1.00"}]`:                    "items_json[0].quantity",
		`[{"sku":"A","quantity":-1,"price":"1.00"}]`:                   "items_json[0].quantity",
		`[{"sku":"A","quantity":10001,"price":"1.00"}]`:                "items_json[0].quantity",
		`[{"sku":"A","quantity":1.5,"price":"1.00"}]`:                  "items_json[0].quantity",
		`[{"sku":"A","quantity":1e3,"price":"1.00"}]`:                  "items_json[0].quantity",
		`[{"sku":"A","quantity":"1","price":"1.00"}]`:                  "items_json[0].quantity",
		`[{"sku":"A","quantity":99999999999999999999,"price":"1.00"}]`: "items_json[0].quantity",
		`[{"sku":"A","quantity":1,"price":null}]`:                      "items_json[0].price",
		`[{"sku":"A","quantity":1,"price":"-1.00"}]`:                   "items_json[0].price",
		`[{"sku":"A","quantity":1,"price":-1}]`:                        "items_json[0].price",
		`[{"sku":"A","quantity":1,"price":"1.001"}]`:                   "items_json[0].price",
		`[{"sku":"A","quantity":1,"price":1.001}]`:                     "items_json[0].price",
		`[{"sku":"A","quantity":1,"price":"1,00"}]`:                    "items_json[0].price",
		`[{"sku":"A","quantity":1,"price":1e400}]`:                     "items_json[0].price",
		`[{"sku":"A","quantity":1,"price":{"a":1}}]`:                   "items_json[0].price",
	} {
		lines, err := orders.ReadItems(cell)
		if err == nil || !strings.HasPrefix(strings.Replace(err.Error(), ": unexpected ", ": expected ", 1), place+": expected ") {
			t.Errorf("%.200s: read %v, %v; want an error at %s", cell, lines, err, place)
		}
	}
}

// FuzzReadItems looks for cells that break readItems, or that encoding/json reads
// differently.
func FuzzReadItems(f *testing.F) {
	for _, seed := range []string{
		`[{"sku":"TEA","quantity":2,"price":"10.00"}]`, `[{"sku":"a","quantity":1,"price":7.5},{"sku":"b","quantity":10000,"price":0}]`,
		`[]`, `[{}]`, `[{"sku":1}]`, `[{"sku":"a","sku":"a"}]`, `null`, `[{"price":{"a":[1]}}]`, "[{\"sku\":\"\xff\"}]",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		lines, err := orders.ReadItems(cell)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "items_json") {
				t.Fatalf("does not name the cell: %v", err)
			}
			return
		}
		var same []orders.Line
		if err := json.Unmarshal([]byte(cell), &same); err != nil {
			t.Fatalf("read invalid JSON: %v", err)
		}
		written, err := json.Marshal(lines)
		if err != nil {
			t.Fatal(err)
		}
		other, err := json.Marshal(same)
		if err != nil {
			t.Fatal(err)
		}
		if string(written) != string(other) {
			t.Errorf("read %s, but encoding/json reads %s", written, other)
		}
		again, err := orders.ReadItems(string(written))
		if err != nil || len(again) != len(lines) {
			t.Errorf("wrote %s, which is read as %v, %v", written, again, err)
		}
	})
}
