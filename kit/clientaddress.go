package kit

import (
	"context"
	"errors"
	"net/netip"
	"strings"
)

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

// ClientAddress is where the request that ctx belongs to comes from. It believes
// what X-Forwarded-For says only of the hops before a trusted proxy: read from its
// end, the first address that is not trusted is the client's.
func ClientAddress(ctx context.Context, trusted []netip.Prefix) netip.Addr {
	info := requestInfoFrom(ctx)
	if info == nil {
		return netip.Addr{}
	}
	client := hop(info.peer)
	hops := strings.Split(strings.Join(info.forwarded, ","), ",")
	for i := len(hops) - 1; i >= 0 && isOf(trusted, client); i-- {
		before := hop(strings.TrimSpace(hops[i]))
		if !before.IsValid() {
			break
		}
		client = before
	}
	return client
}

// hop reads an address, with or without a port.
func hop(s string) netip.Addr {
	addr, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		withPort, _ := netip.ParseAddrPort(s) // the zero address if this fails too
		addr = withPort.Addr()
	}
	return addr.Unmap().WithZone("")
}

func isOf(networks []netip.Prefix, addr netip.Addr) bool {
	for _, network := range networks {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}
