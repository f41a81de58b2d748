package webhooks

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/oklog/ulid/v2"

	"microdemo/kit"
)

// Register adds the operations of webhooks and of their deliveries.
func (s *Sender) Register(a *kit.API) {
	s.registerEndpoints(a)
	s.registerDeliveries(a)
}

func (s *Sender) registerEndpoints(a *kit.API) {
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "create-webhook", Method: http.MethodPost, Path: "/orders/webhooks", Summary: "Register a webhook", DefaultStatus: http.StatusCreated,
		Description: "Every event from now on is sent to its address, as Standard Webhooks describes. The secret that verifies deliveries is in this answer and in no other.",
		Errors:      []int{http.StatusConflict},
	}, s.create)
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "list-webhooks", Method: http.MethodGet, Path: "/orders/webhooks", Summary: "List webhooks",
		Description: "By number, those of WEBHOOK_URLS included.", Errors: []int{http.StatusUnprocessableEntity},
	}, s.list)
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "delete-webhook", Method: http.MethodDelete, Path: "/orders/webhooks/{id}", Summary: "Delete a webhook", DefaultStatus: http.StatusNoContent,
		Description: "Nothing more is sent to it, not even what is queued.", Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, s.delete)
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "test-webhook", Method: http.MethodPost, Path: "/orders/webhooks/{id}/test", Summary: "Test a webhook",
		Description: "Sends a signed message of type webhook.test and answers with the result. A success enables a disabled webhook again, and what was queued is sent.",
		Errors:      []int{http.StatusNotFound},
	}, s.testOne)
}

type createWebhookInput struct {
	Body struct {
		URL    string   `json:"url" minLength:"1" maxLength:"2048" doc:"Where to post to: http or https, a public address" example:"https://example.com/hooks"`
		Events []string `json:"events,omitempty" minItems:"1" maxItems:"4" uniqueItems:"true" enum:"order.created,order.status_changed,order.updated,order.deleted" doc:"The types of events to send; all if left out" example:"[\"order.created\"]"`
	}
}

type createWebhookOutput struct{ Body NewEndpoint }

// NewEndpoint is an endpoint with its secret, which is answered once.
type NewEndpoint struct {
	Endpoint
	Secret string `json:"secret" doc:"Verifies deliveries; it is not shown again" example:"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"`
}

func (s *Sender) create(ctx context.Context, in *createWebhookInput) (*createWebhookOutput, error) {
	if broken := checkTarget(in.Body.URL, s.settings.AllowPrivate); broken != nil {
		return nil, kit.InvalidFields(*broken)
	}
	types := in.Body.Events
	if types == nil {
		types = slices.Clone(eventNames)
	}
	secret := newSecret()
	e, err := s.store.addEndpoint(ctx, in.Body.URL, types, secret)
	if err != nil {
		return nil, err
	}
	return &createWebhookOutput{NewEndpoint{e, secret}}, nil
}

type idCursor struct {
	ID int64 `json:"id"`
}

type listInput struct{ kit.Page }

func (s *Sender) list(ctx context.Context, in *listInput) (*kit.List[Endpoint], error) {
	var after idCursor
	if _, err := in.After(&after); err != nil {
		return nil, err
	}
	endpoints, total, err := s.store.endpoints(ctx, after.ID, in.Skip, in.Limit)
	if err != nil {
		return nil, err
	}
	return kit.NewList(in.Page, endpoints, total, func(e Endpoint) any { return idCursor{e.ID} })
}

// WebhookPath is the webhook an operation is about.
type WebhookPath struct {
	ID int64 `path:"id" minimum:"1" doc:"The webhook's number" example:"1"`
}

func (s *Sender) delete(ctx context.Context, in *WebhookPath) (*struct{}, error) {
	return nil, s.store.deleteEndpoint(ctx, in.ID)
}

// TestResult is the result of testing a webhook.
type TestResult struct {
	ID        string  `json:"id" doc:"The webhook-id that was sent" example:"msg_test_01M81Q6A7PNDHKYW2BMEDDRZ6B"`
	Delivered bool    `json:"delivered" doc:"Whether the receiver answered with a 2xx status" example:"true"`
	Code      *int    `json:"code" nullable:"true" doc:"The HTTP status of the answer" example:"200"`
	MS        int64   `json:"ms" doc:"How long it took, in milliseconds" example:"12"`
	Error     *string `json:"error" nullable:"true" doc:"Why it failed" example:"The receiver answered 500."`
}

type testOutput struct{ Body TestResult }

func (s *Sender) testOne(ctx context.Context, in *WebhookPath) (*testOutput, error) {
	t, err := s.store.target(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	id := "msg_test_" + ulid.Make().String()
	r, err := s.test(ctx, t, id)
	if err != nil {
		return nil, err
	}
	out := &testOutput{TestResult{ID: id, Delivered: r.Reason == "", MS: r.Took.Milliseconds()}}
	if r.Code != 0 {
		out.Body.Code = &r.Code
	}
	if r.Reason != "" {
		out.Body.Error = &r.Reason
	}
	return out, nil
}
