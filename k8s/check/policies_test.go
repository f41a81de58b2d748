package check

import (
	"cmp"
	"net/netip"
	"regexp"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// An endpoint is one end of a connection: one of our pods, DNS or outside.
type endpoint struct {
	name      string
	namespace string
	labels    labels.Set
	pod       *pod
}

var (
	dns     = endpoint{name: "DNS", namespace: "kube-system", labels: labels.Set{"k8s-app": "kube-dns"}}
	outside = endpoint{name: "outside", namespace: "elsewhere"}
)

// webPorts are the ports that webhooks are sent to.
var webPorts = []int32{80, 443}

// privateRanges must not be reachable through a policy for the internet.
var privateRanges = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"),
}

type edge struct {
	from, to string
	protocol corev1.Protocol
	port     int32
}

var (
	address     = regexp.MustCompile(`^([a-z]+)://(?:[^@/]*@)?([a-z0-9.-]+)(?::(\d+))?(?:[/?]|$)`)
	defaultPort = map[string]string{"http": "80", "postgres": "5432", "redis": "6379"}
	server      = regexp.MustCompile(`(?m)^\s*server ([a-z0-9.-]+):(\d+)`)
	upstream    = regexp.MustCompile(`(?m)^upstream ([a-z]+) \{`)
	passed      = regexp.MustCompile(`proxy_pass http://([^;/]+);`)
)

// needed returns the edges of the architecture: from each pod to the addresses in
// its environment, arguments and NGINX configuration, and from outside to every
// NodePort.
func (s *system) needed() (edges []edge, found problems) {
	for _, p := range s.pods() {
		connect := func(host, port string) {
			service := s.service(host)
			if service == nil {
				found.addf("%s connects to %s, which is not a Service", p.id, host)
				return
			}
			for _, sp := range service.Spec.Ports {
				for _, to := range s.podsOf(service) {
					if number, ok := to.port(sp.TargetPort.String()); ok && strconv.Itoa(int(sp.Port)) == port {
						edges = append(edges,
							edge{p.name, to.name, corev1.ProtocolTCP, number},
							edge{p.name, dns.name, corev1.ProtocolTCP, 53}, edge{p.name, dns.name, corev1.ProtocolUDP, 53})
						return
					}
				}
			}
			found.addf("%s connects to %s:%s, which is not a port of any pod", p.id, host, port)
		}
		for _, c := range p.containers() {
			values := slices.Concat(c.Command, c.Args)
			for _, e := range c.Env {
				values = append(values, e.Value)
			}
			for _, value := range values {
				if m := address.FindStringSubmatch(value); m != nil {
					connect(m[2], cmp.Or(m[3], defaultPort[m[1]]))
				}
			}
			if slices.ContainsFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == "WEBHOOK_URLS" }) {
				for _, port := range webPorts {
					edges = append(edges, edge{p.name, outside.name, corev1.ProtocolTCP, port})
				}
			}
		}
		upstreams, _ := p.config(s, "upstreams.conf")
		for _, m := range server.FindAllStringSubmatch(upstreams, -1) {
			connect(m[1], m[2])
		}
		nginx, _ := p.config(s, "nginx.conf")
		for _, m := range passed.FindAllStringSubmatch(nginx, -1) {
			if !slices.ContainsFunc(upstream.FindAllStringSubmatch(upstreams, -1), func(u []string) bool { return u[1] == m[1] }) {
				found.addf("%s passes requests to %s, which is not an upstream", p.id, m[1])
			}
		}
	}
	for _, service := range all[*corev1.Service](s) {
		for _, port := range service.Spec.Ports {
			for _, to := range s.podsOf(service) {
				if number, ok := to.port(port.TargetPort.String()); ok && service.Spec.Type == corev1.ServiceTypeNodePort {
					edges = append(edges, edge{outside.name, to.name, corev1.ProtocolTCP, number})
				}
			}
		}
	}
	return edges, found
}

// checkEdges: at both ends, the policies allow each needed edge and no other. Every
// pod may use DNS.
func checkEdges(s *system) problems {
	edges, found := s.needed()
	endpoints := []endpoint{dns, outside}
	for _, p := range s.pods() {
		endpoints = append(endpoints, endpoint{p.name, namespace, p.meta.Labels, &p})
	}
	for _, from := range endpoints {
		for _, to := range endpoints {
			for _, e := range between(from, to) {
				out := from.pod == nil || s.allows(networkingv1.PolicyTypeEgress, from, to, e)
				in := to.pod == nil || s.allows(networkingv1.PolicyTypeIngress, to, from, e)
				switch needed := slices.Contains(edges, e); {
				case needed && !out:
					found.addf("%s cannot connect to %s:%d", from.name, to.name, e.port)
				case needed && !in:
					found.addf("%s:%d does not accept %s", to.name, e.port, from.name)
				case !needed && out && from.pod != nil && to.name != dns.name:
					found.addf("%s can connect to %s:%d without need", from.name, to.name, e.port)
				case !needed && in && to.pod != nil && !slices.Contains(edges, edge{outside.name, e.to, e.protocol, e.port}):
					found.addf("%s:%d accepts %s without need", to.name, e.port, from.name)
				}
			}
		}
	}
	return found
}

// between returns the connections to try: to each declared port and to an undeclared one.
func between(from, to endpoint) []edge {
	edges := []edge{{from.name, to.name, corev1.ProtocolTCP, 53}, {from.name, to.name, corev1.ProtocolUDP, 53}}
	if to.name == outside.name {
		for _, port := range webPorts {
			edges = append(edges, edge{from.name, to.name, corev1.ProtocolTCP, port})
		}
	}
	if to.pod != nil {
		for _, c := range to.pod.containers() {
			for _, port := range c.Ports {
				edges = append(edges, edge{from.name, to.name, corev1.ProtocolTCP, port.ContainerPort})
			}
		}
	}
	return edges
}

// allows reports whether the policies at one end allow an edge to or from the other.
func (s *system) allows(direction networkingv1.PolicyType, at, other endpoint, e edge) bool {
	isolated := false
	for _, p := range all[*networkingv1.NetworkPolicy](s) {
		if !slices.Contains(p.Spec.PolicyTypes, direction) || !matches(&p.Spec.PodSelector, at.labels) {
			continue
		}
		isolated = true
		for _, r := range policyRules(p, direction) {
			if anyPeer(r.peers, other) && anyPort(r.ports, e) {
				return true
			}
		}
	}
	return !isolated
}

type policyRule struct {
	peers []networkingv1.NetworkPolicyPeer
	ports []networkingv1.NetworkPolicyPort
}

func policyRules(p *networkingv1.NetworkPolicy, direction networkingv1.PolicyType) (found []policyRule) {
	if direction == networkingv1.PolicyTypeIngress {
		for _, r := range p.Spec.Ingress {
			found = append(found, policyRule{r.From, r.Ports})
		}
		return found
	}
	for _, r := range p.Spec.Egress {
		found = append(found, policyRule{r.To, r.Ports})
	}
	return found
}

func matches(selector *metav1.LabelSelector, set labels.Set) bool {
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(set)
}

func anyPeer(peers []networkingv1.NetworkPolicyPeer, other endpoint) bool {
	return len(peers) == 0 || slices.ContainsFunc(peers, func(peer networkingv1.NetworkPolicyPeer) bool {
		if peer.IPBlock != nil { // pod addresses are unknown: count the block as outside
			return other.name == outside.name
		}
		inNamespace := other.namespace == namespace
		if peer.NamespaceSelector != nil {
			inNamespace = matches(peer.NamespaceSelector, labels.Set{"kubernetes.io/metadata.name": other.namespace})
		}
		return inNamespace && (peer.PodSelector == nil || matches(peer.PodSelector, other.labels))
	})
}

// anyPort reports whether one of the ports matches the edge. It compares numbers only:
// checkPolicies reports named ports.
func anyPort(ports []networkingv1.NetworkPolicyPort, e edge) bool {
	return len(ports) == 0 || slices.ContainsFunc(ports, func(port networkingv1.NetworkPolicyPort) bool {
		protocol := corev1.ProtocolTCP
		if port.Protocol != nil {
			protocol = *port.Protocol
		}
		if protocol != e.protocol || port.Port == nil {
			return protocol == e.protocol
		}
		last := port.Port.IntVal
		if port.EndPort != nil {
			last = *port.EndPort
		}
		return port.Port.Type == intstr.Int && port.Port.IntVal <= e.port && e.port <= last
	})
}

// overlaps reports whether a block, without its exceptions, overlaps a range.
func overlaps(block *networkingv1.IPBlock, addresses netip.Prefix) bool {
	cidr, err := netip.ParsePrefix(block.CIDR)
	return err != nil || cidr.Overlaps(addresses) && !slices.ContainsFunc(block.Except, func(text string) bool {
		except, err := netip.ParsePrefix(text)
		return err == nil && except.Bits() <= addresses.Bits() && except.Contains(addresses.Addr())
	})
}

// checkPolicies: every selector matches something, and no block includes a private
// range.
func checkPolicies(s *system) (found problems) {
	for _, p := range all[*networkingv1.NetworkPolicy](s) {
		if len(p.Spec.PolicyTypes) == 0 {
			found.addf("%s does not set policyTypes", id(p))
		}
		selectors := []*metav1.LabelSelector{&p.Spec.PodSelector}
		for _, r := range slices.Concat(policyRules(p, networkingv1.PolicyTypeIngress), policyRules(p, networkingv1.PolicyTypeEgress)) {
			for _, port := range r.ports {
				if port.Port != nil && port.Port.Type != intstr.Int {
					found.addf("%s: port %s is not a number", id(p), port.Port.StrVal)
				}
			}
			for _, peer := range r.peers {
				for _, addresses := range privateRanges {
					if peer.IPBlock != nil && overlaps(peer.IPBlock, addresses) {
						found.addf("%s: %s includes %s", id(p), peer.IPBlock.CIDR, addresses)
					}
				}
				if peer.NamespaceSelector == nil && peer.PodSelector != nil {
					selectors = append(selectors, peer.PodSelector)
				}
			}
		}
		for _, selector := range selectors {
			if len(s.selected(selector)) == 0 {
				found.addf("%s: nothing has the labels %s", id(p), metav1.FormatLabelSelector(selector))
			}
			for _, e := range selector.MatchExpressions {
				for _, value := range e.Values {
					if len(s.selected(&metav1.LabelSelector{MatchLabels: map[string]string{e.Key: value}})) == 0 {
						found.addf("%s: nothing is labelled %s=%s", id(p), e.Key, value)
					}
				}
			}
		}
	}
	return found
}
