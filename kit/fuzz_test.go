package kit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// FuzzWalk_FindsWhatEncodingJSONFinds holds the walk over a JSON text against
// the tokens of encoding/json.
func FuzzWalk_FindsWhatEncodingJSONFinds(f *testing.F) {
	for _, in := range []string{
		`{"a": [1, {"b": 2, "b": 3}], "a": 3}`, `[1e400, {"x": -1e999}]`, `{"\u0061": 1, "a": 2}`, `{"\ud800": 1, "\ufffd": 2}`,
		`{"": {"": [[], {}]}, "":0}`, `"a\\\""`, ` [ ] `, `1`, `{"a":"}","b":"]\\","a":"\""}`, `[[[1e400]]]`, "{\"k\t\":1}",
		`{` + strings.Repeat(`"k":1,`, 20) + `"k":1}`, "{" + manyKeys(20) + `, "k\u00307": 1}`,
	} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if !json.Valid(in) {
			return // walk is only for what is
		}
		repeated, huge := wanted(t, in)
		if got := repeatedKey(in); got != repeated {
			t.Errorf("%q: the repeated key is at %q, want %q", in, got, repeated)
		}
		if got := hugeNumber(in); got != huge {
			t.Errorf("%q: the huge number is at %q, want %q", in, got, huge)
		}
		for _, offset := range []int64{0, int64(len(in) / 2), int64(len(in)), int64(len(in)) + 1} {
			_ = locate(in, offset)
		}
	})
}

// wanted is where the first repeated key and the first huge number stand.
func wanted(t *testing.T, in []byte) (repeated, huge string) {
	d := json.NewDecoder(bytes.NewReader(in))
	d.UseNumber()
	next := func() json.Token {
		token, err := d.Token()
		if err != nil {
			t.Fatalf("%q is valid, but: %v", in, err)
		}
		return token
	}
	note := func(where *string, at string) {
		if *where == "" {
			*where = at
		}
	}
	var value func(at string, token json.Token)
	value = func(at string, token json.Token) {
		switch token := token.(type) {
		case json.Number:
			if _, err := strconv.ParseFloat(string(token), 64); err != nil {
				note(&huge, at)
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
						note(&repeated, within)
					}
					seen[key] = true
					value(within, next())
				}
			}
			next() // the end of it
		}
	}
	value("body", next())
	return repeated, huge
}

func FuzzUnmarshal_NamesAPlaceOrSaysItIsNotJSON(f *testing.F) {
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

func FuzzRequestID_IsTheClientsOrNew(f *testing.F) {
	for _, id := range []string{"", "trace-1.A_b", strings.Repeat("a", 64), strings.Repeat("a", 65), "a b", "a\nb", "é", "../x", "a\n"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		got := RequestIDOf(&http.Request{Header: http.Header{"X-Request-Id": {id}}})
		if len(got) == 0 || len(got) > 64 || strings.Trim(got, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") != "" {
			t.Errorf("%q became %q", id, got)
		}
		if requestIDs.MatchString(id) != (got == id) {
			t.Errorf("%q became %q", id, got)
		}
	})
}
