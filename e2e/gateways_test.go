package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"microdemo/kit/kittest"
)

// difference is where the two gateways may answer differently, and how each of
// them does: its status and, if it passes the request on, to whom.
type difference struct {
	methods, addresses *regexp.Regexp
	inGo, inNGINX      string
}

// differences are all of them.
var differences = []difference{
	// The cluster has the console's files in an image of its own; on one machine the gateway has them.
	{regexp.MustCompile(`^(GET|HEAD)$`), regexp.MustCompile(`^/($|app$|app/|assets/|favicon\.(svg|ico)$)`), "200", "200 by web"},
	// NGINX refuses TRACE before it looks at the address.
	{regexp.MustCompile(`^TRACE$`), regexp.MustCompile(`.`), "404", "405"},
	// To NGINX these are not addresses.
	{regexp.MustCompile(`.`), regexp.MustCompile(`^/([^/]+/\.\./)?\.\./`), "404", "400"},
	{regexp.MustCompile(`^[^T]`), regexp.MustCompile(`^/orders/a%00b$`), "200 by orders", "400"},
	{regexp.MustCompile(`^TRACE$`), regexp.MustCompile(`^/orders/a%00b$`), "405", "400"},
}

// refusedByNGINX tells whether the cluster's gateway answers 400 to an address
// about which a service would say what is wrong with it.
func refusedByNGINX(path string) bool { return throughNGINX() && strings.Contains(path, "\x00") }

// nginxLocations are the locations of nginx.conf with addresses in each. A new
// location has to be added here, and so is compared with the gateway in Go.
var nginxLocations = map[string][]string{
	"@problem":                          nil,
	"= /problem":                        {"/problem"},
	"/":                                 {"/nothing", "/metrics", "/readyz", "/openapi.json", "/usersx", "/USERS/", "/users%20", "/orders.json"},
	"= /healthz":                        {"/healthz", "/healthz/", "/healthz?x=1"},
	"= /users":                          {"/users", "/users?a=b%20c"},
	"= /orders":                         {"/orders", "/orders?a=b"},
	"= /inventory":                      {"/inventory", "/inventory?a=b"},
	"/users/":                           {"/users/", "/users/x/y?a=%20", "/users/metrics", "/users/healthz", "/users/readyz", "/users/docs", "/users/openapi.json", "/%75sers/"},
	"/orders/":                          {"/orders/", "/orders/x/y?a=%20", "/orders/healthz", "/orders/a%2Fb", "/orders/a%00b", "/orders//", "/orders/x/..", "/orders/."},
	"/inventory/":                       {"/inventory/", "/inventory/x/y?a=%20", "/inventory/healthz", "/inventory/reservationsish"},
	"= /inventory/reservations":         {"/inventory/reservations", "/inventory/reservations?x=1", "/inventory/%72eservations", "/inventory%2Freservations", "/inventory//reservations", "//inventory/reservations", "/inventory/./reservations", "/inventory/x/../reservations"},
	"^~ /inventory/reservations/":       {"/inventory/reservations/", "/inventory/reservations/x", "/inventory/reservations%2Freleases", "/users/%2E%2E/inventory/%72%65servations/x", "/inventory/reservations/import/csv", "/../x", "/users/../../x"},
	"= /users/revocations":              {"/users/revocations", "/users/revocations?after=1", "/users/%72evocations", "/users%2Frevocations", "/users/./revocations", "/users/revocationsish"},
	"^~ /users/revocations/":            {"/users/revocations/", "/users/revocations/x", "/users/revocations%2Fx", "/users/revocations/import/csv"},
	"= /orders/events":                  {"/orders/events"},
	"~ ^/users/(?:.*/)?import/csv$":     {"/users/import/csv", "/users/x/import/csv"},
	"~ ^/orders/(?:.*/)?import/csv$":    {"/orders/import/csv", "/orders/x/import/csv"},
	"~ ^/inventory/(?:.*/)?import/csv$": {"/inventory/import/csv", "/inventory/x/import/csv", "/inventory/import/csv?dry_run=true"},
	`~ ^/(?:$|app$|app/|assets/|favicon\.(?:svg|ico)$)`: {"/", "/?x", "/app", "/app/", "/app/orders", "/assets/x.js", "/favicon.svg", "/favicon.ico", "/apps", "/assets", "/favicon.png"},
}

// methods are tried at every address.
var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "TRACE"}

func TestGateways_HaveTheSameRoutes(t *testing.T) {
	t.Parallel()
	to := serveEchoes(t)
	unlike, seen := compareGateways(t, startGateway(t, to), startNGINX(t, to), routeAddresses(t))
	for _, u := range unlike {
		t.Error(u)
	}
	for i, d := range differences {
		if !seen[i] {
			t.Errorf("nothing differs as the table says: %s %s", d.methods, d.addresses)
		}
	}
	locations := locationsOf(readConf(t)["nginx.conf"])
	for location := range nginxLocations {
		if !slices.Contains(locations, location) {
			t.Errorf("nginx.conf has no location %s", location)
		}
	}
	for _, location := range locations {
		if _, known := nginxLocations[location]; !known {
			t.Errorf("nginx.conf has the location %s; name addresses in it here", location)
		}
	}
}

func TestGateways_ARouteInOnlyOneIsFound(t *testing.T) {
	t.Parallel()
	to := serveEchoes(t)
	inGo := startGateway(t, to)
	addresses := routeAddresses(t)
	for name, broken := range map[string]edit{
		"a service is missing":      {"nginx.conf", "location /orders/ {", "location /elsewhere/ {"},
		"a service is another":      {"nginx.conf", "proxy_pass http://orders;", "proxy_pass http://users;"},
		"a page is missing":         {"nginx.conf", "location = /healthz {", "location = /health {"},
		"a redirect is missing":     {"nginx.conf", "location = /users {", "location = /user {"},
		"an inner address is open":  {"nginx.conf", "location ^~ /inventory/reservations/ {", "location ^~ /reservations/ {"},
		"revocations are open":      {"nginx.conf", "location = /users/revocations {", "location = /users/revoked {"},
		"metrics can be seen":       {"nginx.conf", "location = /healthz {", "location = /metrics { proxy_pass http://users; }\n location = /healthz {"},
		"a doubtful path is let in": {"nginx.conf", "if ($refuse_path) {", "if ($is_args = x) {"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if unlike, _ := compareGateways(t, inGo, startNGINX(t, to, broken), addresses); len(unlike) == 0 {
				t.Error("nobody would notice")
			}
		})
	}
	if found := locationsOf("location = /new {\n\tlocation ~ ^/more$ {"); !slices.Equal(found, []string{"= /new", "~ ^/more$"}) {
		t.Errorf("found the locations %q", found)
	}
}

// serveEchoes serves services that say which of them they are.
func serveEchoes(t testing.TB) backends {
	t.Helper()
	serve := func(name string) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Service", name)
			w.Header().Set("X-Request", r.Method+" "+r.RequestURI)
		}))
		t.Cleanup(server.Close)
		return server.Listener.Addr().String()
	}
	return backends{serve("users"), serve("orders"), serve("inventory"), serve("web")}
}

// routeAddresses are the addresses of every operation, and what the sources of
// both gateways name.
func routeAddresses(t testing.TB) []string {
	t.Helper()
	var all []string
	for _, d := range readDocuments(t) {
		for _, template := range d.templates {
			all = append(all, regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(template, "1"))
		}
	}
	for _, addresses := range nginxLocations {
		all = append(all, addresses...)
	}
	source, err := os.ReadFile("../tool/gateway/gateway.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, literal := range regexp.MustCompile(`"/?([a-z][a-z._/-]*)"`).FindAllStringSubmatch(string(source), -1) {
		p := "/" + strings.Trim(literal[1], "/")
		all = append(all, p, p+"/", p+"/x")
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// locationsOf are the locations of a configuration.
func locationsOf(conf string) (all []string) {
	for _, found := range regexp.MustCompile(`(?m)^\s*location (.*?) \{`).FindAllStringSubmatch(conf, -1) {
		all = append(all, found[1])
	}
	return all
}

// compareGateways makes every request to both gateways and says where they do
// not answer alike, and which of the differences it has seen.
func compareGateways(t testing.TB, inGo, inNGINX string, addresses []string) (unlike []string, seen map[int]bool) {
	t.Helper()
	answers := make([][]string, 2)
	var wg sync.WaitGroup
	for i, base := range []string{inGo, inNGINX} {
		wg.Go(func() {
			c := &rawConn{addr: hostport(base)}
			defer c.close()
			for _, address := range addresses {
				for _, method := range methods {
					answers[i] = append(answers[i], c.ask(method, address))
				}
			}
		})
	}
	wg.Wait()
	seen = map[int]bool{}
	n := 0
	for _, address := range addresses {
		for _, method := range methods {
			a, b := answers[0][n], answers[1][n]
			n++
			if a == b {
				continue
			}
			i := slices.IndexFunc(differences, func(d difference) bool { return d.is(method, address, a, b) })
			if i < 0 {
				unlike = append(unlike, fmt.Sprintf("%s %s: %s through the gateway in Go, %s through NGINX", method, address, a, b))
			}
			seen[i] = true
		}
	}
	return unlike, seen
}

// is tells whether two answers differ in this way.
func (d difference) is(method, address, inGo, inNGINX string) bool {
	path, _, _ := strings.Cut(address, "?")
	inGo, _, _ = strings.Cut(inGo, ", ") // without what the service was asked
	inNGINX, _, _ = strings.Cut(inNGINX, ", ")
	return d.methods.MatchString(method) && d.addresses.MatchString(path) && d.inGo == inGo && d.inNGINX == inNGINX
}

// rawConn sends addresses exactly as they are written, on one connection for as
// long as that lasts.
type rawConn struct {
	addr string
	conn net.Conn
	r    *bufio.Reader
}

func (c *rawConn) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// ask gives what was answered: the status and, if a service answered, its name
// and what it was asked; or else where a redirect leads.
func (c *rawConn) ask(method, address string) string {
	if c.conn == nil {
		conn, err := net.Dial("tcp", c.addr)
		if err != nil {
			return err.Error()
		}
		_ = conn.SetDeadline(time.Now().Add(kittest.Deadline))
		c.conn, c.r = conn, bufio.NewReader(conn)
	}
	if _, err := fmt.Fprintf(c.conn, "%s %s HTTP/1.1\r\nHost: demo.example\r\nContent-Length: 0\r\n\r\n", method, address); err != nil {
		c.close()
		return err.Error()
	}
	res, err := http.ReadResponse(c.r, &http.Request{Method: method})
	if err != nil {
		c.close()
		return err.Error()
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.Close {
		c.close()
	}
	answer := fmt.Sprint(res.StatusCode)
	if service := res.Header.Get("X-Service"); service != "" {
		answer += " by " + service + ", " + res.Header.Get("X-Request")
	}
	if to := res.Header.Get("Location"); to != "" {
		answer += " to " + to
	}
	if contentType := res.Header.Get("Content-Type"); res.StatusCode >= 400 && contentType != "application/problem+json" {
		answer += " with " + contentType
	}
	return answer
}
