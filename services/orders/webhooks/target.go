package webhooks

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"code.dny.dev/ssrf"

	"microdemo/kit"
)

// maxURL is the longest address of an endpoint, in bytes.
const maxURL = 2048

var (
	hostname = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$`)

	// numericHost matches a last label that many programs read as part of an IPv4
	// address: decimal, octal or hexadecimal (WHATWG URL, section 3.5).
	numericHost = regexp.MustCompile(`(^|\.)([0-9]+|0x[0-9a-f]*)$`)
)

// notPublicDomains are those whose names are local or never resolve: IANA's
// special-use domain names (RFC 6761) except those for documentation, the one that
// ICANN reserves for private use, those that private networks use anyway (RFC 6762,
// appendix G), the names hosts give themselves, and Services of Kubernetes
// (cluster.local is below local).
var notPublicDomains = []string{
	"alt", "arpa", "invalid", "local", "localhost", "onion", "test",
	"internal",
	"corp", "home", "intranet", "lan", "private",
	"localdomain", "localdomain4", "localdomain6",
	"svc",
}

// breaks reports a rule that the address of an endpoint breaks. It repeats no value,
// which may hold a password.
func breaks(r kit.Rule, params ...any) *kit.FieldError {
	return new(r.At("body.url", nil, params...))
}

// checkTarget returns the first rule that the address of an endpoint breaks, or nil.
// What a name resolves to is checked when it is dialled.
func checkTarget(raw string, allowPrivate bool) *kit.FieldError {
	if len(raw) > maxURL {
		return breaks(urlTooLong, "maximum", maxURL)
	}
	if strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' }) {
		return breaks(urlNotASCII)
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Opaque != "" || (u.Scheme != "http" && u.Scheme != "https") {
		return breaks(urlShape)
	}
	if u.User != nil {
		return breaks(urlCredentials)
	}
	if u.Fragment != "" || strings.Contains(raw, "#") {
		return breaks(urlFragment)
	}
	if broken := checkPort(u, allowPrivate); broken != nil {
		return broken
	}
	return checkHost(u.Host, strings.ToLower(u.Hostname()), allowPrivate)
}

func checkPort(u *url.URL, allowPrivate bool) *kit.FieldError {
	if strings.HasSuffix(u.Host, ":") {
		return breaks(urlPortMissing)
	}
	if u.Port() == "" {
		return nil
	}
	port, err := strconv.Atoi(u.Port())
	if strings.HasPrefix(u.Port(), "0") || err != nil || port < 1 || port > 65535 {
		return breaks(urlPortRange)
	}
	if port < 1024 && port != 80 && port != 443 && !allowPrivate {
		return breaks(urlPortPrivileged)
	}
	return nil
}

func checkHost(written, host string, allowPrivate bool) *kit.FieldError {
	if strings.Contains(written, "%") {
		return breaks(urlHostEncoded)
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		if !allowPrivate && !isPublic(addr) {
			return breaks(urlHostNotPublic)
		}
		return nil
	}
	switch {
	case len(host) > 253 || !hostname.MatchString(host):
		return breaks(urlHostName)
	case numericHost.MatchString(host):
		return breaks(urlHostNumeric)
	case allowPrivate:
		return nil
	case !strings.Contains(host, "."):
		return breaks(urlHostLocal)
	}
	for _, domain := range notPublicDomains {
		if strings.HasSuffix(host, "."+domain) {
			return breaks(urlHostReserved, "domain", domain)
		}
	}
	return nil
}

// isPublic reports whether an address may be dialled. IPv4 written in IPv6 may not.
func isPublic(addr netip.Addr) bool {
	denied := ssrf.IPv4DeniedPrefixes
	if addr.Is6() {
		if addr.Zone() != "" || !ssrf.IPv6GlobalUnicast.Contains(addr) {
			return false
		}
		denied = ssrf.IPv6DeniedPrefixes
	}
	return addr.IsValid() && !slices.ContainsFunc(denied, func(p netip.Prefix) bool { return p.Contains(addr) })
}
