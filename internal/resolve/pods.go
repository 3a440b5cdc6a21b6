package resolve

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
)

// end is that of a workload that was read: one pointer for each.
func (x *index) end(ref api.Ref) *api.EdgeEnd {
	e := x.workloads[ref]
	if e == nil {
		e = &api.EdgeEnd{Kind: api.EndWorkload, Workload: &ref}
		x.workloads[ref] = e
	}
	return e
}

// readPod notes where a live pod is. One on the network of its node is not told from that.
func (x *index) readPod(pod *corev1.Pod) {
	for _, ip := range pod.Status.HostIPs {
		for _, a := range addresses(ip.IP) {
			x.markNode(a, pod.Spec.NodeName)
		}
	}
	h := x.holderOf(pod)
	x.pods[podName{pod.Namespace, pod.Name}] = h
	x.readPrefix(pod, h.end)
	ports := portsOf(pod)
	for _, p := range ports {
		x.serves[serving{h.end, nodePort{p.number, p.protocol}}] = true
	}
	for _, a := range podAddresses(pod) {
		if pod.Spec.HostNetwork {
			x.markNode(a, pod.Spec.NodeName)
			continue
		}
		s := x.place(a)
		s.holders = append(s.holders, h)
		slices.SortStableFunc(s.holders, func(a, b *holder) int { return cmp.Compare(a.since, b.since) })
		for _, p := range ports {
			x.declared[socket{a, p.number, p.protocol}] = true
		}
		if !x.podRanges.holds(a) {
			x.nearPods.add(near(a))
		}
	}
}

func (x *index) holderOf(pod *corev1.Pod) *holder {
	h := &holder{end: x.node, node: pod.Spec.NodeName, namespace: pod.Namespace, labels: pod.Labels}
	if !pod.Spec.HostNetwork {
		h.end = x.end(x.inv.WorkloadOf(pod))
	}
	// The object of a static pod may be younger than the pod.
	if _, mirror := pod.Annotations[corev1.MirrorPodAnnotationKey]; !mirror && !pod.CreationTimestamp.IsZero() {
		h.since = pod.CreationTimestamp.Unix()
	}
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		h.mesh = h.mesh || slices.ContainsFunc(list, func(c corev1.Container) bool { return c.Name == "istio-proxy" })
	}
	return h
}

// readEnded keeps the name of a pod that has ended: a source may have it. Its address may be
// another's.
func (x *index) readEnded(pod *corev1.Pod) {
	name := podName{pod.Namespace, pod.Name}
	if x.pods[name] == nil {
		x.pods[name] = x.holderOf(pod)
		x.readPrefix(pod, x.pods[name].end)
	}
	if pod.Spec.HostNetwork {
		return
	}
	first, last := span(pod)
	for _, a := range podAddresses(pod) {
		s := x.place(a)
		s.past = append(s.past, past{x.pods[name], first, last})
	}
}

// readPrefix notes what the name of a pod begins with, where that was generated for its controller.
func (x *index) readPrefix(pod *corev1.Pod, end *api.EdgeEnd) {
	prefix := pod.GenerateName
	if dash := strings.LastIndexByte(pod.Name, '-'); prefix == "" && dash > 0 && metav1.GetControllerOf(pod) != nil {
		prefix = pod.Name[:dash+1]
	}
	at := podName{pod.Namespace, prefix}
	if prefix != "" && !slices.Contains(x.prefixes[at], end) {
		x.prefixes[at] = append(x.prefixes[at], end)
	}
}

// podPort is a port of a container.
type podPort struct {
	name     string
	number   uint16
	protocol flow.Protocol
	host     uint16
}

// portsOf are the ports of the containers that serve, in their order.
func portsOf(pod *corev1.Pod) []podPort {
	var ports []podPort
	for c := range api.ServingContainers(&pod.Spec) {
		for _, p := range c.Ports {
			if protocol, ok := protocolOf(p.Protocol); ok && isPort(p.ContainerPort) {
				ports = append(ports, podPort{p.Name, uint16(p.ContainerPort), protocol, uint16(max(0, min(p.HostPort, maxPort)))})
			}
		}
	}
	return ports
}

const maxPort = 65535

func isPort(n int32) bool { return n > 0 && n <= maxPort }

// protocolOf reads a protocol as Kubernetes has it; none is TCP.
func protocolOf(p corev1.Protocol) (flow.Protocol, bool) {
	switch p {
	case "", corev1.ProtocolTCP:
		return flow.TCP, true
	case corev1.ProtocolUDP:
		return flow.UDP, true
	case corev1.ProtocolSCTP:
		return flow.SCTP, true
	}
	return 0, false
}

// readAPIServer notes the addresses of the API server, and the ports it has there.
func (x *index) readAPIServer() {
	all := slices.Clone(x.inv.APIServer())
	slicesOf, _ := x.inv.Endpoints(serverNamespace, serverName)
	for _, s := range slicesOf {
		for _, e := range s.Endpoints {
			for _, p := range s.Ports {
				for _, a := range addresses(e.Addresses...) {
					if p.Port != nil && isPort(*p.Port) {
						all = append(all, netip.AddrPortFrom(a, uint16(*p.Port)))
					}
				}
			}
		}
	}
	for _, at := range all {
		at = netip.AddrPortFrom(clean(at.Addr()), at.Port())
		x.api[at], x.apiPorts[at.Port()] = true, true
		x.declared[socket{at.Addr(), at.Port(), flow.TCP}] = true
		x.place(at.Addr()).api = true
	}
}

// The Service of the API server.
const (
	serverNamespace = "default"
	serverName      = "kubernetes"
)

// ranges are blocks of addresses.
type ranges struct {
	all  map[netip.Prefix]bool
	bits []int
}

func (r *ranges) add(p netip.Prefix) {
	p = netip.PrefixFrom(p.Addr(), p.Bits()).Masked()
	if !p.IsValid() || r.all[p] {
		return
	}
	if r.all == nil {
		r.all = map[netip.Prefix]bool{}
	}
	r.all[p] = true
	if !slices.Contains(r.bits, p.Bits()) {
		r.bits = append(r.bits, p.Bits())
	}
}

func (r *ranges) holds(a netip.Addr) bool {
	for _, bits := range r.bits {
		if p, err := a.Prefix(bits); err == nil && r.all[p] {
			return true
		}
	}
	return false
}

// near is the block around the address of a pod in which others are likely pods too.
func near(a netip.Addr) netip.Prefix {
	bits := 24
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // the bits are those of its family
	return p
}
