package users

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"math"
	"net/netip"
	"strings"
	"time"

	"microdemo/kit"
	"microdemo/kit/cache"
)

// throttle bounds how often someone may try a password or register: for an account
// from one network, for an account, and from one network.
type throttle struct {
	limiter *limiter
	trusted []netip.Prefix

	accountFromNetwork, account, network limit
}

func newThrottle(config Config, cache *cache.Cache, now func() time.Time) (*throttle, error) {
	t := &throttle{}
	var errs [5]error
	t.limiter, errs[0] = newLimiter(cache, now)
	t.accountFromNetwork, errs[1] = parseLimit(config.SignInLimit)
	t.account, errs[2] = parseLimit(config.SignInAccountLimit)
	t.network, errs[3] = parseLimit(config.SignInAddressLimit)
	t.trusted, errs[4] = kit.ParseNetworks(config.TrustedProxies)
	return t, errors.Join(errs[:]...)
}

// attempt charges an attempt before it is made, so that parallel attempts are no more
// than sequential ones. refund takes back an attempt that succeeded or was not made.
// Too many attempts are RateLimited, and not charged.
func (t *throttle) attempt(ctx context.Context, account string) (refund func(), err error) {
	refund, wait := t.limiter.take(ctx, t.charges(ctx, account))
	if wait > 0 {
		return nil, tooManyAttempts.With("seconds", int64(math.Ceil(wait.Seconds()))).RetryIn(wait)
	}
	return refund, nil
}

// charges are the limits that an attempt counts towards. Their keys are hashed, so
// that Redis holds no addresses of people.
func (t *throttle) charges(ctx context.Context, account string) (charges []charge) {
	network := networkOf(kit.ClientAddress(ctx, t.trusted))
	account = strings.ToLower(account)
	for _, c := range []struct {
		limit limit
		of    string
	}{
		{t.accountFromNetwork, "account " + account + " from " + network},
		{t.account, "account " + account},
		{t.network, "from " + network},
	} {
		if c.limit.burst > 0 {
			sum := sha256.Sum256([]byte(c.of))
			charges = append(charges, charge{"throttle:" + base64.RawURLEncoding.EncodeToString(sum[:16]), c.limit})
		}
	}
	return charges
}

// networkOf is the address, or of IPv6 the network of 64 bits, which is the least that
// one client is assigned (RFC 6177).
func networkOf(addr netip.Addr) string {
	if addr.Is6() {
		network, _ := addr.Prefix(64) // an IPv6 address has as many
		return network.String()
	}
	return addr.String()
}
