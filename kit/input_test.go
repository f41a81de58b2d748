package kit_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

// identifiers are texts, and whether they are identifiers.
var identifiers = map[string]bool{
	"SKU-001": true, "0": true, "a.b_c-d": true, strings.Repeat("a", 64): true,
	"": false, "-a": false, ".a": false, "a b": false, "a/b": false, "ä": false, "a\n": false, strings.Repeat("a", 65): false,
}

func TestParseText_ChecksTheRulesOfTheSchema(t *testing.T) {
	t.Parallel()
	for text, want := range identifiers {
		id, err := kit.ParseText[kit.Identifier]("id", text)
		if (err == nil) != want || err == nil && string(id) != text {
			t.Errorf("%q became %q, %v", text, id, err)
		}
		if err != nil && err.Error() != "id: expected string to be 1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit" {
			t.Errorf("%q: %v", text, err)
		}
		if _, err := kit.ParseText[kit.OptionalIdentifier]("id", text); (err == nil) != (want || text == "") {
			t.Errorf("optional %q: %v", text, err)
		}
	}
}

func TestIdentifier_IsCheckedInBodyPathAndQuery(t *testing.T) {
	t.Parallel()
	type body struct {
		SKU   kit.Identifier               `json:"sku"`
		Other kit.Optional[kit.Identifier] `json:"other,omitempty"`
		ID    kit.OptionalIdentifier       `json:"id,omitempty"`
		All   []kit.Identifier             `json:"all,omitempty"`
	}
	tokens := kit.NewTokens(kittest.Secret, time.Now)
	api := kit.NewAPI("named", "For tests.", nil, nil, tokens, kittest.Env(t))
	kit.Register(api, kit.Anyone, huma.Operation{OperationID: "name", Method: http.MethodPost, Path: "/named/{id}"},
		func(_ context.Context, in *struct {
			ID   kit.Identifier `path:"id"`
			Like kit.Identifier `query:"like"`
			Body body
		},
		) (*struct{ Body []kit.Identifier }, error) {
			return &struct{ Body []kit.Identifier }{append(in.Body.All, in.ID, in.Like, in.Body.SKU)}, nil
		})
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	client := kittest.Client{Base: server.URL}

	var got []kit.Identifier
	client.Do(t, http.MethodPost, "/named/a?like=b", `{"sku":"c","id":"","all":["d"]}`).Want(http.StatusOK).Into(&got)
	if len(got) != 4 || got[0] != "d" || got[1] != "a" || got[2] != "b" || got[3] != "c" {
		t.Errorf("answered %q", got)
	}
	for text, ok := range identifiers {
		if ok || text == "" {
			continue
		}
		quoted, _ := json.Marshal(text)
		for location, request := range map[string][2]string{
			"path.id":     {"/named/" + url.PathEscape(text), `{"sku":"c"}`},
			"query.like":  {"/named/a?like=" + url.QueryEscape(text), `{"sku":"c"}`},
			"body.sku":    {"/named/a", `{"sku":` + string(quoted) + `}`},
			"body.other":  {"/named/a", `{"sku":"c","other":` + string(quoted) + `}`},
			"body.id":     {"/named/a", `{"sku":"c","id":` + string(quoted) + `}`},
			"body.all[1]": {"/named/a", `{"sku":"c","all":["d",` + string(quoted) + `]}`},
		} {
			if text == "a/b" && location == "path.id" {
				continue // another path
			}
			client.Do(t, http.MethodPost, request[0], request[1]).WantProblem(http.StatusUnprocessableEntity, location)
		}
	}
}

func TestIdentifier_IsTextInSQL(t *testing.T) {
	t.Parallel()
	db := openPostgres(t)
	type row struct {
		ID  kit.Identifier
		All []kit.Identifier
	}
	got, err := kit.Row[row](t.Context(), db, `SELECT $1::text AS id, $2::text[] AS all`, kit.Identifier("a"), []kit.Identifier{"b", "c"})
	if err != nil || got.ID != "a" || len(got.All) != 2 || got.All[1] != "c" {
		t.Errorf("read %+v, %v", got, err)
	}
}
