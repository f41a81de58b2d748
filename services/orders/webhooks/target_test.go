package webhooks

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"microdemo/kit"
	"microdemo/kit/kittest"
)

// notPublicTargets is one of every kind of address that webhooks must not reach,
// in every notation.
var notPublicTargets = []string{
	"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254",
	"169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.171", "192.0.2.1", "192.88.99.1", "192.168.0.1",
	"198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
	"[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:8.8.8.8]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::ffff:0:10.0.0.1]",
	"[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::1]", "[100::1]", "[2001::1]", "[2001:0:7f00:1::]", "[2001:2::1]", "[2001:10::1]", "[2001:20::1]",
	"[2001:db8::1]", "[2002:7f00:1::]", "[2002:a00:1::1]", "[3fff::1]", "[5f00::1]", "[fc00::1]", "[fd00:ec2::254]", "[fe80::1]", "[febf::1]", "[fec0::1]", "[ff02::1]",
}

func TestTargets_NotPublicAreRefused(t *testing.T) {
	t.Parallel()
	for _, host := range notPublicTargets {
		for _, target := range []string{"http://" + host, "https://" + host + "/", "HTTP://" + strings.ToUpper(host) + ":8080/x?y"} {
			if broken := checkTarget(target, false); broken == nil || !strings.Contains(broken.Message, "public") {
				t.Errorf("%s: %v", target, broken)
			}
		}
		// The same when a name has resolved to it.
		address := strings.TrimSuffix(host, "]") + "]:443"
		if !strings.HasPrefix(host, "[") {
			address = host + ":443"
		}
		if err := onlyPublic(t.Context(), "tcp", address, nil); err == nil {
			t.Errorf("%s may be dialled", address)
		}
	}
	for _, address := range []string{"", "example.com:443", "8.8.8.8", "[fe80::1%eth0]:443", "[2606:4700::1%eth0]:443", "/run/x.sock"} {
		if err := onlyPublic(t.Context(), "tcp", address, nil); err == nil {
			t.Errorf("%q may be dialled", address)
		}
	}
}

func TestTargets_OddNotationsAreRefused(t *testing.T) {
	t.Parallel()
	for _, target := range []string{
		"", "x", "/hooks", "//example.com/x", "example.com", "http:", "http://", "http:///x", "http:example.com", "https://:443/", "file:///etc/passwd",
		"ftp://example.com/", "gopher://example.com/", "javascript:alert(1)", "unix:///x", " http://example.com/", "http://example.com/a b", "http://exa\tmple.com/",
		"http://example.com/\r\nX: y", "http://example.com/\x00", "http://example.com\\@127.0.0.1/", `http:\\example.com`, "http://example.com/é",
		// Other ways to write 127.0.0.1.
		"http://2130706433/", "http://017700000001/", "http://0x7f000001/", "http://0x7F.0.0.1/", "http://0177.0.0.1/", "http://127.1/", "http://127.0.1/",
		"http://127.0.0.1./", "http://0/", "http://0x/", "http://1.2.3.4.5/", "http://256.1.1.1/", "http://127.0.0.01/", "http://1.1/", "http://example.1/", "http://example.0x7f/",
		"http://１２７.0.0.1/", "http://127。0。0。1/", "http://①②⑦.⓪.⓪.①/", "http://ⓛocalhost/", "http://%31%32%37.0.0.1/", "http://127.0.0.1%2f/", "http://loc%61lhost/",
		"http://[::1%25lo]/", "http://[fe80::1%25eth0]/", "http://[2606:4700::1%25eth0]/", "http://[::1", "http://::1/", "http://[127.0.0.1]/", "http://[v1.x]/", "http://[]/",
		"http://user@example.com/", "http://user:pass@example.com/", "http://@example.com/", "http://:@example.com/", "http://8.8.8.8@127.0.0.1/",
		"http://example.com:/", "http://example.com:0/", "http://example.com:65536/", "http://example.com:99999999999/", "http://example.com:-1/", "http://example.com:x/",
		"http://example.com:080/", "https://example.com:0443/", "http://8.8.8.8:00080/", "http://[2606:4700::1111]:08080/",
		"http://example.com#x", "http://example.com/#",
		"http://exa mple.com/", "http://example..com/", "http://.example.com/", "http://-.com/", "http://example.com./", "http://" + strings.Repeat("a", 64) + ".com/",
		"http://" + strings.Repeat("a.", 130) + "com/", "http://example.com/" + strings.Repeat("x", 2048),
	} {
		for _, allowPrivate := range []bool{false, true} {
			if err := checkTarget(target, allowPrivate); err == nil {
				t.Errorf("%q is taken, private %v", target, allowPrivate)
			}
		}
	}
}

func TestTargets_LocalNamesAndPortsAreRefused(t *testing.T) {
	t.Parallel()
	for _, target := range []string{
		"http://localhost/", "http://LOCALHOST:8080/", "http://a.localhost/", "http://orders-db:5432/", "http://users/", "http://kubernetes.default.svc.cluster.local/",
		"http://metadata.google.internal/", "http://printer.local/", "http://router.home.arpa/", "http://nas.lan/",
		"http://localhost.localdomain/", "http://localhost4.localdomain4/", "http://LOCALHOST6.LocalDomain6:8080/", "http://orders.microdemo.svc:8000/", "http://foo.svc/", "http://orders.microdemo.svc.cluster.local/",
		"http://a.test/", "http://A.B.TEST/", "http://a.onion/", "http://a.invalid/", "http://x.internal/", "http://a.alt/", "http://1.0.0.10.in-addr.arpa/", "http://service.arpa/",
		"http://wiki.corp/", "http://nas.home/", "http://a.private/", "http://a.intranet/", "http://svc/", "http://test/", "http://example.com:22/", "http://example.com:25/",
	} {
		if err := checkTarget(target, false); err == nil {
			t.Errorf("%s is taken", target)
		}
		if err := checkTarget(target, true); err != nil {
			t.Errorf("%s, private allowed: %v", target, err)
		}
	}
}

func TestTargets_PublicOnesAreTaken(t *testing.T) {
	t.Parallel()
	for _, target := range []string{
		"https://example.com", "http://example.com/", "https://EXAMPLE.com:443/hooks?token=a%20b&x=1", "http://xn--bcher-kva.example/", "https://a_b.example.com:8443/x",
		"http://8.8.8.8/", "https://1.1.1.1:8080/", "http://[2606:4700::1111]/", "https://[2a00:1450:4001::1]:443/", "http://172.15.0.1/", "http://172.32.0.1/", "http://100.63.0.1/",
		"http://1e100.net/", "http://test.com/", "http://localhost.example.com/", "http://a.svc.io/", "http://a.contest/", "http://a.example/", "http://example.com:80/", "http://example.com:8080/", "http://127.0.0.1.nip.example/", // what it resolves to is looked at when it is dialled
	} {
		if err := checkTarget(target, false); err != nil {
			t.Errorf("%s: %v", target, err)
		}
	}
}

func FuzzCheckTarget(f *testing.F) {
	for _, host := range notPublicTargets {
		f.Add("http://" + host + "/")
	}
	for _, target := range []string{"https://example.com/x", "http://127.1/", "http://0x7f.1/", "http://a@b/", "http://[::1%25lo]/", "http://a.b:80/?c#d", "http://ⓛocalhost/"} {
		f.Add(target)
	}
	f.Fuzz(func(t *testing.T, target string) {
		if checkTarget(target, false) != nil {
			return
		}
		if err := checkTarget(target, true); err != nil {
			t.Errorf("%q is public but not if private ones are allowed: %v", target, err)
		}
		u, err := url.Parse(target)
		if err != nil || u.User != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || len(target) > 2048 {
			t.Fatalf("%q is taken: %+v, %v", target, u, err)
		}
		if addr, err := netip.ParseAddr(u.Hostname()); err == nil && !isPublic(addr) {
			t.Errorf("%q is taken", target)
		}
		// Nothing that is left may be an address to programs that are less strict.
		host := strings.ToLower(u.Hostname())
		if last := host[strings.LastIndex(host, ".")+1:]; strings.HasPrefix(last, "0x") || strings.Trim(last, "0123456789") == "" {
			if _, err := netip.ParseAddr(host); err != nil {
				t.Errorf("%q is taken", target)
			}
		}
		if ip := net.ParseIP(host); ip != nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsUnspecified() || ip.IsLinkLocalUnicast() || ip.IsMulticast()) {
			t.Errorf("%q is taken", target)
		}
	})
}

// TestPost_DialsNoNameThatResolvesToPrivate has a name resolve to where a server
// listens: on loopback, so nothing else is reached if the check fails.
func TestPost_DialsNoNameThatResolvesToPrivate(t *testing.T) {
	t.Parallel()
	l := kittest.Listen(t)
	defer l.Close()
	var connected atomic.Int32
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			connected.Add(1)
			conn.Close()
		}
	}()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	target := "http://hooks.example:" + port + "/"
	if err := checkTarget(target, false); err != nil {
		t.Fatal(err)
	}
	for allow, want := range map[bool]string{false: "The host has no public address.", true: "The connection broke before there was an answer."} {
		settings := kit.Defaults[Settings]()
		settings.AllowPrivate = allow
		before := connected.Load()
		r := newClient(settings, loopbackResolver(), time.Now).post(t.Context(), target, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_1_1", []byte("{}"))
		if r.Reason != want {
			t.Errorf("private %v: %q", allow, r.Reason)
		}
		if dialled := connected.Load() > before; dialled != allow {
			t.Errorf("private %v: dialled %v", allow, dialled)
		}
	}
}

// loopbackResolver answers every question for an A record with 127.0.0.1 (RFC
// 1035, section 4).
func loopbackResolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			length := make([]byte, 2) // a pipe is no packet connection, so messages have their length before them
			for {
				if _, err := server.Read(length); err != nil {
					return
				}
				query := make([]byte, binary.BigEndian.Uint16(length))
				if _, err := server.Read(query); err != nil {
					return
				}
				end := 12 // of the question: a name, its type and class
				for query[end] != 0 {
					end += int(query[end]) + 1
				}
				end += 5
				answer := append([]byte{query[0], query[1], 0x84, 0, 0, 1, 0, 0, 0, 0, 0, 0}, query[12:end]...)
				if query[end-3] == 1 {
					answer[7] = 1
					answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1)
				}
				if _, err := server.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
					return
				}
			}
		}()
		return client, nil
	}}
}
