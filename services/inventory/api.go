package inventory

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

type api struct{ store *Store }

func register(a *kit.API, store *Store) {
	h := api{store}
	kit.Register(a, kit.Users, huma.Operation{
		OperationID: "list-items", Method: http.MethodGet, Path: "/inventory/", Summary: "List items",
		Description: "Items by number; with q, those whose SKU matches by SKU, then those whose name does by name.", Errors: []int{http.StatusUnprocessableEntity},
	}, h.list)
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "create-item", Method: http.MethodPost, Path: "/inventory/", Summary: "Create an item", DefaultStatus: http.StatusCreated,
		Description: "Adds an item. Its first stock is the first entry of its ledger.", Errors: []int{http.StatusConflict},
	}, h.create)
	kit.Register(a, kit.Users, huma.Operation{
		OperationID: "get-item", Method: http.MethodGet, Path: "/inventory/{id}", Summary: "Read an item",
		Description: "The item and, as ETag, its version.", Errors: []int{http.StatusNotFound},
	}, h.get)
	kit.Register(a, kit.Users, huma.Operation{
		OperationID: "get-item-by-sku", Method: http.MethodGet, Path: "/inventory/sku/{sku}", Summary: "Read an item by SKU",
		Description: "The item and, as ETag, its version.", Errors: []int{http.StatusNotFound},
	}, h.getBySKU)
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "change-item", Method: http.MethodPut, Path: "/inventory/{id}", Summary: "Change an item",
		Description: "Changes the fields that are sent. With If-Match, only if nobody, no sale either, has changed the item since. Read-only fields are ignored, so that what was read can be sent back.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
	}, h.change)
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "adjust-item", Method: http.MethodPost, Path: "/inventory/{id}/adjustments", Summary: "Adjust an item's stock",
		Description: "Changes the stock by a difference, with a reason. With Idempotency-Key it happens once.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
	}, h.adjust)
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "list-movements", Method: http.MethodGet, Path: "/inventory/{id}/movements", Summary: "Read an item's stock ledger",
		Description: "Every change of the item's qty, newest first.", Errors: []int{http.StatusNotFound},
	}, h.movements)
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "delete-item", Method: http.MethodDelete, Path: "/inventory/{id}", Summary: "Delete an item", DefaultStatus: http.StatusNoContent,
		Description: "Removes an item of which no order owns stock.", Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, h.delete)
	registerReservations(a, h)
	registerAnalytics(a, h)
	registerImport(a, h)
	registerExport(a, h)
}

// ItemAnswer is an item with its version.
type ItemAnswer struct {
	ETag string `header:"ETag" doc:"The item's version, for If-Match" example:"\"7\""`
	Body Item
}

func etag(item Item) string { return fmt.Sprintf(`"%d"`, item.Version) }

func answer(item Item) *ItemAnswer { return &ItemAnswer{ETag: etag(item), Body: item} }

type listInput struct {
	kit.Page
	Q        string `query:"q" maxLength:"200" doc:"Beginning of the SKU or the name, whatever the case" example:"SKU-0"`
	LowStock bool   `query:"low_stock" doc:"Only items whose stock is below their reorder level" example:"true"`
}

func (h api) list(ctx context.Context, in *listInput) (*kit.List[Item], error) {
	if in.Q != "" {
		return h.search(ctx, in)
	}
	var after int64
	if _, err := in.After(&after); err != nil {
		return nil, err
	}
	items, total, err := h.store.Items(ctx, in.LowStock, after, in.Skip, in.Limit)
	if err != nil {
		return nil, err
	}
	return kit.NewList(in.Page, items, total, func(i Item) any { return i.ID })
}

func (h api) search(ctx context.Context, in *listInput) (*kit.List[Item], error) {
	var after Match
	if _, err := in.After(&after); err != nil {
		return nil, err
	}
	found, total, err := h.store.Search(ctx, ItemFilter{Prefix: in.Q, LowStock: in.LowStock}, after, in.Skip, in.Limit)
	if err != nil {
		return nil, err
	}
	list, err := kit.NewList(in.Page, found, total, func(f Found) any { return Match{f.Rank, f.Key, f.ID} })
	if err != nil {
		return nil, err
	}
	items := make([]Item, len(list.Body))
	for i, f := range list.Body {
		items[i] = f.Item
	}
	return &kit.List[Item]{Link: list.Link, Total: list.Total, Body: items}, nil
}

type createInput struct {
	Body struct {
		SKU          string     `json:"sku" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" patternDescription:"1 to 64 letters, digits, dots, dashes or underscores" doc:"Stock keeping unit, unique" example:"SKU-001"`
		Qty          int64      `json:"qty" minimum:"0" maximum:"1000000000" doc:"The first stock" example:"200"`
		Name         string     `json:"name,omitempty" maxLength:"200" pattern:"^[^\\x00-\\x1f\\x7f]*$" patternDescription:"text without control characters" doc:"What people call it" example:"Green tea, 100 g"`
		Price        *kit.Money `json:"price,omitempty" nullable:"true" doc:"The price of one" example:"10.00"`
		ReorderLevel *int64     `json:"reorder_level,omitempty" minimum:"0" maximum:"1000000000" default:"20" doc:"Stock below this is low" example:"20"`
	}
}

func (h api) create(ctx context.Context, in *createInput) (*ItemAnswer, error) {
	item, err := h.store.CreateItem(ctx, NewItem{
		SKU: in.Body.SKU, Name: in.Body.Name, Qty: in.Body.Qty, Price: in.Body.Price, ReorderLevel: *in.Body.ReorderLevel,
	}, kit.CallerFrom(ctx).UserID)
	if err != nil {
		return nil, err
	}
	return answer(item), nil
}

// ItemID is the item in a path. It is exported because huma fills no fields of
// embedded types that are not.
type ItemID struct {
	ID int64 `path:"id" minimum:"1" doc:"The item's number" example:"1"`
}

func (h api) get(ctx context.Context, in *ItemID) (*ItemAnswer, error) {
	item, err := h.store.Item(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(item), nil
}

type skuInput struct {
	SKU string `path:"sku" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" patternDescription:"1 to 64 letters, digits, dots, dashes or underscores" doc:"The item's SKU" example:"SKU-001"`
}

func (h api) getBySKU(ctx context.Context, in *skuInput) (*ItemAnswer, error) {
	item, err := h.store.ItemBySKU(ctx, in.SKU)
	if err != nil {
		return nil, err
	}
	return answer(item), nil
}

type changeInput struct {
	ItemID
	IfMatch string `header:"If-Match" maxLength:"100" doc:"The ETag the change is based on" example:"\"7\""`
	Body    struct {
		SKU          *string                 `json:"sku,omitempty" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" patternDescription:"1 to 64 letters, digits, dots, dashes or underscores" doc:"Stock keeping unit, unique" example:"SKU-001"`
		Name         *string                 `json:"name,omitempty" maxLength:"200" pattern:"^[^\\x00-\\x1f\\x7f]*$" patternDescription:"text without control characters" doc:"What people call it" example:"Green tea, 100 g"`
		Qty          *int64                  `json:"qty,omitempty" minimum:"0" maximum:"1000000000000" doc:"How many can still be sold" example:"150"`
		Price        kit.Optional[kit.Money] `json:"price,omitempty" nullable:"true" doc:"The price of one; null takes it away" example:"10.00"`
		ReorderLevel *int64                  `json:"reorder_level,omitempty" minimum:"0" maximum:"1000000000" doc:"Stock below this is low" example:"20"`
		ID           kit.Ignored             `json:"id,omitempty"`
		Allocated    kit.Ignored             `json:"allocated,omitempty"`
		CreatedAt    kit.Ignored             `json:"created_at,omitempty"`
		UpdatedAt    kit.Ignored             `json:"updated_at,omitempty"`
	}
}

func (h api) change(ctx context.Context, in *changeInput) (*ItemAnswer, error) {
	version, err := ifMatch(in.IfMatch)
	if err != nil {
		return nil, err
	}
	item, err := h.store.ChangeItem(ctx, in.ID, ItemChange{
		SKU: in.Body.SKU, Name: in.Body.Name, Qty: in.Body.Qty, Price: in.Body.Price, ReorderLevel: in.Body.ReorderLevel, IfVersion: version,
	}, kit.CallerFrom(ctx).UserID)
	if err != nil {
		return nil, err
	}
	return answer(item), nil
}

// A proxy that compresses makes entity tags weak; the version they name is the
// same.
var entityTag = regexp.MustCompile(`^(?:W/)?"([0-9]{1,18})"$`)

// ifMatch reads an If-Match header (RFC 9110, section 13.1.1) of one entity
// tag; nil means that any version will do.
func ifMatch(header string) (*int64, error) {
	header = strings.TrimSpace(header)
	if header == "" || header == "*" {
		return nil, nil
	}
	if tag := entityTag.FindStringSubmatch(header); tag != nil {
		if version, err := strconv.ParseInt(tag[1], 10, 64); err == nil {
			return &version, nil
		}
	}
	return nil, kit.InvalidField("header.If-Match", header, "expected the ETag of an item")
}

type adjustInput struct {
	ItemID
	kit.Idempotency
	Body struct {
		Delta  int64  `json:"delta" minimum:"-1000000000" maximum:"1000000000" doc:"How much to add; negative takes away" example:"-3"`
		Reason string `json:"reason" minLength:"1" maxLength:"200" pattern:"^[^\\x00-\\x1f\\x7f]*$" patternDescription:"text without control characters" doc:"Why, for the ledger" example:"damaged in transit"`
	}
}

type adjustOutput struct {
	ETag     string `header:"ETag" doc:"The item's version, for If-Match" example:"\"7\""`
	Replayed string `header:"Idempotency-Replayed" doc:"true when the key was used before and nothing was changed" example:"true"`
	Body     Item
}

func (h api) adjust(ctx context.Context, in *adjustInput) (*adjustOutput, error) {
	if in.Body.Delta == 0 {
		return nil, kit.InvalidField("body.delta", 0, "expected a number other than 0")
	}
	hash := sha256.Sum256(fmt.Appendf(nil, "%d %d %s", in.ID, in.Body.Delta, in.Body.Reason))
	item, replayed, err := h.store.Adjust(ctx, in.ID, Adjustment{
		Delta: in.Body.Delta, Reason: in.Body.Reason, UserID: kit.CallerFrom(ctx).UserID, Key: in.Key, Hash: hash[:],
	})
	if err != nil {
		return nil, err
	}
	out := &adjustOutput{ETag: etag(item), Body: item}
	if replayed {
		out.Replayed = "true"
	}
	return out, nil
}

type movementsInput struct {
	ItemID
	kit.Page
}

func (h api) movements(ctx context.Context, in *movementsInput) (*kit.List[Movement], error) {
	var before int64
	if _, err := in.After(&before); err != nil {
		return nil, err
	}
	movements, total, err := h.store.Movements(ctx, in.ID, before, in.Skip, in.Limit)
	if err != nil {
		return nil, err
	}
	return kit.NewList(in.Page, movements, total, func(m Movement) any { return m.ID })
}

func (h api) delete(ctx context.Context, in *ItemID) (*struct{}, error) {
	return nil, h.store.DeleteItem(ctx, in.ID, kit.CallerFrom(ctx).UserID)
}
