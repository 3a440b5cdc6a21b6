package assess

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// led is a workload that a Service leads to, and the ports of its pods.
type led struct {
	to    int
	ports netpol.Ports
}

// unled are the workloads of pods that a port of a Service leads to, and that do not have it.
type unled struct {
	of   []int
	text string
}

// leadTo are the workloads behind those ports of a Service that are meant, in their order, and
// the ports that lead nowhere.
func (b *situationBuilder) leadTo(s *corev1.Service, meant func(corev1.ServicePort) bool) (found []led, nowhere []unled) {
	sum := map[int]netpol.Ports{}
	for _, p := range s.Spec.Ports {
		if !meant(p) || s.Spec.Type == corev1.ServiceTypeExternalName {
			continue
		}
		p.Protocol = cmp.Or(p.Protocol, corev1.ProtocolTCP)
		some := false
		add := func(n int, ports netpol.Ports) {
			if !ports.Empty() {
				sum[b.owner[n]], some = sum[b.owner[n]].Or(ports), true
			}
		}
		if len(s.Spec.Selector) == 0 {
			b.eachEndpoint(s, p, func(a netip.Addr, ports netpol.Ports) {
				if n, found := b.at[a]; found {
					add(n, ports)
				}
			})
		}
		miss := unled{text: fmt.Sprintf("no pod of Service %s/%s has its target port %s", s.Namespace, s.Name, p.TargetPort.String())}
		for _, n := range b.behind(s.Namespace, s.Spec.Selector) {
			add(n, portBehind(b.pods[n], p))
			miss.of = append(miss.of, b.owner[n])
		}
		if !some && len(s.Spec.Selector) > 0 {
			slices.Sort(miss.of)
			miss.of = slices.Compact(miss.of)
			nowhere = append(nowhere, miss)
		}
	}
	for to, ports := range sum {
		found = append(found, led{to, ports})
	}
	slices.SortFunc(found, func(x, y led) int { return x.to - y.to })
	return found, nowhere
}

// tellNowhere tells of the workloads that what leads to them leads to no port of theirs.
func (b *situationBuilder) tellNowhere(what string, nowhere []unled) {
	for _, miss := range nowhere {
		for _, of := range miss.of {
			b.hint(&b.workloads[of].Ref, what+" leads nowhere: "+miss.text)
		}
	}
}

// portBehind is the port of a pod that a Service's leads to.
func portBehind(pod *corev1.Pod, p corev1.ServicePort) netpol.Ports {
	if target := p.TargetPort; target.Type == intstr.String && target.StrVal != "" {
		return namedPort(pod, target.StrVal, p.Protocol)
	}
	port, _ := netpol.Port(p.Protocol, cmp.Or(p.TargetPort.IntVal, p.Port)) // none of a number that is none
	return port
}

// eachEndpoint goes over the endpoints that somebody wrote for a port of a Service.
func (b *situationBuilder) eachEndpoint(s *corev1.Service, p corev1.ServicePort, do func(netip.Addr, netpol.Ports)) {
	written, _ := endpointsOf(b.inv, s)
	for _, slice := range written {
		ports := endpoint{ports: slice.Ports}.portOf(p)
		for _, e := range slice.Endpoints {
			for _, text := range e.Addresses {
				if a, err := netip.ParseAddr(text); err == nil {
					do(a.Unmap(), ports)
				}
			}
		}
	}
}

// apiService are the addresses and ports of the Service that leads to the API server.
func (b *situationBuilder) apiService() []netip.AddrPort {
	s := b.named[types.NamespacedName{Namespace: metav1.NamespaceDefault, Name: "kubernetes"}]
	if s == nil {
		return nil
	}
	var out []netip.AddrPort
	for _, p := range s.Spec.Ports {
		if _, err := netpol.Port(corev1.ProtocolTCP, p.Port); err != nil || cmp.Or(p.Protocol, corev1.ProtocolTCP) != corev1.ProtocolTCP {
			continue
		}
		for _, a := range clusterAddresses(s) {
			out = append(out, netip.AddrPortFrom(a, uint16(p.Port)))
		}
	}
	slices.SortFunc(out, netip.AddrPort.Compare)
	return slices.Compact(out)
}

// writtenAddresses are where a Service without a selector leads.
func (b *situationBuilder) writtenAddresses(s *corev1.Service) []netip.Addr {
	var out []netip.Addr
	for _, p := range s.Spec.Ports {
		p.Protocol = cmp.Or(p.Protocol, corev1.ProtocolTCP)
		b.eachEndpoint(s, p, func(a netip.Addr, _ netpol.Ports) { out = append(out, a) })
	}
	return out
}
