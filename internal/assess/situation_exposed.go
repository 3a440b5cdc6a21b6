package assess

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/exposure"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// exposed adds whoever comes from outside the cluster.
func (b *situationBuilder) exposed() {
	for _, s := range b.services {
		b.opened(s)
	}
	objects := leading(b.inv)
	index := exposure.New(objects)
	unread := slices.Collect(maps.Values(objects.Unread))
	for _, why := range unread {
		b.unread("who reaches workloads from outside", why)
	}
	controllers := newControllers(b)
	for i, w := range b.workloads {
		if b.out.Workloads[i].HostNetwork {
			continue
		}
		found := index.Of(w.Ref.Namespace, w.Shapes())
		for _, e := range found.Exposed {
			b.routed(i, e, controllers)
		}
		for _, doubt := range found.Doubts {
			if !slices.Contains(unread, doubt) {
				b.hint(&b.workloads[i].Ref, "who reaches it from outside is not known in full: "+doubt)
				b.unfollowed[i] = append(b.unfollowed[i], doubt)
			}
		}
	}
}

// opened adds those whom a Service lets in by itself. Where it leads through other nodes, the
// source is the address of one of them.
func (b *situationBuilder) opened(s *corev1.Service) {
	how := ""
	switch {
	case headless(s) || s.Spec.Type == corev1.ServiceTypeExternalName:
		return
	case s.Spec.Type == corev1.ServiceTypeLoadBalancer, s.Spec.Type == corev1.ServiceTypeNodePort:
		how = string(s.Spec.Type)
	case len(s.Spec.ExternalIPs) > 0:
		how = "externalIPs"
	default:
		return
	}
	reason := fmt.Sprintf("Service %s/%s (%s) lets whoever reaches it in", s.Namespace, s.Name, how)
	sources := sourceRanges(s)
	if len(sources) > 0 {
		reason = fmt.Sprintf("Service %s/%s (%s) lets its loadBalancerSourceRanges in", s.Namespace, s.Name, how)
	}
	found, nowhere := b.leadTo(s, func(corev1.ServicePort) bool { return true })
	for _, l := range found {
		b.call(l.to, l.ports, nil, sources, reason)
	}
	b.tellNowhere(fmt.Sprintf("Service %s/%s (%s)", s.Namespace, s.Name, how), nowhere)
}

// sourceRanges are those that pods see, where the addresses of clients are kept; none where
// anybody is let in, or one of them cannot be read.
func sourceRanges(s *corev1.Service) []netip.Prefix {
	if s.Spec.Type != corev1.ServiceTypeLoadBalancer || s.Spec.ExternalTrafficPolicy != corev1.ServiceExternalTrafficPolicyLocal || len(s.Spec.ExternalIPs) > 0 {
		return nil
	}
	texts := s.Spec.LoadBalancerSourceRanges
	if text := s.Annotations[corev1.AnnotationLoadBalancerSourceRangesKey]; len(texts) == 0 && text != "" {
		texts = strings.Split(text, ",")
	}
	var out []netip.Prefix
	for _, text := range texts {
		p, err := netip.ParsePrefix(strings.TrimSpace(text))
		if err != nil {
			return nil
		}
		out = append(out, p.Masked())
	}
	slices.SortFunc(out, comparePrefixes)
	return slices.Compact(out)
}

func comparePrefixes(a, b netip.Prefix) int {
	if n := a.Addr().Compare(b.Addr()); n != 0 {
		return n
	}
	return a.Bits() - b.Bits()
}

// routed adds the clients of one way in that is no Service's own.
func (b *situationBuilder) routed(to int, e api.Exposure, controllers *controllers) {
	kind, name, found := strings.Cut(e.Via, " ")
	if !found || kind == "Service" {
		return
	}
	ports := portAt(e.Target)
	if kind == "hostPort" {
		b.call(to, ports, nil, nil, "it has a hostPort: whoever reaches its node is let in")
		return
	}
	name, _, _ = strings.Cut(name, " (")
	name, other, _ := strings.Cut(name, " of namespace ")
	at := types.NamespacedName{Namespace: b.workloads[to].Ref.Namespace, Name: name}
	if other != "" {
		at.Namespace = other
	}
	serve, why := controllers.of(kind, at)
	what := kind + " " + at.String()
	for _, from := range serve {
		ref := b.workloads[from].Ref
		if b.out.Workloads[from].HostNetwork {
			b.call(to, ports, nil, nil, fmt.Sprintf("%s leads to it through %s, which is on the network of its node: anybody is let in", what, ref.From("")))
		} else {
			b.call(to, ports, &ref, nil, what+" leads to it")
		}
	}
	if len(serve) == 0 {
		b.call(to, ports, nil, nil, fmt.Sprintf("%s leads to it, and %s: anybody is let in", what, why))
	}
}

// portAt reads a port of pods as exposures have it: 8080, or 53/UDP; none for a name that means
// nothing there.
func portAt(text string) netpol.Ports {
	text, protocol, err := splitPort(text)
	if err != nil {
		return netpol.Ports{}
	}
	number, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return netpol.Ports{}
	}
	port, _ := netpol.Port(protocol, int32(number)) // none of a number that is none
	return port
}
