package check

import (
	"regexp"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

var (
	serviceRoute = regexp.MustCompile(`mux\.Get\(prefix\+"(/[a-z]+)"`)
	serviceAddr  = regexp.MustCompile(`env:"ADDR" envDefault:":(\d+)"`)
	nginxRoute   = regexp.MustCompile(`(?m)^\s*location = (/[a-z]+) \{`)
	nginxListen  = regexp.MustCompile(`(?m)^\s*listen (\d+)`)
)

// routes returns the port that a container's program listens on and the paths it
// serves there; for programs other than ours and NGINX it returns none.
func (s *system) routes(p pod, c corev1.Container) (port string, paths []string) {
	route, listen, text := nginxRoute, nginxListen, ""
	switch target, _ := splitImage(c.Image); target {
	case "users", "orders", "inventory":
		route, listen = serviceRoute, serviceAddr
		text = s.files["kit/service.go"] + s.files["kit/config.go"]
	case "web":
		text = s.files["web/nginx.conf"]
	default:
		text, _ = p.config(s, "nginx.conf")
	}
	if m := listen.FindStringSubmatch(text); m != nil {
		port = m[1]
	}
	for _, m := range route.FindAllStringSubmatch(text, -1) {
		paths = append(paths, m[1])
	}
	return port, paths
}

// checkProbes: every probe requests an existing path or port; only readiness depends
// on the database.
func checkProbes(s *system) (found problems) {
	for _, p := range s.pods() {
		for _, c := range p.containers() {
			listen, paths := s.routes(p, c)
			ready := slices.Contains(paths, "/readyz")
			for _, probe := range probes(c) {
				switch {
				case probe.Probe == nil:
				case probe.HTTPGet != nil:
					path, name := probe.HTTPGet.Path, probe.HTTPGet.Port.String()
					if want, _ := p.port(listen); !slices.Contains(paths, path) {
						found.addf("%s: %s probe: there is no route %s", p.id, probe.name, path)
					} else if port, ok := p.port(name); !ok || port != want {
						found.addf("%s: %s probe: %s is not served on port %s", p.id, probe.name, path, name)
					}
					if ready && (path == "/readyz") != (probe.name == "readiness") {
						found.addf("%s: %s probe requests %s", p.id, probe.name, path)
					}
				case probe.TCPSocket != nil:
					if name := probe.TCPSocket.Port.String(); !declares(c, name) {
						found.addf("%s: %s probe: there is no port %s", p.id, probe.name, name)
					}
				case probe.Exec == nil || len(probe.Exec.Command) == 0:
					found.addf("%s: %s probe requests nothing", p.id, probe.name)
				}
			}
		}
	}
	return found
}

func declares(c corev1.Container, port string) bool {
	_, ok := pod{spec: &corev1.PodSpec{Containers: []corev1.Container{c}}}.port(port)
	return ok
}
