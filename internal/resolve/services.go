package resolve

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
)

// servicePort is a port of a Service, and where it leads.
type servicePort struct {
	// name is as api.Edge.Services has it; empty for the hostPort of a pod.
	name string
	// targets come sorted. Where there are none, why says so.
	targets []target
	why     string
}

// target is a port of an end. Ends are one pointer for each workload.
type target struct {
	end  *api.EdgeEnd
	port uint16
}

// readServices notes the addresses and ports of all Services, and then those of nodes.
func (x *index) readServices(pods map[string][]*corev1.Pod) {
	for _, namespace := range x.inv.NetworkNamespaces() {
		services, _ := x.inv.Services(namespace)
		for _, s := range services {
			x.readService(s, pods[s.Namespace])
		}
	}
	for _, all := range pods {
		for _, pod := range all {
			x.readHostPorts(pod)
		}
	}
}

func (x *index) readService(s *corev1.Service, pods []*corev1.Pod) {
	if s.Spec.Type == corev1.ServiceTypeExternalName {
		return
	}
	addrs := dialled(s)
	for _, a := range addrs {
		if at := x.place(a); at.service == "" {
			at.service = s.Namespace + "/" + s.Name
		}
	}
	var chosen []*corev1.Pod
	if len(s.Spec.Selector) > 0 {
		selector := labels.SelectorFromValidatedSet(s.Spec.Selector)
		for _, pod := range pods {
			if selector.Matches(labels.Set(pod.Labels)) {
				chosen = append(chosen, pod)
			}
		}
	}
	for i := range s.Spec.Ports {
		port := &s.Spec.Ports[i]
		protocol, ok := protocolOf(port.Protocol)
		if !ok || !isPort(port.Port) {
			continue
		}
		sp := &servicePort{name: fmt.Sprintf("%s/%s:%d", s.Namespace, s.Name, port.Port)}
		x.lead(sp, s, port, protocol, chosen)
		if s.Spec.ClusterIP != corev1.ClusterIPNone {
			x.readFront(s, port, protocol, sp)
		}
		for _, a := range addrs {
			x.services[socket{a, uint16(port.Port), protocol}] = sp
		}
		if isPort(port.NodePort) {
			x.nodePorts[nodePort{uint16(port.NodePort), protocol}] = sp
		}
	}
}

// dialled are the addresses of a Service, but for those of nodes.
func dialled(s *corev1.Service) []netip.Addr {
	texts := append(slices.Clone(s.Spec.ClusterIPs), s.Spec.ClusterIP)
	texts = append(texts, s.Spec.ExternalIPs...)
	for _, i := range s.Status.LoadBalancer.Ingress {
		texts = append(texts, i.IP)
	}
	return distinct(addresses(texts...))
}

// lead finds the targets of a port.
func (x *index) lead(sp *servicePort, s *corev1.Service, port *corev1.ServicePort, protocol flow.Protocol, pods []*corev1.Pod) {
	switch {
	case s.Namespace == serverNamespace && s.Name == serverName:
		x.leadToServer(sp, port)
	case len(s.Spec.Selector) > 0:
		if sp.why = "Service " + s.Namespace + "/" + s.Name + " has no pods"; len(pods) > 0 {
			sp.why = "Service " + s.Namespace + "/" + s.Name + " names a port that its pods do not have"
		}
		for _, pod := range pods {
			if number, ok := targetPort(port, protocol, pod); ok {
				x.leadTo(sp, target{x.pods[podName{pod.Namespace, pod.Name}].end, number})
				for _, a := range podAddresses(pod) {
					x.declared[socket{a, number, protocol}] = true
				}
			}
		}
	default:
		sp.why = "Service " + s.Namespace + "/" + s.Name + " has no selector, and its endpoints are not known"
		x.leadByHand(sp, s, port, protocol)
	}
	slices.SortFunc(sp.targets, func(a, b target) int {
		return cmp.Or(a.end.Compare(b.end), cmp.Compare(a.port, b.port))
	})
}

func (x *index) leadTo(sp *servicePort, to target) {
	if !slices.Contains(sp.targets, to) {
		sp.targets = append(sp.targets, to)
		x.behind[to] = append(x.behind[to], sp)
	}
}

// leadToServer is for the Service of the API server. Its ports are those of the endpoints; where
// these were not read, that of its target.
func (x *index) leadToServer(sp *servicePort, port *corev1.ServicePort) {
	for number := range x.apiPorts {
		x.leadTo(sp, target{x.apiServer, number})
	}
	if number := cmp.Or(port.TargetPort.IntVal, port.Port); len(sp.targets) == 0 && isPort(number) {
		x.leadTo(sp, target{x.apiServer, uint16(number)})
	}
}

// leadByHand is for a Service whose EndpointSlices somebody wrote.
func (x *index) leadByHand(sp *servicePort, s *corev1.Service, port *corev1.ServicePort, protocol flow.Protocol) {
	written, _ := x.inv.Endpoints(s.Namespace, s.Name)
	for _, slice := range written {
		for _, p := range slice.Ports {
			of, ok := protocolOf(value(p.Protocol))
			if value(p.Name) != port.Name || !ok || of != protocol || !isPort(value(p.Port)) {
				continue
			}
			for _, e := range slice.Endpoints {
				for _, a := range addresses(e.Addresses...) {
					x.leadTo(sp, target{x.written(netip.AddrPortFrom(a, uint16(value(p.Port)))), uint16(value(p.Port))})
					x.declared[socket{a, uint16(value(p.Port)), protocol}] = true
				}
			}
		}
	}
}

// written is the end of an address that somebody wrote.
func (x *index) written(at netip.AddrPort) *api.EdgeEnd {
	switch s := x.sites[at.Addr()]; {
	case s != nil && len(s.holders) > 0:
		return s.holders[len(s.holders)-1].end
	case x.api[at]:
		return x.apiServer
	case s != nil && s.isNode:
		return x.node
	}
	s := x.place(at.Addr())
	if s.rest == nil {
		s.rest = &api.EdgeEnd{Kind: api.EndAddress, Address: at.Addr().String()}
		if s.near = x.missing.near(x, at.Addr()); s.near != "" {
			s.rest.Kind, s.rest.Reason = api.EndUnknown, s.near
		}
	}
	return s.rest
}

func value[T any](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}

// targetPort is the port of a pod behind that of a Service: each pod has its own number for a
// name.
func targetPort(port *corev1.ServicePort, protocol flow.Protocol, pod *corev1.Pod) (uint16, bool) {
	if port.TargetPort.Type == intstr.Int {
		number := cmp.Or(port.TargetPort.IntVal, port.Port)
		return uint16(number), isPort(number)
	}
	for _, p := range portsOf(pod) {
		if p.name == port.TargetPort.StrVal && p.protocol == protocol {
			return p.number, true
		}
	}
	return 0, false
}

// readHostPorts notes the ports of its node that lead to a pod.
func (x *index) readHostPorts(pod *corev1.Pod) {
	if pod.Spec.HostNetwork {
		return
	}
	for _, p := range portsOf(pod) {
		if p.host == 0 {
			continue
		}
		for _, ip := range pod.Status.HostIPs {
			for _, a := range addresses(ip.IP) {
				at := socket{a, p.host, p.protocol}
				if x.services[at] == nil {
					x.services[at] = &servicePort{}
				}
				if sp := x.services[at]; sp.name == "" {
					x.leadTo(sp, target{x.pods[podName{pod.Namespace, pod.Name}].end, p.number})
				}
			}
		}
	}
}
