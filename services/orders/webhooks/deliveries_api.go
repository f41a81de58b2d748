package webhooks

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"microdemo/kit"
)

func (s *Sender) registerDeliveries(a *kit.API) {
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "list-deliveries", Method: http.MethodGet, Path: "/orders/webhooks/{id}/deliveries", Summary: "List a webhook's deliveries",
		Description: "Newest first, with their attempts.", Errors: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.deliveries)
	kit.Register(a, kit.Admins, huma.Operation{
		OperationID: "redeliver", Method: http.MethodPost, Path: "/orders/webhooks/deliveries/{id}/redeliver", Summary: "Send a delivery again", DefaultStatus: http.StatusAccepted,
		Description: "Queues it with all its attempts. Once a parked one has arrived, those that wait for it follow.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict},
	}, s.redeliver)
}

type deliveriesInput struct {
	WebhookPath
	kit.Page
	Parked bool `query:"parked" doc:"Only those that were given up; those that wait for them are left out" example:"true"`
}

func (s *Sender) deliveries(ctx context.Context, in *deliveriesInput) (*kit.List[Delivery], error) {
	var before idCursor
	if _, err := in.After(&before); err != nil {
		return nil, err
	}
	list, total, err := s.store.deliveries(ctx, in.ID, before.ID, in.Parked, in.Skip, in.Limit)
	if err != nil {
		return nil, err
	}
	return kit.NewList(in.Page, list, total, func(d Delivery) any { return idCursor{d.EventID} })
}

type deliveryCursor struct {
	Event   int64 `json:"event"`
	Webhook int64 `json:"webhook"`
}

// OfOrder lists the deliveries of an order's events, newest first.
func (s *Sender) OfOrder(ctx context.Context, orderID string, page kit.Page) (*kit.List[Delivery], error) {
	var before deliveryCursor
	if _, err := page.After(&before); err != nil {
		return nil, err
	}
	list, total, err := s.store.deliveriesOfOrder(ctx, orderID, before, page.Skip, page.Limit)
	if err != nil {
		return nil, err
	}
	return kit.NewList(page, list, total, func(d Delivery) any { return deliveryCursor{d.EventID, d.WebhookID} })
}

type redeliverInput struct {
	ID string `path:"id" pattern:"^msg_[1-9][0-9]{0,17}_[1-9][0-9]{0,17}$" patternDescription:"the webhook-id of a delivery" doc:"The delivery's id" example:"msg_1_42"`
}

type redeliverOutput struct{ Body Delivery }

func (s *Sender) redeliver(ctx context.Context, in *redeliverInput) (*redeliverOutput, error) {
	endpoint, event, err := parseDeliveryID(in.ID)
	if err != nil {
		return nil, err // the pattern allows nothing that fails
	}
	d, err := s.store.redeliver(ctx, endpoint, event)
	if err != nil {
		return nil, err
	}
	s.worker.Wake()
	return &redeliverOutput{d}, nil
}
