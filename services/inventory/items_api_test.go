package inventory

import (
	"strings"
	"testing"

	"microdemo/kit"
)

func FuzzIfMatch_IsAVersionAnyOrRefused(f *testing.F) {
	for _, header := range []string{``, `*`, `"7"`, `W/"7"`, ` "7" `, `"007"`, `7`, `"7", "8"`, `"-1"`, `"999999999999999999"`, `"9999999999999999999"`, "\"7\"\n", `w/"7"`} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		version, err := ifMatch(header)
		given := strings.TrimSpace(header)
		switch {
		case err != nil:
			if !kit.IsKind(err, kit.Invalid) {
				t.Errorf("%q is refused with %v", header, err)
			}
		case version == nil:
			if given != "" && given != "*" {
				t.Errorf("%q takes any version", header)
			}
		default: // leading zeros aside, it is the tag of that version
			digits := strings.TrimLeft(strings.Trim(strings.TrimPrefix(given, "W/"), `"`), "0")
			if tag := etag(Item{Version: *version}); tag != `"`+digits+`"` && (tag != `"0"` || digits != "") {
				t.Errorf("%q is taken as version %d", header, *version)
			}
		}
	})
}
