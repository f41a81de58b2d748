package orders

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gofrs/uuid/v5"
	"github.com/hashicorp/golang-lru/v2/expirable"

	"microdemo/kit"
)

// buyerLife is how long a user who may buy is remembered: as short as it can be
// and still save calls.
const buyerLife = 2 * time.Second

// usersClient asks the users service who may buy.
type usersClient struct {
	client *kit.Client
	buyers *expirable.LRU[int64, struct{}]
}

func newUsersClient(base string, tokens *kit.Tokens) *usersClient {
	return &usersClient{
		client: kit.NewClient("users", base, "orders", tokens),
		buyers: expirable.NewLRU[int64, struct{}](10_000, nil, buyerLife),
	}
}

// mayBuy is nil if the user exists and is active; otherwise an error for the
// caller, who orders for that user.
func (c *usersClient) mayBuy(ctx context.Context, userID int64, caller kit.Caller) error {
	if c.buyers.Contains(userID) {
		return nil
	}
	var user struct {
		IsActive bool `json:"is_active"`
	}
	err := c.client.Call(ctx, http.MethodGet, fmt.Sprintf("/users/%d", userID), nil, &user)
	switch {
	case kit.IsKind(err, kit.NotFound) && userID == caller.UserID:
		return kit.Errorf(kit.Forbidden, "Your account does not exist any more.")
	case kit.IsKind(err, kit.NotFound):
		return kit.InvalidField("body.user_id", userID, "there is no such user")
	case err != nil:
		return err
	case !user.IsActive && userID == caller.UserID:
		return kit.Errorf(kit.Forbidden, "Your account is deactivated.")
	case !user.IsActive:
		return kit.InvalidField("body.user_id", userID, "this user is deactivated")
	}
	c.buyers.Add(userID, struct{}{})
	return nil
}

// reservation is what is asked of inventory for one attempt to place one order.
type reservation struct {
	ID              uuid.UUID  `json:"id"`
	OrderID         string     `json:"order_id"`
	Items           []line     `json:"items"`
	CheckPrices     bool       `json:"check_prices"`
	AllowNamedPrice bool       `json:"allow_named_price"`
	Total           *kit.Money `json:"total,omitempty"`
}

type line struct {
	SKU      string     `json:"sku"`
	Quantity int64      `json:"quantity"`
	Price    *kit.Money `json:"price,omitempty"`
}

// outcome is what inventory answers for one reservation.
type outcome struct {
	ID      uuid.UUID     `json:"id"`
	Status  int           `json:"status"`
	OrderID string        `json:"order_id"`
	Items   []line        `json:"items"`
	Errors  []lineProblem `json:"errors"`
}

type lineProblem struct {
	SKU       string     `json:"sku"`
	Reason    string     `json:"reason"`
	Available int64      `json:"available"`
	Requested int64      `json:"requested"`
	Price     *kit.Money `json:"price"`
}

// inventoryClient asks the inventory service for stock and gives it back.
// Reservations of many orders travel together.
type inventoryClient struct {
	client *kit.Client
	batch  *kit.Batcher[reservation, outcome]
}

func newInventoryClient(base string, tokens *kit.Tokens) *inventoryClient {
	c := &inventoryClient{client: kit.NewClient("inventory", base, "orders", tokens)}
	c.batch = kit.NewBatcher(128, c.reserveTogether)
	return c
}

// errNotSent means that a reservation never left this process.
var errNotSent = errors.New("not sent")

// reserve asks for stock. Errors other than errNotSent leave open whether the
// reservation was made.
func (c *inventoryClient) reserve(ctx context.Context, r reservation) (outcome, error) {
	o, started, err := c.batch.Do(ctx, r)
	if err == nil && o.Status == http.StatusServiceUnavailable {
		err = errors.New("reserve: inventory could not serve this reservation")
	}
	if err == nil {
		return o, nil
	}
	away := &kit.Error{
		Kind: kit.Unavailable, Message: "The inventory service does not answer right now; try again.",
		RetryAfter: 2 * time.Second, Cause: err,
	}
	if !started {
		away.Cause = errNotSent
	}
	return outcome{}, away
}

// reserveTogether is one round of the batch; it has a time-out of its own.
func (c *inventoryClient) reserveTogether(batch []reservation) (outcomes []outcome, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), kit.CallTimeout)
	defer cancel()
	err = c.client.Call(ctx, http.MethodPost, "/inventory/reservations", batch, &outcomes)
	return outcomes, err
}

// release gives the stock of reservations back, however often it is called.
func (c *inventoryClient) release(ctx context.Context, ids []uuid.UUID) error {
	return c.client.Call(ctx, http.MethodPost, "/inventory/reservations/releases", map[string]any{"ids": ids}, nil)
}

// confirm tells inventory that the orders of these reservations exist.
func (c *inventoryClient) confirm(ctx context.Context, ids []uuid.UUID) error {
	return c.client.Call(ctx, http.MethodPost, "/inventory/reservations/confirmations", map[string]any{"ids": ids}, nil)
}

// unconfirmed is a reservation inventory does not know the order of.
type unconfirmed struct {
	ID      uuid.UUID `json:"id"`
	OrderID string    `json:"order_id"`
}

// unconfirmedFor lists the oldest 500 reservations older than age. What is
// settled leaves the list, so asking again goes on.
func (c *inventoryClient) unconfirmedFor(ctx context.Context, age time.Duration) (page []unconfirmed, err error) {
	query := url.Values{"unconfirmed_for": {age.String()}}
	err = c.client.Call(ctx, http.MethodGet, "/inventory/reservations?"+query.Encode(), nil, &page)
	return page, err
}

// createMissing has inventory create an item without stock for each of up to
// 1000 SKUs that has none, and lists these; with dryRun it only lists them.
func (c *inventoryClient) createMissing(ctx context.Context, skus []string, dryRun bool) ([]string, error) {
	var answer struct {
		Created []string `json:"created"`
	}
	path := fmt.Sprintf("/inventory/reservations/items?dry_run=%t", dryRun)
	err := c.client.Call(ctx, http.MethodPost, path, map[string]any{"skus": skus}, &answer)
	if err != nil && !kit.IsUnavailable(err) { // a replica of the version before does not know this call
		err = &kit.Error{
			Kind: kit.Unavailable, Message: "The inventory service cannot create items right now; try again.",
			RetryAfter: 2 * time.Second, Cause: err,
		}
	}
	return answer.Created, err
}
