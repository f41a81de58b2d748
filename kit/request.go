package kit

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/oklog/ulid/v2"
)

// requestInfo is what the layers of one request tell each other.
type requestInfo struct {
	id        string
	caller    Caller // once authenticated
	api       *API
	client    context.Context // ends when the client leaves, and at no other time
	peer      string          // who made the connection
	forwarded []string        // the X-Forwarded-For that came over it
}

type requestInfoKey struct{}

func requestInfoFrom(ctx context.Context) *requestInfo {
	info, _ := ctx.Value(requestInfoKey{}).(*requestInfo)
	return info
}

// RequestID returns the id of the request that ctx belongs to, or "".
func RequestID(ctx context.Context) string {
	if info := requestInfoFrom(ctx); info != nil {
		return info.id
	}
	return ""
}

var requestIDs = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// RequestIDOf returns the id that a client gave its request in X-Request-ID, if it
// is a valid one, otherwise a new one.
func RequestIDOf(r *http.Request) string {
	if id := r.Header.Get("X-Request-ID"); requestIDs.MatchString(id) {
		return id
	}
	return ulid.Make().String()
}

// clientLeft reports whether the client of a request has gone away.
func clientLeft(ctx context.Context) bool {
	info := requestInfoFrom(ctx)
	return info != nil && errors.Is(info.client.Err(), context.Canceled)
}

// ParseNetworks reads addresses and networks, separated by commas.
func ParseNetworks(s string) (networks []netip.Prefix, err error) {
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		network, err := netip.ParsePrefix(part)
		if addr, alone := netip.ParseAddr(part); alone == nil {
			network, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			return nil, errors.New("are not networks such as 10.244.0.0/16, separated by commas")
		}
		networks = append(networks, network.Masked())
	}
	return networks, nil
}

// ClientAddress returns the address of the client of the request that ctx belongs
// to. It trusts X-Forwarded-For only as far as trusted proxies wrote it: read from
// its end, the first address that is not trusted is the client's.
func ClientAddress(ctx context.Context, trusted []netip.Prefix) netip.Addr {
	info := requestInfoFrom(ctx)
	if info == nil {
		return netip.Addr{}
	}
	client := parseHop(info.peer)
	hops := strings.Split(strings.Join(info.forwarded, ","), ",")
	for i := len(hops) - 1; i >= 0 && isIn(trusted, client); i-- {
		before := parseHop(strings.TrimSpace(hops[i]))
		if !before.IsValid() {
			break
		}
		client = before
	}
	return client
}

// parseHop reads an address, with or without a port.
func parseHop(s string) netip.Addr {
	addr, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		withPort, _ := netip.ParseAddrPort(s) // the zero address if this fails too
		addr = withPort.Addr()
	}
	return addr.Unmap().WithZone("")
}

func isIn(networks []netip.Prefix, addr netip.Addr) bool {
	for _, network := range networks {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}

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
