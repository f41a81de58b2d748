package kit

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

const (
	maxSkip  = 10000
	maxTotal = 10000
)

// Page is what a client asks of a list. Operations embed it in their input.
type Page struct {
	Skip   int    `query:"skip" minimum:"0" doc:"How many to leave out; above 10000 use cursor." example:"0"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"500" doc:"How many to answer at most." example:"50"`
	Cursor string `query:"cursor" maxLength:"500" doc:"Where to go on: the cursor in the Link header of the page before." example:"eyJpZCI6NX0"`

	url url.URL
}

// Resolve implements huma.Resolver.
func (p *Page) Resolve(ctx huma.Context) []error {
	p.url = ctx.URL()
	switch {
	case p.Skip > maxSkip:
		return []error{skipTooLarge.At("query.skip", p.Skip, "maximum", maxSkip)}
	case p.Skip > 0 && p.Cursor != "":
		return []error{skipAndCursor.At("query.skip", p.Skip)}
	}
	return nil
}

// After reads the place the page starts behind into key, a pointer to the value
// that NextAfter was given. It is false when the client starts at the beginning.
func (p *Page) After(key any) (bool, error) {
	if p.Cursor == "" {
		return false, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err == nil {
		err = json.Unmarshal(raw, key)
	}
	var given []byte // what NewList would have written; null, or a cursor of another list, is not
	if err == nil {
		given, err = json.Marshal(key)
	}
	if err != nil || !bytes.Equal(raw, given) {
		return false, InvalidFields(unknownCursor.At("query.cursor", nil))
	}
	return true, nil
}

// TotalBound is the limit for counting a list: one more than is ever told.
const TotalBound = maxTotal + 1

// List is the answer of a list operation.
type List[T any] struct {
	Link  string `header:"Link" doc:"Where the next page is, as RFC 8288 has it; left out on the last page." example:"</orders/?cursor=eyJpZCI6NX0>; rel=\"next\""`
	Total string `header:"X-Total-Count" doc:"How many there are in all; exact up to 10000, then 10000+." example:"3"`
	Body  []T
}

// NewList makes the answer from the rows that were found when asked for one
// more than p.Limit, the count up to TotalBound, and the key of a row.
func NewList[T any](p Page, rows []T, total int, key func(T) any) (*List[T], error) {
	list := &List[T]{Body: rows, Total: strconv.Itoa(total)}
	if total > maxTotal {
		list.Total = strconv.Itoa(maxTotal) + "+"
	}
	if list.Body == nil {
		list.Body = []T{}
	}
	if len(rows) > p.Limit {
		list.Body = rows[:p.Limit]
		raw, err := json.Marshal(key(list.Body[p.Limit-1]))
		if err != nil {
			return nil, err
		}
		query := p.url.Query()
		query.Del("skip")
		query.Set("cursor", base64.RawURLEncoding.EncodeToString(raw))
		next := url.URL{Path: p.url.Path, RawQuery: query.Encode()}
		list.Link = "<" + next.String() + `>; rel="next"`
	}
	return list, nil
}
