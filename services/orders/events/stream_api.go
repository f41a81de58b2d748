package events

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"microdemo/kit"
)

// Register adds the operation of event streams.
func (h *Hub) Register(a *kit.API) {
	kit.Register(a, kit.Users, huma.Operation{
		OperationID: "stream-events", Method: http.MethodGet, Path: "/orders/events", Summary: "Follow what happens to orders",
		Description: "Server-sent events (WHATWG HTML): those of orders that the caller buys; for administrators, of all. " +
			"An event belongs to the buyer of the order right after it. Imported history is left out. " +
			"The data of an event is one line of JSON, an Event; its id resumes the stream without a gap, on every replica. " +
			"Comments and bare ids come every few seconds. The event reset means that the stream starts over: read again what you show. " +
			"The stream ends when the token does; open it again with a new one.",
		Errors: []int{http.StatusUnprocessableEntity, http.StatusTooManyRequests},
		Responses: map[string]*huma.Response{"200": {
			Description: "The events, as they happen: order.created, order.status_changed, order.updated, order.deleted, and reset",
			Content: map[string]*huma.MediaType{"text/event-stream": {
				Schema: &huma.Schema{
					Type: huma.TypeString, Description: "Events, each ended by an empty line",
					Examples: []any{"id: 42\nevent: order.status_changed\ndata: {\"id\":42,\"order_id\":\"ORD-001\",\"event_type\":\"status_changed\",\"description\":\"Status changed from pending to processing.\",\"old_value\":\"pending\",\"new_value\":\"processing\",\"user_id\":1,\"created_at\":\"2026-01-02T15:04:05Z\"}\n\n"},
				},
			}},
		}},
	}, h.stream)
}

type streamInput struct {
	LastEventID string `header:"Last-Event-ID" pattern:"^[0-9]{1,18}$" patternDescription:"the id of an event" doc:"The last event that was seen; later ones are repeated, up to 10000. Left out, the stream begins now" example:"41"`

	head bool
}

// Resolve implements huma.Resolver.
func (in *streamInput) Resolve(ctx huma.Context) []error {
	in.head = ctx.Method() == http.MethodHead
	return nil
}

type streamOutput struct{ Body func(huma.Context) }

// stream refuses, or answers with a stream that outlives the request. HEAD gets the
// header alone and does not count as a stream.
func (h *Hub) stream(ctx context.Context, in *streamInput) (*streamOutput, error) {
	caller := kit.CallerFrom(ctx)
	var seen *int64
	if in.LastEventID != "" {
		id, err := strconv.ParseInt(in.LastEventID, 10, 64)
		if err != nil {
			return nil, err // the pattern allows nothing that fails
		}
		seen = &id
	}
	select {
	case <-h.started:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if in.head {
		return &streamOutput{func(hc huma.Context) {
			setHeader(hc.SetHeader)
			hc.SetStatus(http.StatusOK)
		}}, nil
	}
	s, err := h.admit(caller)
	if err != nil {
		return nil, err
	}
	if err := h.locate(ctx, s, seen); err != nil {
		h.leave(s, endFailed)
		return nil, err
	}
	return &streamOutput{func(hc huma.Context) {
		_, w := humachi.Unwrap(hc)
		h.begin(s, w, caller)
	}}, nil
}
