package orders

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/oklog/ulid/v2"

	"microdemo/kit"
)

type webhooksAPI struct {
	store  *Store
	sender *sender
}

func registerWebhooks(a *kit.API, store *Store, s *sender) {
	h := webhooksAPI{store, s}
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "create-webhook", Method: http.MethodPost, Path: "/orders/webhooks", Summary: "Add a webhook", DefaultStatus: http.StatusCreated,
		Description: "Has an address be told of every event from now on, as Standard Webhooks has it. The secret that verifies deliveries is in this answer and in no other.",
		Errors:      []int{http.StatusConflict},
	}, h.create)
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "list-webhooks", Method: http.MethodGet, Path: "/orders/webhooks", Summary: "List webhooks",
		Description: "By number, those of WEBHOOK_URLS included.", Errors: []int{http.StatusUnprocessableEntity},
	}, h.list)
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "delete-webhook", Method: http.MethodDelete, Path: "/orders/webhooks/{id}", Summary: "Delete a webhook", DefaultStatus: http.StatusNoContent,
		Description: "Nothing more is sent to it, also of what is queued.", Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, h.delete)
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "test-webhook", Method: http.MethodPost, Path: "/orders/webhooks/{id}/test", Summary: "Test a webhook",
		Description: "Sends a signed message of type webhook.test and answers how that went. If it went well, a disabled webhook is enabled again, and what was queued is sent.",
		Errors:      []int{http.StatusNotFound},
	}, h.test)
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "list-deliveries", Method: http.MethodGet, Path: "/orders/webhooks/{id}/deliveries", Summary: "List a webhook's deliveries",
		Description: "Newest first, with the attempts that were made.", Errors: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, h.deliveries)
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "list-order-deliveries", Method: http.MethodGet, Path: "/orders/{id}/deliveries", Summary: "List an order's deliveries",
		Description: "What webhooks were told of it, newest first, with the attempts that were made; also of a deleted order.",
		Errors:      []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, h.ofOrder)
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "redeliver", Method: http.MethodPost, Path: "/orders/webhooks/deliveries/{id}/redeliver", Summary: "Send a delivery again", DefaultStatus: http.StatusAccepted,
		Description: "Queues it with all its attempts. One that is parked lets go what stands behind it once it has arrived.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
	}, h.redeliver)
}

type createWebhookInput struct {
	Body struct {
		URL    string   `json:"url" minLength:"1" maxLength:"2048" doc:"Where to post to: http or https, a public address" example:"https://example.com/hooks"`
		Events []string `json:"events,omitempty" minItems:"1" maxItems:"4" uniqueItems:"true" enum:"order.created,order.status_changed,order.updated,order.deleted" doc:"What to be told of; all if left out" example:"[\"order.created\"]"`
	}
}

type createWebhookOutput struct{ Body NewEndpoint }

// NewEndpoint is an endpoint with its secret, as it is answered once.
type NewEndpoint struct {
	Endpoint
	Secret string `json:"secret" doc:"Verifies deliveries; it is not shown again" example:"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"`
}

func (h webhooksAPI) create(ctx context.Context, in *createWebhookInput) (*createWebhookOutput, error) {
	if err := checkTarget(in.Body.URL, h.sender.settings.WebhookAllowPrivate); err != nil {
		return nil, kit.InvalidField("body.url", nil, "%s", err)
	}
	events := in.Body.Events
	if events == nil {
		events = slices.Clone(webhookEvents)
	}
	secret := newSecret()
	e, err := h.store.AddEndpoint(ctx, in.Body.URL, events, secret)
	if err != nil {
		return nil, err
	}
	return &createWebhookOutput{NewEndpoint{e, secret}}, nil
}

type numberKey struct {
	ID int64 `json:"id"`
}

type listWebhooksInput struct{ kit.Page }

func (h webhooksAPI) list(ctx context.Context, in *listWebhooksInput) (*kit.List[Endpoint], error) {
	var after numberKey
	if _, err := in.After(&after); err != nil {
		return nil, err
	}
	endpoints, total, err := h.store.Endpoints(ctx, after.ID, in.Skip, in.Limit)
	if err != nil {
		return nil, err
	}
	return kit.NewList(in.Page, endpoints, total, func(e Endpoint) any { return numberKey{e.ID} })
}

// WebhookPath is the webhook an operation is about.
type WebhookPath struct {
	ID int64 `path:"id" minimum:"1" doc:"The webhook's number" example:"1"`
}

func (h webhooksAPI) delete(ctx context.Context, in *WebhookPath) (*struct{}, error) {
	return nil, h.store.DeleteEndpoint(ctx, in.ID)
}

// TestResult is how a test of a webhook went.
type TestResult struct {
	ID        string  `json:"id" doc:"The webhook-id that was sent" example:"msg_test_01M81Q6A7PNDHKYW2BMEDDRZ6B"`
	Delivered bool    `json:"delivered" doc:"Whether the receiver answered with a 2xx status" example:"true"`
	Code      *int    `json:"code" nullable:"true" doc:"The HTTP status of the answer" example:"200"`
	MS        int64   `json:"ms" doc:"How long it took, in milliseconds" example:"12"`
	Error     *string `json:"error" nullable:"true" doc:"Why it failed" example:"The receiver answered 500."`
}

type testWebhookOutput struct{ Body TestResult }

func (h webhooksAPI) test(ctx context.Context, in *WebhookPath) (*testWebhookOutput, error) {
	t, err := h.store.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	id := "msg_test_" + ulid.Make().String()
	r, err := h.sender.test(ctx, t, id)
	if err != nil {
		return nil, err
	}
	out := &testWebhookOutput{TestResult{ID: id, Delivered: r.Reason == "", MS: r.Took.Milliseconds()}}
	if r.Code != 0 {
		out.Body.Code = &r.Code
	}
	if r.Reason != "" {
		out.Body.Error = &r.Reason
	}
	return out, nil
}

type deliveriesInput struct {
	WebhookPath
	kit.Page
	Parked bool `query:"parked" doc:"Only those that were given up; what stands behind them is left out" example:"true"`
}

func (h webhooksAPI) deliveries(ctx context.Context, in *deliveriesInput) (*kit.List[Delivery], error) {
	var before numberKey
	if _, err := in.After(&before); err != nil {
		return nil, err
	}
	list, total, err := h.store.Deliveries(ctx, in.ID, before.ID, in.Parked, in.Skip, in.Limit)
	if err != nil {
		return nil, err
	}
	return kit.NewList(in.Page, list, total, func(d Delivery) any { return numberKey{d.EventID} })
}

type orderDeliveriesInput struct {
	OrderPath
	kit.Page
}

type deliveryPlace struct {
	Event   int64 `json:"event"`
	Webhook int64 `json:"webhook"`
}

func (h webhooksAPI) ofOrder(ctx context.Context, in *orderDeliveriesInput) (*kit.List[Delivery], error) {
	var before deliveryPlace
	if _, err := in.After(&before); err != nil {
		return nil, err
	}
	list, total, err := h.store.DeliveriesOfOrder(ctx, in.ID, before, in.Skip, in.Limit)
	if err != nil {
		return nil, err
	}
	return kit.NewList(in.Page, list, total, func(d Delivery) any { return deliveryPlace{d.EventID, d.WebhookID} })
}

type redeliverInput struct {
	ID string `path:"id" pattern:"^msg_[1-9][0-9]{0,17}_[1-9][0-9]{0,17}$" patternDescription:"the webhook-id of a delivery" doc:"The delivery's id" example:"msg_1_42"`
}

type redeliverOutput struct{ Body Delivery }

func (h webhooksAPI) redeliver(ctx context.Context, in *redeliverInput) (*redeliverOutput, error) {
	endpoint, event, err := parseDeliveryID(in.ID)
	if err != nil {
		return nil, kit.InvalidField("path.id", in.ID, "expected the webhook-id of a delivery")
	}
	d, err := h.store.Redeliver(ctx, endpoint, event)
	if err != nil {
		return nil, err
	}
	return &redeliverOutput{d}, nil
}
