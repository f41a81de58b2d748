package users_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"microdemo/services/users"
)

func FuzzPreferences(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,"x",null,{"b":1e-9999}]}`, `{"a":"\u0000"}`, `{"\ud800":1}`, `[]`, `null`, `{"a":`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) {
			return // such a body is refused before
		}
		compact, err := users.Compact(raw)
		if err != nil {
			return
		}
		again, err := users.Compact(compact)
		if err != nil || !bytes.Equal(again, compact) || len(compact) > 16<<10 {
			t.Errorf("%q becomes %q, then %q (%v)", raw, compact, again, err)
		}
	})
}
