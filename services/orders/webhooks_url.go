package orders

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// maxURL is the longest address of an endpoint, in bytes.
const maxURL = 2048

var (
	hostname = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$`)

	// numericHost is a last label that makes a host an IPv4 address to many programs:
	// decimal, octal or hexadecimal (WHATWG URL, section 3.5).
	numericHost = regexp.MustCompile(`(^|\.)([0-9]+|0x[0-9a-f]*)$`)
)

// notPublicDomains are those whose names mean something near, or nothing, whatever
// they resolve to: IANA's special-use domain names (RFC 6761) but the ones for
// documentation, what ICANN keeps for private use, what private networks use all
// the same (RFC 6762, appendix G), what hosts call themselves, and Services of
// Kubernetes; cluster.local is below local.
var notPublicDomains = []string{
	"alt", "arpa", "invalid", "local", "localhost", "onion", "test",
	"internal",
	"corp", "home", "intranet", "lan", "private",
	"localdomain", "localdomain4", "localdomain6",
	"svc",
}

// checkTarget says what is wrong with the address of an endpoint, as a phrase
// for its owner. What a name resolves to is looked at when it is dialled.
func checkTarget(raw string, allowPrivate bool) error {
	if len(raw) > maxURL {
		return errors.New("expected at most 2048 bytes")
	}
	if strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' }) {
		return errors.New("expected ASCII without spaces; write other letters of a host in punycode and others percent-encoded")
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Opaque != "" || (u.Scheme != "http" && u.Scheme != "https") {
		return errors.New("expected an address such as https://example.com/hooks")
	}
	if u.User != nil {
		return errors.New("expected no user or password in the address; deliveries are signed")
	}
	if u.Fragment != "" || strings.Contains(raw, "#") {
		return errors.New("expected no fragment")
	}
	if err := checkPort(u, allowPrivate); err != nil {
		return err
	}
	return checkHost(u.Host, strings.ToLower(u.Hostname()), allowPrivate)
}

func checkPort(u *url.URL, allowPrivate bool) error {
	if strings.HasSuffix(u.Host, ":") {
		return errors.New("expected a port behind the colon")
	}
	if u.Port() == "" {
		return nil
	}
	port, err := strconv.Atoi(u.Port())
	if strings.HasPrefix(u.Port(), "0") || err != nil || port < 1 || port > 65535 {
		return errors.New("expected a port from 1 to 65535, without zeros before it")
	}
	if port < 1024 && port != 80 && port != 443 && !allowPrivate {
		return errors.New("expected port 80, 443 or one from 1024 on")
	}
	return nil
}

func checkHost(written, host string, allowPrivate bool) error {
	if strings.Contains(written, "%") {
		return errors.New("expected a host without zone and percent-encoding")
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		if !allowPrivate && !isPublic(addr) {
			return errors.New("expected a public address; this one is private, local or reserved")
		}
		return nil
	}
	switch {
	case len(host) > 253 || !hostname.MatchString(host):
		return errors.New("expected the name of a host")
	case numericHost.MatchString(host):
		return errors.New("expected an IPv4 address as four decimal numbers")
	case allowPrivate:
		return nil
	case !strings.Contains(host, "."):
		return errors.New("expected a full name such as example.com; this one is local")
	}
	for _, domain := range notPublicDomains {
		if strings.HasSuffix(host, "."+domain) {
			return fmt.Errorf("expected a public name; those that end in .%s are local or reserved", domain)
		}
	}
	return nil
}

// notPublic are the IPv4 blocks, and those within 2000::/3, that are not for the
// public internet (IANA's special-purpose address registries, RFC 6890), or that
// carry another address inside (6to4, Teredo).
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("224.0.0.0/4"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001::/23"), // Teredo, ORCHID, benchmarking
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("3fff::/20"),
}

// globalUnicast is all of IPv6 that is given to the public. Outside of it are
// loopback, private, link-local and multicast addresses, and the ways to write
// IPv4 addresses in IPv6, NAT64 among them.
var globalUnicast = netip.MustParsePrefix("2000::/3")

// isPublic tells whether an address may be dialled. IPv4 written in IPv6 may not.
func isPublic(addr netip.Addr) bool {
	if addr.Zone() != "" || addr.Is6() && !globalUnicast.Contains(addr) {
		return false
	}
	return addr.IsValid() && !slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(addr) })
}
