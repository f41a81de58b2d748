package kit

import (
	"context"
	"log/slog"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// A request may outlast the usual time, such as the transfer of a file. Its handler
// takes care of itself with what follows; ctx is always the request's.

// ExtendRequest replaces the usual time of a request by limit. Its context also ends
// when the client leaves.
func ExtendRequest(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	client := requestInfoFrom(ctx).client
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	stop := context.AfterFunc(client, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

// recheckInterval is how often a caller is checked again during a transfer.
const recheckInterval = 2 * time.Second

// Recheck checks again, each time it is called, that the caller still has access; it
// skips calls that come sooner than recheckInterval, unless now is true. changes
// reports whether the request changes anything.
func Recheck(ctx context.Context, changes bool) func(now bool) error {
	api, caller, last := requestInfoFrom(ctx).api, CallerFrom(ctx), time.Now()
	return func(now bool) error {
		if !now && time.Since(last) < recheckInterval {
			return nil
		}
		last = time.Now()
		return api.checkCaller(ctx, caller, changes)
	}
}

// Refuse answers a request with the problem that err is, for output that huma does
// not write.
func Refuse(ctx huma.Context, err error) { requestInfoFrom(ctx.Context()).api.refuse(ctx, err) }

// Aborted logs that an answer was cut short. It is a warning, unless the client left.
func Aborted(ctx context.Context, what string, err error) {
	level := slog.LevelWarn
	if clientLeft(ctx) {
		level = slog.LevelInfo
	}
	requestInfoFrom(ctx).api.log.Log(ctx, level, what, "error", err, "request_id", RequestID(ctx))
}
