package up

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"syscall"

	"microdemo/kit"
	"microdemo/tool"
)

// Options says what to start and where. The zero value starts everything.
type Options struct {
	Addr  string // of the gateway; default 127.0.0.1:8080, port 0 picks a free one
	Data  string // the data folder; default DefaultData
	Fresh bool   // empty the data folder first
	Seed  bool   // Run only: make the demo data
	Demo  bool   // with Seed: make the demo shop too

	Databases tool.Databases // those missing are in a PostgreSQL that is started
	RedisURL  kit.Secret     // default: a Redis in this process

	JWTSecretKey kit.Secret // default: generated once and kept in the data folder
	Environ      []string   // further settings of the services, as "NAME=value"

	NoSync  bool            // no fsync: for tests only
	Out     io.Writer       // for progress; nil for none
	StopNow <-chan struct{} // Run only: closed when stopping must no longer wait
}

func (o Options) withDefaults() (Options, error) {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:8080"
	}
	if o.Data == "" {
		var err error
		if o.Data, err = DefaultData(); err != nil {
			return o, err
		}
	}
	if o.JWTSecretKey != "" && len(o.JWTSecretKey) < minSecret {
		return o, fmt.Errorf("JWT_SECRET_KEY is shorter than %d bytes", minSecret)
	}
	if _, err := redisDatabase(o.RedisURL, 0); o.RedisURL != "" && err != nil {
		return o, err
	}
	return o, o.Databases.Check()
}

// listen opens the address of the gateway.
func listen(addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	var (
		malformed *net.AddrError
		unknown   *net.DNSError
	)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use; choose another with --addr", addr)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("this user may not listen on %s; choose another with --addr", addr)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("%s is not an address of this machine; choose another with --addr", addr)
	case errors.As(err, &malformed), errors.As(err, &unknown):
		return nil, fmt.Errorf("--addr %s is not an address such as 127.0.0.1:8080", addr)
	}
	return nil, fmt.Errorf("cannot listen on %s: %w", addr, err)
}

// localURL is the address of a listener for programs on this machine.
func localURL(l net.Listener) *url.URL {
	addr := l.Addr().(*net.TCPAddr).AddrPort()
	host := addr.Addr().Unmap()
	if host.IsUnspecified() {
		host = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return &url.URL{Scheme: "http", Host: netip.AddrPortFrom(host, addr.Port()).String()}
}
