package orders

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
	"microdemo/services/orders/events"
	"microdemo/services/orders/webhooks"
)

type numberKey struct {
	ID int64 `json:"id"`
}

type api struct {
	store    *Store
	placer   *placer
	webhooks *webhooks.Sender
}

func register(a *kit.API, store *Store, p *placer, w *webhooks.Sender) {
	h := api{store, p, w}
	kit.Register(a, kit.Users, huma.Operation{
		OperationID: "place-order", Method: http.MethodPost, Path: "/orders/", Summary: "Place an order", DefaultStatus: http.StatusCreated,
		Description: "Takes the stock of every line or of none. Users order for themselves and pay the catalogue's price; administrators order for anyone and may name prices. With an Idempotency-Key a repeated request answers the order it made before. Without key and id, a retry may order twice.",
		Errors:      []int{http.StatusConflict},
	}, h.place)
	kit.Register(a, kit.Users, huma.Operation{
		OperationID: "list-orders", Method: http.MethodGet, Path: "/orders/", Summary: "List orders",
		Description: "The caller's own; for administrators, all.", Errors: []int{http.StatusUnprocessableEntity},
	}, h.list)
	kit.Register(a, kit.Users, huma.Operation{
		OperationID: "get-order", Method: http.MethodGet, Path: "/orders/{id}", Summary: "Read an order",
		Description: "For its buyer and administrators.", Errors: []int{http.StatusNotFound},
	}, h.get)
	kit.Register(a, kit.Users, huma.Operation{
		OperationID: "get-timeline", Method: http.MethodGet, Path: "/orders/{id}/timeline", Summary: "Read an order's audit trail",
		Description: "Its events, oldest first. Administrators see those of deleted orders too.", Errors: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, h.timeline)
	kit.Register(a, kit.Users, huma.Operation{
		OperationID: "change-order", Method: http.MethodPut, Path: "/orders/{id}", Summary: "Change an order",
		Description: "The buyer may cancel; administrators may make any legal change of status, and change the buyer. Cancelling gives the stock back, once; re-opening takes it again. Fields that equal what is stored are no change; lines and total cannot change.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
	}, h.change)
	kit.Register(a, kit.Users, huma.Operation{
		OperationID: "delete-order", Method: http.MethodDelete, Path: "/orders/{id}", Summary: "Delete an order", DefaultStatus: http.StatusNoContent,
		Description: "The buyer may delete it while it is pending or cancelled; administrators always. The stock comes back unless the goods have left. The events stay.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
	}, h.delete)
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "list-order-deliveries", Method: http.MethodGet, Path: "/orders/{id}/deliveries", Summary: "List an order's deliveries",
		Description: "What webhooks were sent about it, newest first, with the attempts; also for a deleted order.",
		Errors:      []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, h.deliveries)
	registerImport(a, h)
	registerExport(a, h)
}

// reservedIDs are words of this API, which no order may be called.
var reservedIDs = []string{"analytics", "docs", "events", "export", "healthz", "import", "openapi.json", "readyz", "webhooks"}

type placeInput struct {
	kit.Idempotency
	Body placeBody
}

type placeBody struct {
	ID     string        `json:"id,omitempty" pattern:"^([A-Za-z0-9][A-Za-z0-9._-]{0,63})?$" patternDescription:"1 to 64 letters, digits, dots, dashes or underscores" doc:"The order's id; left out, the service makes one" example:"ORD-001"`
	UserID int64         `json:"user_id,omitempty" minimum:"1" doc:"The buyer; the caller if left out" example:"2"`
	Total  *kit.Money    `json:"total,omitempty" doc:"Checked against the sum of the lines" example:"20.00"`
	Status Status        `json:"status,omitempty" default:"pending" enum:"pending,processing,shipped,delivered,completed" doc:"Where it begins; users: pending only" example:"pending"`
	Items  []placedLines `json:"items" minItems:"1" maxItems:"100" doc:"The lines, no SKU twice"`
}

type placedLines struct {
	SKU      string     `json:"sku" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" patternDescription:"1 to 64 letters, digits, dots, dashes or underscores" doc:"Which item" example:"SKU-001"`
	Quantity int64      `json:"quantity" minimum:"1" maximum:"10000" doc:"How many" example:"2"`
	Price    *kit.Money `json:"price,omitempty" nullable:"true" doc:"The price of one; must be the catalogue's unless an administrator names it" example:"10.00"`
}

// Resolve implements huma.ResolverWithPath.
func (b *placeBody) Resolve(_ huma.Context, path *huma.PathBuffer) []error {
	if slices.Contains(reservedIDs, b.ID) {
		return []error{&huma.ErrorDetail{Location: path.With("id"), Message: "this word cannot be an order's id", Value: b.ID}}
	}
	seen := map[string]bool{}
	for _, l := range b.Items {
		if seen[l.SKU] {
			return []error{&huma.ErrorDetail{Location: path.With("items"), Message: "expected no SKU twice", Value: l.SKU}}
		}
		seen[l.SKU] = true
	}
	return nil
}

type placeOutput struct {
	Replayed string `header:"Idempotency-Replayed" doc:"true when the key was used before and this is the order it made, as it is now" example:"true"`
	Body     Order
}

func (h api) place(ctx context.Context, in *placeInput) (*placeOutput, error) {
	caller := kit.CallerFrom(ctx)
	if !caller.IsAdmin() {
		if in.Body.UserID != 0 && in.Body.UserID != caller.UserID {
			return nil, kit.Errorf(kit.Forbidden, "Only administrators order for others.")
		}
		if in.Body.Status != Pending {
			return nil, kit.Errorf(kit.Forbidden, "Only administrators choose the status of a new order.")
		}
	}
	req := request{ID: in.Body.ID, UserID: in.Body.UserID, Total: in.Body.Total, Status: in.Body.Status, Key: in.Key}
	for _, l := range in.Body.Items {
		req.Items = append(req.Items, line(l))
	}
	o, replayed, err := h.placer.place(ctx, caller, req)
	if err != nil {
		return nil, err
	}
	out := &placeOutput{Body: o}
	if replayed {
		out.Replayed = "true"
	}
	return out, nil
}

type listInput struct {
	kit.Page
	Status      Status `query:"status" enum:"pending,processing,shipped,delivered,completed,cancelled" doc:"Only orders with this status" example:"pending"`
	UserID      int64  `query:"user_id" minimum:"1" doc:"Only orders of this buyer" example:"2"`
	SKU         string `query:"sku" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" patternDescription:"a SKU" doc:"Only orders with a line of this item" example:"SKU-001"`
	CreatedFrom string `query:"created_from" maxLength:"40" doc:"Only orders placed at this time or later; a date or an RFC 3339 time" example:"2026-01-01"`
	CreatedTo   string `query:"created_to" maxLength:"40" doc:"Only orders placed at this time or earlier; a date means to its end" example:"2026-01-31"`
	Q           string `query:"q" maxLength:"64" doc:"Beginning of the order's id" example:"ORD-0"`
	Sort        Sort   `query:"sort" enum:"created_at,-created_at,updated_at,-updated_at,total,-total" doc:"What to sort by, the greatest first with a minus; left out, the newest order first, with q by id. What needs sorting, which is all but created_at without q, is refused for more than 10000 orders." example:"-total"`
}

func (h api) list(ctx context.Context, in *listInput) (*kit.List[Order], error) {
	caller := kit.CallerFrom(ctx)
	f := Filter{UserID: in.UserID, Status: in.Status, SKU: in.SKU, Prefix: in.Q, Sort: in.Sort}
	if !caller.IsAdmin() {
		f.Owner = caller.UserID
	}
	var err error
	if f.CreatedFrom, err = instant("query.created_from", in.CreatedFrom, 0, 0); err != nil {
		return nil, err
	}
	if f.CreatedTo, err = instant("query.created_to", in.CreatedTo, 24*time.Hour, time.Microsecond); err != nil {
		return nil, err
	}
	var after *Place
	var place Place
	if ok, err := in.After(&place); err != nil {
		return nil, err
	} else if ok {
		after = &place
	}
	orders, total, err := h.store.Orders(ctx, f, after, in.Skip, in.Limit)
	if err != nil {
		return nil, err
	}
	return kit.NewList(in.Page, orders, total, func(o Order) any { return placeOf(o, f.sort()) })
}

// instant reads a date or a time; "" is nil. The end of a range lies so much
// behind a date or a time as the database tells times apart.
func instant(location, text string, behindDate, behindTime time.Duration) (*time.Time, error) {
	if text == "" {
		return nil, nil
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		day = day.Add(behindDate)
		return &day, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil, kit.InvalidField(location, text, "expected a date such as 2026-01-31 or a time such as 2026-01-31T12:00:00Z")
	}
	t = t.Add(behindTime)
	return &t, nil
}

// OrderPath is the order an operation is about.
type OrderPath struct {
	ID string `path:"id" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" patternDescription:"1 to 64 letters, digits, dots, dashes or underscores" doc:"The order's id" example:"ORD-001"`
}

type orderOutput struct{ Body Order }

func (h api) get(ctx context.Context, in *OrderPath) (*orderOutput, error) {
	o, err := h.store.VisibleOrder(ctx, in.ID)
	if err == nil {
		err = checkOwner(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	return &orderOutput{o}, nil
}

func checkOwner(ctx context.Context, o Order) error {
	if caller := kit.CallerFrom(ctx); !caller.IsAdmin() && o.UserID != caller.UserID {
		return kit.Errorf(kit.Forbidden, "Order %s is not yours.", o.ID)
	}
	return nil
}

// own finds an order that the caller may see, with all that a change needs.
func (h api) own(ctx context.Context, id string) (Order, error) {
	o, err := h.store.Order(ctx, id)
	if err != nil {
		return Order{}, err
	}
	return o, checkOwner(ctx, o)
}

type timelineInput struct {
	OrderPath
	kit.Page
}

func (h api) timeline(ctx context.Context, in *timelineInput) (*kit.List[events.Event], error) {
	buyer, deleted, err := h.store.Buyer(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if caller := kit.CallerFrom(ctx); !caller.IsAdmin() {
		if deleted {
			return nil, kit.Errorf(kit.NotFound, "There is no order %s.", in.ID)
		}
		if buyer != caller.UserID {
			return nil, kit.Errorf(kit.Forbidden, "Order %s is not yours.", in.ID)
		}
	}
	var after numberKey
	if _, err := in.After(&after); err != nil {
		return nil, err
	}
	list, total, err := h.store.Timeline(ctx, in.ID, after.ID, in.Skip, in.Limit)
	if err != nil {
		return nil, err
	}
	return kit.NewList(in.Page, list, total, func(e events.Event) any { return numberKey{e.ID} })
}

func (h api) deliveries(ctx context.Context, in *timelineInput) (*kit.List[webhooks.Delivery], error) {
	if _, _, err := h.store.Buyer(ctx, in.ID); err != nil {
		return nil, err
	}
	return h.webhooks.OfOrder(ctx, in.ID, in.Page)
}

type changeInput struct {
	OrderPath
	Body struct {
		Status    Status        `json:"status,omitempty" enum:"pending,processing,shipped,delivered,completed,cancelled" doc:"The new status" example:"processing"`
		UserID    int64         `json:"user_id,omitempty" minimum:"1" doc:"The new buyer" example:"3"`
		Total     *kit.Money    `json:"total,omitempty" doc:"Must equal what is stored" example:"20.00"`
		Items     []placedLines `json:"items,omitempty" maxItems:"100" doc:"Must equal what is stored"`
		ID        kit.Ignored   `json:"id,omitempty"`
		CreatedAt kit.Ignored   `json:"created_at,omitempty"`
		UpdatedAt kit.Ignored   `json:"updated_at,omitempty"`
	}
}

func (h api) change(ctx context.Context, in *changeInput) (*orderOutput, error) {
	for {
		o, err := h.own(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		err = h.changeOrder(ctx, o, in)
		if errors.Is(err, errChanged) {
			continue // somebody was faster: look again at what stands there now
		}
		if err != nil {
			return nil, err
		}
		o, err = h.own(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return &orderOutput{o}, nil
	}
}

func (h api) changeOrder(ctx context.Context, o Order, in *changeInput) error {
	caller := kit.CallerFrom(ctx)
	if in.Body.Total != nil && !in.Body.Total.Equal(o.Total) {
		return kit.Errorf(kit.Conflict, "The total of an order cannot change.")
	}
	if in.Body.Items != nil && !slices.EqualFunc(in.Body.Items, o.Items, sameLine) {
		return kit.Errorf(kit.Conflict, "The lines of an order cannot change.")
	}
	c := Change{By: caller.UserID}
	if in.Body.Status != o.Status {
		c.Status = in.Body.Status
	}
	if in.Body.UserID != o.UserID {
		c.UserID = in.Body.UserID
	}
	if !caller.IsAdmin() && (c.UserID != 0 || (c.Status != "" && c.Status != Cancelled)) {
		return kit.Errorf(kit.Forbidden, "You may cancel your order; other changes are for administrators.")
	}
	if c.UserID != 0 {
		if err := h.placer.users.mayBuy(ctx, c.UserID, caller); err != nil {
			return err
		}
	}
	if o.Status == Cancelled && c.Status == Pending {
		return h.placer.reopen(ctx, caller, o, c)
	}
	dropped, err := h.store.Change(ctx, o, c)
	if err == nil && dropped.Valid {
		h.placer.settler.release(ctx, dropped.UUID)
	}
	return err
}

func sameLine(sent placedLines, stored Line) bool {
	return sent.SKU == stored.SKU && sent.Quantity == stored.Quantity && (sent.Price == nil || sent.Price.Equal(stored.Price))
}

func (h api) delete(ctx context.Context, in *OrderPath) (*struct{}, error) {
	caller := kit.CallerFrom(ctx)
	for {
		o, err := h.own(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		if !caller.IsAdmin() && o.Status != Pending && o.Status != Cancelled {
			return nil, kit.Errorf(kit.Conflict, "Order %s is %s; you can delete it only while it is pending or cancelled.", o.ID, o.Status)
		}
		dropped, err := h.store.Delete(ctx, o, caller.UserID)
		if errors.Is(err, errChanged) {
			continue
		}
		if err == nil && dropped.Valid {
			h.placer.settler.release(ctx, dropped.UUID)
		}
		return nil, err
	}
}
