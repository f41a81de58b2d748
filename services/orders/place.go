package orders

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gofrs/uuid/v5"
	"github.com/oklog/ulid/v2"
	"github.com/sethvargo/go-retry"

	"microdemo/kit"
)

// request is an order as a caller asks for it.
type request struct {
	ID     string
	UserID int64 // the buyer; 0 for the caller
	Total  *kit.Money
	Status Status
	Items  []line
	Key    string // Idempotency-Key, "" for none
}

// hash is the same for the same request, whatever its key.
func (r request) hash() []byte {
	r.Key = ""
	raw, err := json.Marshal(r)
	if err != nil {
		panic(err) // a struct of texts and numbers always has JSON
	}
	sum := sha256.Sum256(raw)
	return sum[:]
}

// placer places orders: reserve, then record. Two commits, one hop; whatever
// fails in between is decided about by the unique key of holds.
type placer struct {
	store     *Store
	users     *usersClient
	inventory *inventoryClient
	settler   *settler
	recorder  *kit.Batcher[newOrder, time.Time]

	mu      sync.Mutex
	running map[string]bool // Idempotency-Keys of requests under way in this process
}

func newPlacer(store *Store, users *usersClient, inventory *inventoryClient, s *settler) *placer {
	p := &placer{store: store, users: users, inventory: inventory, settler: s, running: map[string]bool{}}
	p.recorder = kit.NewBatcher(128, p.recordTogether)
	return p
}

// place makes the order that caller asks for. replayed means that it was made
// before, with the same Idempotency-Key.
func (p *placer) place(ctx context.Context, caller kit.Caller, req request) (o Order, replayed bool, err error) {
	if req.UserID == 0 {
		req.UserID = caller.UserID
	}
	if req.Key != "" {
		leave, err := p.enter(caller.UserID, req.Key)
		if err != nil {
			return Order{}, false, err
		}
		defer leave()
		if o, found, err := p.replay(ctx, caller, req); found || err != nil {
			return o, found, err
		}
	}
	if req.ID != "" {
		if taken, err := p.store.IDTaken(ctx, req.ID); err != nil {
			return Order{}, false, err
		} else if taken {
			return p.taken(ctx, caller, req)
		}
	}
	if err := p.users.mayBuy(ctx, req.UserID, caller); err != nil {
		return Order{}, false, err
	}

	// From here on what was begun is brought to its end, whether or not the
	// client still waits.
	ctx = context.WithoutCancel(ctx)
	r, o, err := p.reserve(ctx, caller, req)
	if err == nil {
		o, err = p.record(ctx, newOrder{Order: o, Reservation: r.ID, By: caller.UserID, Key: req.Key, Hash: req.hash()})
	}
	if err == nil || r.ID.IsNil() {
		return o, false, err
	}
	o, replayed, err = p.decide(ctx, caller, r, err)
	return o, replayed && req.Key != "", err
}

// taken answers a request for an id that is taken. With a key, the order may be
// the caller's own, recorded by another replica since it was looked up.
func (p *placer) taken(ctx context.Context, caller kit.Caller, req request) (Order, bool, error) {
	if req.Key != "" {
		if o, found, err := p.replay(ctx, caller, req); found || err != nil {
			return o, found, err
		}
	}
	return Order{}, false, errIDTaken(req.ID)
}

// enter claims an Idempotency-Key for a request. Replicas need no such claim:
// there, duplicates share one reservation, and with it one order.
func (p *placer) enter(owner int64, key string) (leave func(), err error) {
	claim := fmt.Sprint(owner, " ", key)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running[claim] {
		return nil, kit.Errorf(kit.Conflict, "A request with this Idempotency-Key is still running.")
	}
	p.running[claim] = true
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.running, claim)
	}, nil
}

// replay finds the order that the caller made with the key of req before.
func (p *placer) replay(ctx context.Context, caller kit.Caller, req request) (o Order, found bool, err error) {
	o, err = p.store.OrderOfKey(ctx, caller.UserID, req.Key)
	switch {
	case kit.IsNoRows(err):
		return Order{}, false, nil
	case err != nil:
		return Order{}, false, err
	case !bytes.Equal(o.IdemHash, req.hash()):
		return Order{}, false, kit.InvalidField("header.Idempotency-Key", nil, "this key was used for another order")
	}
	return o, true, stillTheirs(caller, o)
}

// stillTheirs refuses to show an order that was placed, but has gone since: it
// was deleted, or an administrator gave it to another buyer.
func stillTheirs(caller kit.Caller, o Order) error {
	switch {
	case o.DeletedAt != nil:
		return kit.Errorf(kit.Conflict, "This order was placed, and has been deleted since.")
	case o.UserID != caller.UserID && !caller.IsAdmin():
		return kit.Errorf(kit.Conflict, "This order was placed, and has been given to another buyer since.")
	}
	return nil
}

// reserve takes the stock for req. When r has an id, a reservation may exist
// and must be decided about, whatever err says.
func (p *placer) reserve(ctx context.Context, caller kit.Caller, req request) (r reservation, o Order, err error) {
	ctx, cancel := context.WithTimeout(ctx, kit.CallTimeout)
	defer cancel()
	r = reservation{OrderID: req.ID, Items: req.Items, CheckPrices: true, AllowNamedPrice: caller.IsAdmin(), Total: req.Total}
	if r.OrderID == "" {
		r.OrderID = "ORD-" + ulid.Make().String()
	}
	got := outcome{Status: http.StatusGone}
	for attempt := 0; got.Status == http.StatusGone; attempt++ {
		if attempt, err = p.attempt(ctx, caller, req, attempt); err != nil {
			return reservation{}, Order{}, err
		}
		r.ID = reservationID(caller, req, attempt)
		got, err = p.inventory.reserve(ctx, r)
		if errors.Is(err, errNotSent) {
			return reservation{}, Order{}, err
		}
		if err != nil {
			return r, Order{}, err
		}
	}
	if got.Status != http.StatusCreated && got.Status != http.StatusOK {
		return reservation{}, Order{}, refusal(req.Items, got.Errors) // a refusal stores nothing
	}
	r.OrderID = got.OrderID // a duplicate's reservation has the id the first one chose
	o = Order{ID: got.OrderID, UserID: req.UserID, Status: req.Status}
	for _, l := range got.Items {
		o.Items = append(o.Items, Line{l.SKU, l.Quantity, *l.Price})
		o.Total = o.Total.Plus(l.Price.Times(l.Quantity))
	}
	return r, o, nil
}

// attempt is the number of the first attempt, from this one on, that was not
// given up. Only a request whose first attempts failed has to look.
func (p *placer) attempt(ctx context.Context, caller kit.Caller, req request, from int) (int, error) {
	const chunk = 256
	for from > 0 && req.Key != "" {
		ids := make([]uuid.UUID, chunk)
		for i := range ids {
			ids[i] = reservationID(caller, req, from+i)
		}
		over, err := p.store.Decided(ctx, ids)
		if err != nil {
			return 0, err
		}
		if i := slices.IndexFunc(ids, func(id uuid.UUID) bool { return !over[id] }); i >= 0 {
			return from + i, nil
		}
		from += chunk
	}
	return from, nil
}

// reservationID makes duplicates of one request share one reservation: with an
// Idempotency-Key it follows from caller, key, body and attempt, as a version 8
// UUID (RFC 9562, section 5.8). Without a key it is random.
func reservationID(caller kit.Caller, req request, attempt int) uuid.UUID {
	if req.Key == "" {
		return uuid.Must(uuid.NewV7())
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %x %x %d", caller.UserID, caller.Role, req.Key, req.hash(), attempt))
	id := uuid.UUID(sum[:16])
	id.SetVersion(8)
	id.SetVariant(uuid.VariantRFC9562)
	return id
}

// refusal turns what inventory refused into the answer for the caller, by line.
func refusal(items []line, problems []lineProblem) error {
	if len(problems) == 0 {
		return errors.New("inventory refused a reservation without saying why")
	}
	e := &kit.Error{Kind: kit.Conflict}
	for _, p := range problems {
		if p.Reason == "total" {
			return kit.InvalidField("body.total", nil, "expected the sum of the lines, %s", p.Price)
		}
		i := slices.IndexFunc(items, func(l line) bool { return l.SKU == p.SKU })
		f := kit.FieldError{Location: fmt.Sprintf("body.items[%d].sku", i), Value: p.SKU}
		switch {
		case p.Reason == "missing":
			f.Message = fmt.Sprintf("There is no item %s", p.SKU)
		case p.Reason == "short":
			f.Location = fmt.Sprintf("body.items[%d].quantity", i)
			f.Message = fmt.Sprintf("There is not enough stock of %s: %d available, %d requested", p.SKU, p.Available, p.Requested)
			f.Value = p.Requested
		case p.Price == nil:
			f.Location = fmt.Sprintf("body.items[%d].price", i)
			f.Message = fmt.Sprintf("Item %s has no price; an administrator has to name one", p.SKU)
		default:
			f.Location = fmt.Sprintf("body.items[%d].price", i)
			f.Message = fmt.Sprintf("The price of %s is %s", p.SKU, p.Price)
			f.Value = p.Price.String()
		}
		e.Fields = append(e.Fields, f)
	}
	e.Message = e.Fields[0].Message + "."
	return e
}

// record writes the order; many callers' orders share a commit.
func (p *placer) record(ctx context.Context, o newOrder) (Order, error) {
	ctx, cancel := context.WithTimeout(ctx, kit.CallTimeout)
	defer cancel()
	created, _, err := p.recorder.Do(ctx, o)
	o.CreatedAt, o.UpdatedAt = created, created
	return o.Order, err
}

// recordTogether is one round of the batch; it has a time-out of its own.
func (p *placer) recordTogether(batch []newOrder) ([]time.Time, error) {
	ctx, cancel := context.WithTimeout(context.Background(), kit.CallTimeout)
	defer cancel()
	return p.store.Record(ctx, batch)
}

// decide settles a reservation whose order failed with cause, or may have: it
// is void unless an order holds it, and then that order is the answer.
func (p *placer) decide(ctx context.Context, caller kit.Caller, r reservation, cause error) (Order, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, kit.CallTimeout)
	defer cancel()
	var held bool
	var o Order
	err := retry.Do(ctx, retry.NewConstant(100*time.Millisecond), func(ctx context.Context) error {
		all, err := p.store.Decide(ctx, []hold{{r.ID, r.OrderID}})
		if held = all[r.ID]; held && err == nil {
			o, err = p.store.OrderOfReservation(ctx, r.ID)
		}
		return retry.RetryableError(err)
	})
	switch {
	case err != nil: // reconciliation will decide
		return Order{}, false, &kit.Error{
			Kind: kit.Unavailable, Message: "It is not known whether the order was placed; look for it before trying again.",
			RetryAfter: 5 * time.Second, Cause: errors.Join(cause, err),
		}
	case held:
		return o, kit.IsUnique(cause, "holds_pkey"), stillTheirs(caller, o)
	}
	if kit.IsUnavailable(cause) {
		p.settler.releaser.Wake() // inventory may be what does not answer: not worth waiting for
	} else {
		p.settler.release(ctx, r.ID)
	}
	switch {
	case kit.IsUnique(cause, "orders_pkey"):
		return Order{}, false, errIDTaken(r.OrderID)
	case kit.IsUnique(cause, "orders_idem_key"):
		return Order{}, false, kit.InvalidField("header.Idempotency-Key", nil, "this key was used for another order")
	case kit.IsUnique(cause, "holds_pkey"):
		return Order{}, false, &kit.Error{
			Kind: kit.Unavailable, Message: "Placing the order took too long, and its stock was given back; try again.", Cause: cause,
		}
	}
	return Order{}, false, cause
}

func errIDTaken(id string) error {
	return &kit.Error{
		Kind: kit.Conflict, Message: fmt.Sprintf("The order id %s is taken.", id),
		Fields: []kit.FieldError{{Location: "body.id", Message: "this id is taken", Value: id}},
	}
}
