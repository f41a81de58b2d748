package inventory

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

func registerItems(a *kit.API, h api) {
	kit.Register(a, kit.Users, huma.Operation{
		OperationID: "list-items", Method: http.MethodGet, Path: "/inventory/", Summary: "List items",
		Description: "By id; with q, items whose SKU matches by SKU, then those whose name matches by name.",
		Errors:      []int{http.StatusUnprocessableEntity},
	}, h.list)
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "create-item", Method: http.MethodPost, Path: "/inventory/", Summary: "Create an item", DefaultStatus: http.StatusCreated,
		Description: "Its first stock is the first entry of its ledger.", Errors: []int{http.StatusConflict},
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
		Description: "Changes the fields that are sent. With If-Match, only if nothing, not even a sale, has changed the item since. " +
			"Read-only fields are ignored, so that an item that was read can be sent back.",
		Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, h.change)
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "delete-item", Method: http.MethodDelete, Path: "/inventory/{id}", Summary: "Delete an item", DefaultStatus: http.StatusNoContent,
		Description: "Deletes an item of which no order owns stock.", Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, h.delete)
}

// ItemAnswer is an item with its version.
type ItemAnswer struct {
	ETag string `header:"ETag" doc:"The item's version, for If-Match" example:"\"7\""`
	Body Item
}

func etag(item Item) string { return fmt.Sprintf(`"%d"`, item.Version) }

func answer(item Item, err error) (*ItemAnswer, error) {
	return &ItemAnswer{ETag: etag(item), Body: item}, err
}

type listInput struct {
	kit.Page
	Q        string `query:"q" maxLength:"200" doc:"Beginning of the SKU or the name, in any case" example:"SKU-0"`
	LowStock bool   `query:"low_stock" doc:"Only items whose stock is below their reorder level" example:"true"`
}

func (h api) list(ctx context.Context, in *listInput) (*kit.List[Item], error) {
	filter := ItemFilter{Prefix: in.Q, LowStock: in.LowStock}
	if in.Q == "" {
		return kit.ListPage(in.Page, Item.position, func(w kit.Window[int64]) ([]Item, int, error) { return h.store.Items(ctx, filter, w) })
	}
	found, err := kit.ListPage(in.Page, Found.match, func(w kit.Window[Match]) ([]Found, int, error) { return h.store.Search(ctx, filter, w) })
	if err != nil {
		return nil, err
	}
	return kit.MapList(found, func(f Found) Item { return f.Item }), nil
}

func (h api) create(ctx context.Context, in *struct{ Body NewItem }) (*ItemAnswer, error) {
	return answer(h.store.CreateItem(ctx, in.Body, kit.CallerFrom(ctx).UserID))
}

// ItemID is the item in a path. It is exported because huma fills no fields of
// embedded types that are not.
type ItemID struct {
	ID int64 `path:"id" minimum:"1" doc:"The item's id" example:"1"`
}

func (h api) get(ctx context.Context, in *ItemID) (*ItemAnswer, error) {
	return answer(h.store.Item(ctx, in.ID))
}

type skuInput struct {
	SKU kit.Identifier `path:"sku" doc:"The item's SKU" example:"SKU-001"`
}

func (h api) getBySKU(ctx context.Context, in *skuInput) (*ItemAnswer, error) {
	return answer(h.store.ItemBySKU(ctx, in.SKU))
}

type changeInput struct {
	ItemID
	IfMatch string `header:"If-Match" maxLength:"100" doc:"The ETag the change is based on" example:"\"7\""`
	Body    ItemChange
}

func (h api) change(ctx context.Context, in *changeInput) (*ItemAnswer, error) {
	version, err := ifMatch(in.IfMatch)
	if err != nil {
		return nil, err
	}
	return answer(h.store.ChangeItem(ctx, in.ID, in.Body, version, kit.CallerFrom(ctx).UserID))
}

// A proxy that compresses makes entity tags weak; the version they name is the same.
var entityTag = regexp.MustCompile(`^(?:W/)?"([0-9]{1,18})"$`)

// ifMatch reads an If-Match header (RFC 9110, section 13.1.1) of one entity tag; nil
// means that any version will do.
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
	return nil, kit.InvalidFields(notAnETag.At("header.If-Match", header))
}

func (h api) delete(ctx context.Context, in *ItemID) (*struct{}, error) {
	return nil, h.store.DeleteItem(ctx, in.ID, kit.CallerFrom(ctx).UserID)
}
