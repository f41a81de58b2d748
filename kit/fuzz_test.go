package kit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

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
