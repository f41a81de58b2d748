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

// Window is the part of a list that a page shows: Limit rows, and one more that
// says that there is another page, after the row whose key is After and after Skip
// others. After is zero on the first page.
type Window[K any] struct {
	After       K
	Skip, Limit int
}

// TotalBound is the limit for counting a list: one more than the highest total.
const TotalBound = maxTotal + 1

// List is the answer of a list operation.
type List[T any] struct {
	Link  string `header:"Link" doc:"Where the next page is, as RFC 8288 has it; left out on the last page." example:"</orders/?cursor=eyJpZCI6NX0>; rel=\"next\""`
	Total string `header:"X-Total-Count" doc:"How many there are in all; exact up to 10000, then 10000+." example:"3"`
	Body  []T
}

// ListPage answers a page of a list. read reads the rows of a window and counts the
// whole list up to TotalBound; key is what the list is ordered by, and what cursors
// hold.
func ListPage[T, K any](p Page, key func(T) K, read func(Window[K]) (rows []T, total int, err error)) (*List[T], error) {
	window := Window[K]{Skip: p.Skip, Limit: p.Limit + 1}
	if err := decodeCursor(p.Cursor, &window.After); err != nil {
		return nil, err
	}
	rows, total, err := read(window)
	if err != nil {
		return nil, err
	}
	list := &List[T]{Body: rows, Total: strconv.Itoa(total)}
	if total > maxTotal {
		list.Total = strconv.Itoa(maxTotal) + "+"
	}
	if list.Body == nil {
		list.Body = []T{}
	}
	if len(rows) > p.Limit {
		list.Body = rows[:p.Limit]
		if list.Link, err = p.next(key(rows[p.Limit-1])); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// next links to the page after the row with this key.
func (p *Page) next(key any) (link string, err error) {
	raw, err := json.Marshal(key)
	if err != nil {
		return "", err
	}
	query := p.url.Query()
	query.Del("skip")
	query.Set("cursor", base64.RawURLEncoding.EncodeToString(raw))
	next := url.URL{Path: p.url.Path, RawQuery: query.Encode()}
	return "<" + next.String() + `>; rel="next"`, nil
}

// decodeCursor reads a key; "" leaves it as it is. It accepts only what next
// writes: neither null nor a cursor of another list.
func decodeCursor[K any](cursor string, key *K) error {
	if cursor == "" {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(raw, key)
	}
	var written []byte
	if err == nil {
		written, err = json.Marshal(key)
	}
	if err != nil || !bytes.Equal(raw, written) || string(raw) == "null" {
		return InvalidFields(unknownCursor.At("query.cursor", nil))
	}
	return nil
}

// MapList is a list with each row converted.
func MapList[T, U any](list *List[T], convert func(T) U) *List[U] {
	rows := make([]U, len(list.Body))
	for i, row := range list.Body {
		rows[i] = convert(row)
	}
	return &List[U]{Link: list.Link, Total: list.Total, Body: rows}
}

// After reads the place the page starts behind.
//
// Deprecated: use ListPage.
func (p *Page) After(key any) (bool, error) {
	return p.Cursor != "", decodeCursor(p.Cursor, &key)
}

// NewList makes the answer from the rows that were found when asked for one
// more than p.Limit.
//
// Deprecated: use ListPage.
func NewList[T any](p Page, rows []T, total int, key func(T) any) (*List[T], error) {
	p.Cursor = ""
	return ListPage(p, key, func(Window[any]) ([]T, int, error) { return rows, total, nil })
}
