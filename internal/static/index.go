package static

import (
	"cmp"
	"iter"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// index is what an inventory says of names and addresses. It does not change once it is made.
type index struct {
	inv       *cluster.Inventory
	workloads []*workload.Workload
	// pods by namespace: the live ones, or those of a template where there are none.
	pods     map[string][]*member
	services map[types.NamespacedName]*corev1.Service
	// namespaces are those that something was read of.
	namespaces map[string]bool
	// at are the Services and pods by their addresses; nodes have no other.
	at     map[netip.Addr]site
	ranges []netip.Prefix
	// behind are the pods that Services select.
	behind map[*corev1.Service][]*member
	// served are the hosts of Ingresses.
	served map[string]bool
}

// member is a pod of a workload.
type member struct {
	pod  *corev1.Pod
	ref  api.Ref
	host bool
	// live tells it from one of a template, of which no name is known.
	live bool
}

// end is the pod as an edge has it: one on the network of its node is not told from that.
func (m *member) end() api.EdgeEnd {
	if m.host {
		return api.EdgeEnd{Kind: api.EndNode}
	}
	ref := m.ref
	return api.EdgeEnd{Kind: api.EndWorkload, Workload: &ref}
}

// site is what has an address.
type site struct {
	service *corev1.Service
	pod     *member
	node    bool
}

func newIndex(inv *cluster.Inventory) *index {
	x := &index{
		inv: inv, workloads: inv.Workloads(), pods: map[string][]*member{}, services: map[types.NamespacedName]*corev1.Service{},
		namespaces: map[string]bool{}, at: map[netip.Addr]site{}, behind: map[*corev1.Service][]*member{}, served: map[string]bool{},
	}
	for _, name := range inv.NamespacesRead() {
		x.namespaces[name] = true
	}
	x.readNodes()
	for _, w := range x.workloads {
		x.readWorkload(w)
	}
	for _, namespace := range inv.NetworkNamespaces() {
		services, _ := inv.Services(namespace)
		for _, s := range services {
			x.readService(s)
		}
		x.readIngresses(namespace)
	}
	return x
}

func (x *index) readNodes() {
	for _, node := range x.inv.Nodes() {
		for _, a := range node.Status.Addresses {
			x.place(a.Address, site{node: true})
		}
		x.ranges = append(x.ranges, cluster.PodRanges(node)...)
	}
}

func (x *index) place(address string, s site) {
	if a, ok := addressOf(address); ok {
		x.at[a] = s
	}
}

func (x *index) readWorkload(w *workload.Workload) {
	x.namespaces[w.Ref.Namespace] = true
	for _, pod := range w.Pods {
		m := &member{pod, w.Ref, pod.Spec.HostNetwork, true}
		x.pods[w.Ref.Namespace] = append(x.pods[w.Ref.Namespace], m)
		for _, ip := range pod.Status.HostIPs {
			x.place(ip.IP, site{node: true})
		}
		for _, ip := range pod.Status.PodIPs {
			if !m.host {
				x.place(ip.IP, site{pod: m})
			}
		}
	}
	if len(w.Pods) > 0 {
		return
	}
	for _, t := range w.Templates {
		pod := &corev1.Pod{ObjectMeta: *t.Meta, Spec: *t.Spec}
		pod.Namespace = w.Ref.Namespace
		x.pods[w.Ref.Namespace] = append(x.pods[w.Ref.Namespace], &member{pod, w.Ref, t.Spec.HostNetwork, false})
	}
}

func (x *index) readService(s *corev1.Service) {
	x.namespaces[s.Namespace] = true
	x.services[types.NamespacedName{Namespace: s.Namespace, Name: s.Name}] = s
	if s.Spec.Type == corev1.ServiceTypeExternalName {
		return
	}
	for _, a := range dialled(s) {
		x.place(a, site{service: s})
	}
	if len(s.Spec.Selector) == 0 {
		return
	}
	selector := labels.SelectorFromValidatedSet(s.Spec.Selector)
	for _, m := range x.pods[s.Namespace] {
		if selector.Matches(labels.Set(m.pod.Labels)) {
			x.behind[s] = append(x.behind[s], m)
		}
	}
}

// dialled are the addresses of a Service, but for those of nodes.
func dialled(s *corev1.Service) []string {
	out := append(slices.Clone(s.Spec.ClusterIPs), s.Spec.ClusterIP)
	out = append(out, s.Spec.ExternalIPs...)
	for _, i := range s.Status.LoadBalancer.Ingress {
		out = append(out, i.IP)
	}
	return out
}

func isHeadless(s *corev1.Service) bool {
	return s.Spec.ClusterIP == corev1.ClusterIPNone
}

func isAPIServer(s *corev1.Service) bool {
	return s.Namespace == serverNamespace && s.Name == serverName
}

// Where every API server publishes its own addresses.
const (
	serverNamespace = "default"
	serverName      = "kubernetes"
)

// protocolOf is a protocol as an Edge has it.
func protocolOf(p corev1.Protocol) string { return string(cmp.Or(p, corev1.ProtocolTCP)) }

// targetPort is the port of a pod behind that of a Service, 0 for none.
func targetPort(pod *corev1.Pod, p *corev1.ServicePort) int32 {
	if p.TargetPort.Type == intstr.Int {
		return valid(cmp.Or(p.TargetPort.IntVal, p.Port))
	}
	for c := range servingPorts(pod) {
		if c.Name == p.TargetPort.StrVal && protocolOf(c.Protocol) == protocolOf(p.Protocol) {
			return valid(c.ContainerPort)
		}
	}
	return 0
}

// servingPorts are those of the containers that serve while the pod runs, in the order in which
// FindPort of k8s.io/kubernetes pkg/api/v1/pod looks: the main ones, then sidecars (KEP-753).
func servingPorts(pod *corev1.Pod) iter.Seq[*corev1.ContainerPort] {
	return func(yield func(*corev1.ContainerPort) bool) {
		for n, list := range [][]corev1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
			for i := range list {
				if always := list[i].RestartPolicy; n > 0 && (always == nil || *always != corev1.ContainerRestartPolicyAlways) {
					continue
				}
				for j := range list[i].Ports {
					if !yield(&list[i].Ports[j]) {
						return
					}
				}
			}
		}
	}
}

func valid(port int32) int32 {
	if port < 1 || port > maxPort {
		return 0
	}
	return port
}

// ownHosts are the public names of a workload: those of Ingresses that lead to it.
func (x *index) ownHosts(w *workload.Workload) map[string]bool {
	out := map[string]bool{}
	ingresses, _ := x.inv.Ingresses(w.Ref.Namespace)
	for _, i := range ingresses {
		for _, rule := range i.Spec.Rules {
			if rule.HTTP == nil {
				continue
			}
			for _, path := range rule.HTTP.Paths {
				if b := path.Backend.Service; b != nil && rule.Host != "" && x.isBehind(w.Ref.Namespace, b.Name, w.Ref) {
					out[rule.Host] = true
				}
			}
		}
	}
	return out
}

// readIngresses notes the names that the cluster serves itself.
func (x *index) readIngresses(namespace string) {
	ingresses, _ := x.inv.Ingresses(namespace)
	for _, i := range ingresses {
		for _, rule := range i.Spec.Rules {
			if rule.Host != "" {
				x.served[strings.ToLower(rule.Host)] = true
			}
		}
	}
}

// isServed tells a name that an Ingress has, itself or as one of *.its.domain.
func (x *index) isServed(name string) bool {
	_, domain, found := strings.Cut(name, ".")
	return x.served[name] || found && x.served["*."+domain]
}

func (x *index) isBehind(namespace, service string, ref api.Ref) bool {
	s := x.services[types.NamespacedName{Namespace: namespace, Name: service}]
	return s != nil && slices.ContainsFunc(x.behind[s], func(m *member) bool { return m.ref == ref })
}
