package up

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"microdemo/kit"
)

// Options says what to start and where. Only Data is needed.
type Options struct {
	Addr  string // of the gateway; default 127.0.0.1:8080, port 0 picks one
	Data  string // the data folder
	Fresh bool   // empty the data folder first
	Seed  bool   // Run only: make the demo data
	Demo  bool   // with Seed: make the demo shop too

	// Databases and a Redis that run already; those left out are started.
	UsersDatabaseURL     kit.Secret
	OrdersDatabaseURL    kit.Secret
	InventoryDatabaseURL kit.Secret
	RedisURL             kit.Secret

	JWTSecretKey      kit.Secret    // default: made once and kept in the data folder
	ReconcileInterval time.Duration // default: that of the orders service
	ReconcileGrace    time.Duration // default: that of the orders service
	Environ           []string      // further settings of the services, as "NAME=value"

	CacheDir string          // where a fetched PostgreSQL is kept; default: the user's cache folder
	NoSync   bool            // no fsync: for tests only
	Out      io.Writer       // what a person sees; nil for nothing
	StopNow  <-chan struct{} // Run only: closed when stopping must not wait any more
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
	return o, o.checkDatabases()
}

func (o Options) checkDatabases() error {
	given := map[kit.Secret]string{}
	for _, db := range []struct {
		service string
		url     kit.Secret
	}{
		{"users", o.UsersDatabaseURL},
		{"orders", o.OrdersDatabaseURL},
		{"inventory", o.InventoryDatabaseURL},
	} {
		if db.url == "" {
			continue
		}
		if err := kit.CheckDatabaseURL(db.url); err != nil {
			return fmt.Errorf("--%s-database-url %w", db.service, err)
		}
		if other, ok := given[db.url]; ok {
			return fmt.Errorf("%s and %s need a database each, but their URLs are the same", other, db.service)
		}
		given[db.url] = db.service
	}
	return nil
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
		return nil, fmt.Errorf("%s is taken; choose another with --addr", addr)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("this user may not listen on %s; choose another with --addr", addr)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("%s is not an address of this machine; choose another with --addr", addr)
	case errors.As(err, &malformed), errors.As(err, &unknown):
		return nil, fmt.Errorf("--addr %s is not an address such as 127.0.0.1:8080", addr)
	}
	return nil, fmt.Errorf("cannot listen on %s: %w", addr, err)
}

// localURL is how a program on this machine reaches a listener.
func localURL(l net.Listener) string {
	addr := l.Addr().(*net.TCPAddr).AddrPort()
	host := addr.Addr().Unmap()
	if host.IsUnspecified() {
		host = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return "http://" + net.JoinHostPort(host.String(), strconv.Itoa(int(addr.Port())))
}

func mustParse(base string) *url.URL {
	u, err := url.Parse(base)
	if err != nil {
		panic(err) // only called with what localURL made
	}
	return u
}
