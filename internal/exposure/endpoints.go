package exposure

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Endpoints are those that somebody wrote for a Service without a selector.
type Endpoints struct {
	Slices []*discoveryv1.EndpointSlice
	// Unknown says why they are not known; empty where the slices are all.
	Unknown string
}

// byHand tells a Service that leads where somebody wrote.
func byHand(s *corev1.Service) bool {
	return len(s.Spec.Selector) == 0 && s.Spec.Type != corev1.ServiceTypeExternalName
}

// handWritten adds what Services without a selector lead to the pods, in whatever namespace.
func (x *Index) handWritten(r *Result, namespace string, shapes []*workload.Shape) {
	own := addressesOf(shapes)
	for _, s := range x.objects.Services {
		if !byHand(s) {
			continue
		}
		endpoints, known := x.endpoints(s)
		matters := opensOutside(s) || len(x.ways[keyOf(s)]) > 0 || len(x.named[keyOf(s)]) > 0
		switch {
		case endpoints.leadTo(own):
			found := Result{}
			x.service(&found, s, func(port corev1.ServicePort) ([]string, string) { return endpoints.targets(port, own), "" })
			r.merge(found, s.Namespace, namespace)
		case !matters || s.Namespace != namespace:
		case !known:
			r.Doubts = append(append(r.Doubts, unreadEndpoints(s, endpoints)), x.named[keyOf(s)]...)
		case len(own) == 0 && x.objects.Partial:
			r.Doubts = append(r.Doubts, "Service "+s.Name+" has no selector, and the pods no address yet that it could lead to")
		}
	}
}

func (x *Index) endpoints(s *corev1.Service) (endpoints Endpoints, known bool) {
	endpoints, known = x.objects.Endpoints[keyOf(s)]
	return endpoints, known && endpoints.Unknown == ""
}

func unreadEndpoints(s *corev1.Service, e Endpoints) string {
	text := "Service " + s.Name + " has no selector, and its endpoints were not read"
	if e.Unknown != "" {
		text += ": " + e.Unknown
	}
	return text
}

// merge adds what a Service leads to, which may be of another namespace.
func (r *Result) merge(found Result, of, namespace string) {
	for i := range found.Exposed {
		if of != namespace {
			found.Exposed[i].Via += " of namespace " + of
		}
	}
	for i := range found.Services {
		if of != namespace {
			found.Services[i].Service = of + "/" + found.Services[i].Service
		}
	}
	r.Services, r.Exposed = append(r.Services, found.Services...), append(r.Exposed, found.Exposed...)
	r.Doubts, r.Notes = append(r.Doubts, found.Doubts...), append(r.Notes, found.Notes...)
}

// addressesOf are those of the live pods.
func addressesOf(shapes []*workload.Shape) map[netip.Addr]bool {
	out := map[netip.Addr]bool{}
	for _, shape := range shapes {
		for _, pod := range shape.Pods {
			for _, ip := range append([]corev1.PodIP{{IP: pod.Status.PodIP}}, pod.Status.PodIPs...) {
				if a, err := netip.ParseAddr(ip.IP); err == nil {
					out[a.Unmap()] = true
				}
			}
		}
	}
	return out
}

func leadsTo(s *discoveryv1.EndpointSlice, addresses map[netip.Addr]bool) bool {
	return slices.ContainsFunc(s.Endpoints, func(e discoveryv1.Endpoint) bool {
		return slices.ContainsFunc(e.Addresses, func(text string) bool {
			a, err := netip.ParseAddr(text)
			return err == nil && addresses[a.Unmap()]
		})
	})
}

func (e Endpoints) leadTo(addresses map[netip.Addr]bool) bool {
	return len(addresses) > 0 && slices.ContainsFunc(e.Slices, func(s *discoveryv1.EndpointSlice) bool { return leadsTo(s, addresses) })
}

// targets are the ports of the endpoints at some addresses, or at all where nil, that belong to a
// port of the Service: they have its name. A port without a number stands for any.
func (e Endpoints) targets(port corev1.ServicePort, addresses map[netip.Addr]bool) []string {
	var out []string
	for _, s := range e.Slices {
		if addresses != nil && !leadsTo(s, addresses) {
			continue
		}
		for _, p := range s.Ports {
			name, protocol := "", corev1.Protocol("")
			if p.Name != nil {
				name = *p.Name
			}
			if p.Protocol != nil {
				protocol = *p.Protocol
			}
			switch {
			case name != port.Name || protocolOf(protocol) != protocolOf(port.Protocol):
			case p.Port == nil:
				out = append(out, strconv.Itoa(int(port.Port)))
			default:
				out = append(out, strconv.Itoa(int(*p.Port)))
			}
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return slices.Compact(out)
}
