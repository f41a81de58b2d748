package kit_test

import (
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

type colour string

// Schema implements huma.SchemaProvider.
func (colour) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: "^[a-z]+$", PatternDescription: "a colour"}
}

func TestParseText_ChecksTheSchemaOfItsType(t *testing.T) {
	t.Parallel()
	if got, err := kit.ParseText[colour]("colour", "red"); got != "red" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := kit.ParseText[colour]("colour", "7"); err == nil || err.Error() != "colour: expected string to be a colour" {
		t.Errorf("got %v", err)
	}
}

func TestParseJSON_IsAsStrictAsABody(t *testing.T) {
	t.Parallel()
	type thing struct {
		Colour colour `json:"colour"`
		Count  int64  `json:"count" minimum:"1"`
	}
	got, err := kit.ParseJSON[[]thing]("things", `[{"colour":"red","count":2}]`)
	if err != nil || len(got) != 1 || got[0] != (thing{"red", 2}) {
		t.Errorf("got %+v, %v", got, err)
	}
	for text, want := range map[string]string{
		``:                                      "things: expected valid JSON",
		`[{}`:                                   "things: expected valid JSON",
		"[\"\xff\"]":                            "things: expected valid JSON",
		`{}`:                                    "things: expected array",
		`[{"colour":"red"}]`:                    "things[0]: expected required property count to be present",
		`[{"colour":"red","count":0}]`:          "things[0].count: expected number >= 1",
		`[{"colour":"red","count":1e400}]`:      "things[0].count: expected a number of a sensible size",
		`[{"colour":"red","count":1e3}]`:        "things[0].count: expected a number in plain digits",
		`[{"colour":"red","count":1,"size":1}]`: "things[0].size: unexpected property",
		`[{"count":1,"colour":"","count":1}]`:   "things[0].count: expected this key only once",
	} {
		if _, err := kit.ParseJSON[[]thing]("things", text); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
