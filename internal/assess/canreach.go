package assess

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Side is an end with the namespace to look for it in, and what was read of it.
type Side struct {
	End
	Namespace string
	Inventory *cluster.Inventory
}

// CanReach tells whether one side reaches another by the NetworkPolicies of both. The error
// is for an end that is not there, and for a port that means nothing.
func CanReach(from, to Side) (*api.Reachability, error) {
	source, err := locate(from.Inventory, from.Namespace, from.End)
	if err != nil {
		return nil, err
	}
	target, err := locate(to.Inventory, to.Namespace, to.End)
	if err != nil {
		return nil, err
	}
	ports, err := portsOf(to.End, target)
	if err != nil {
		return nil, err
	}
	network := networkOf(from.Inventory, to.Inventory)
	answer := network.Reach(source.peer, target.peer, ports)
	out := &api.Reachability{
		From: from.Text, To: to.Text, Ports: portText(ports), Allowed: string(answer.Allowed),
		Egress: decisionTexts(answer.Egress), Ingress: decisionTexts(answer.Ingress),
		Enforced: from.Inventory.Enforcer(),
	}
	for _, note := range append(source.notes, target.notes...) {
		out.Notes = appendNew(out.Notes, note)
	}
	if answer.Parts == 0 {
		return nil, fmt.Errorf("%s or %s has no live pods that were read: there is nobody to judge", from.Text, to.Text)
	}
	out.Unknown = notKnownOf(from, to, source, target)
	// One side that denies is enough, where its policies were read.
	denied := allDeny(answer.Egress) && policiesOf(from, source) == "" || allDeny(answer.Ingress) && policiesOf(to, target) == ""
	if len(out.Unknown) > 0 && !denied {
		out.Allowed = unknownWord
	}
	return out, nil
}

func allDeny(decisions []netpol.Decision) bool {
	return len(decisions) > 0 && !slices.ContainsFunc(decisions, func(d netpol.Decision) bool { return d.Verdict != netpol.No })
}

// notKnownOf are the things that were not read and that may decide.
func notKnownOf(from, to Side, source, target located) []string {
	var out []string
	for _, end := range []struct {
		Side
		at located
	}{{from, source}, {to, target}} {
		if why := policiesOf(end.Side, end.at); why != "" {
			out = appendNew(out, why)
		}
		if len(end.at.pods) == 0 && end.Prefix.IsValid() && isPrivate(end.Prefix) && !isLinkLocal(end.Prefix) && !knowsAddress(end.Inventory, end.Prefix) {
			out = appendNew(out, fmt.Sprintf("whether %s is of a pod, a Service or a node that was not read", end.Text))
		}
		for _, u := range end.Inventory.Unread {
			if u.Resource == "pods" {
				out = appendNew(out, fmt.Sprintf("%s %s%s: %s", u.Verb, u.Resource, inPlace(u.Namespace), u.Reason))
			}
		}
	}
	return out
}

// policiesOf says why the policies of an end are not known; of addresses there are none.
func policiesOf(side Side, at located) string {
	if len(at.pods) == 0 && !side.IsNamespace() {
		return ""
	}
	return policiesUnknown(side.Inventory, side.Namespace)
}

func isLinkLocal(p netip.Prefix) bool { return p.Addr().IsLinkLocalUnicast() }

// knowsAddress tells an address of a pod that was read.
func knowsAddress(inv *cluster.Inventory, p netip.Prefix) bool {
	return slices.ContainsFunc(inv.LivePods(), func(pod *corev1.Pod) bool {
		return slices.ContainsFunc(pod.Status.PodIPs, func(ip corev1.PodIP) bool { return ip.IP == p.Addr().String() })
	})
}

// networkOf is the network of what was read of both sides. A workload without live pods is
// there with a pod of each template.
func networkOf(sides ...*cluster.Inventory) *netpol.Network {
	objects := netpol.Objects{}
	seen := map[string]bool{}
	once := func(kind, namespace, name string) bool {
		key := kind + "/" + namespace + "/" + name
		before := seen[key]
		seen[key] = true
		return !before
	}
	for _, inv := range sides {
		names := map[string]bool{}
		for _, pod := range inv.LivePods() {
			names[pod.Namespace] = true
			if once("pod", pod.Namespace, pod.Name) {
				objects.Pods = append(objects.Pods, pod)
			}
		}
		for _, w := range inv.Workloads() {
			names[w.Ref.Namespace] = true
			if len(w.Pods) == 0 && once("template "+w.Ref.Kind, w.Ref.Namespace, w.Ref.Name) {
				objects.Pods = append(objects.Pods, podsFor(w, w.Shapes())...)
			}
		}
		for name := range names {
			policies, _ := inv.NetworkPolicies(name)
			for _, p := range policies {
				if once("policy", p.Namespace, p.Name) {
					objects.Policies = append(objects.Policies, p)
				}
			}
			if known := inv.Namespace(name); known.Fact == workload.FactYes && once("namespace", "", name) {
				objects.Namespaces = append(objects.Namespaces, known.Value)
			}
		}
	}
	return netpol.New(objects)
}

func decisionTexts(decisions []netpol.Decision) []string {
	var out []string
	for _, d := range decisions {
		out = appendNew(out, d.String())
	}
	return out
}

func portText(ports netpol.Ports) string {
	if ports.All() {
		return anyPort
	}
	return ports.String()
}

// portsOf are the ports of the pods that are meant: of a Service those behind its own.
func portsOf(e End, at located) (netpol.Ports, error) {
	if at.service != nil {
		return servicePorts(e, at)
	}
	if e.Port == "" {
		return netpol.AllPorts(), nil
	}
	text, protocol, err := splitPort(e.Port)
	if err != nil {
		return netpol.Ports{}, err
	}
	if number, err := strconv.ParseInt(text, 10, 32); err == nil {
		return netpol.Port(protocol, int32(number))
	}
	return namedPorts(text, protocol, at.pods)
}

func splitPort(text string) (port string, protocol corev1.Protocol, err error) {
	port, name, found := strings.Cut(text, "/")
	if !found {
		return port, corev1.ProtocolTCP, nil
	}
	protocol = corev1.Protocol(strings.ToUpper(name))
	if !slices.Contains([]corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP}, protocol) {
		return port, protocol, fmt.Errorf("port %q: the protocol is none of TCP, UDP and SCTP", text)
	}
	return port, protocol, nil
}

// namedPorts are those of a name on any of the pods.
func namedPorts(name string, protocol corev1.Protocol, pods []*corev1.Pod) (netpol.Ports, error) {
	var ports netpol.Ports
	for _, pod := range pods {
		for _, c := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
			for _, p := range c.Ports {
				if is := p.Protocol == protocol || p.Protocol == "" && protocol == corev1.ProtocolTCP; p.Name != name || !is {
					continue
				}
				one, err := netpol.Port(protocol, p.ContainerPort)
				if err != nil {
					return ports, err
				}
				ports = ports.Or(one)
			}
		}
	}
	if ports.Empty() {
		return ports, fmt.Errorf("no container has a port named %q (%s)", name, protocol)
	}
	return ports, nil
}

// servicePorts are the target ports of a Service's port, or of all.
func servicePorts(e End, at located) (netpol.Ports, error) {
	var ports netpol.Ports
	asked, wanted, err := splitPort(e.Port)
	if err != nil {
		return ports, err
	}
	for _, p := range at.service.Spec.Ports {
		protocol := p.Protocol
		if protocol == "" {
			protocol = corev1.ProtocolTCP
		}
		if asked != "" && asked != p.Name && asked != strconv.Itoa(int(p.Port)) || strings.Contains(e.Port, "/") && wanted != protocol {
			continue
		}
		target := p.TargetPort
		if target == (intstr.IntOrString{}) {
			target = intstr.FromInt32(p.Port)
		}
		var one netpol.Ports
		var err error
		if target.Type == intstr.String {
			one, err = namedPorts(target.StrVal, protocol, at.pods)
		} else {
			one, err = netpol.Port(protocol, target.IntVal)
		}
		if err != nil {
			return ports, fmt.Errorf("service %q: %w", at.service.Name, err)
		}
		ports = ports.Or(one)
	}
	if ports.Empty() {
		return ports, fmt.Errorf("service %q has no port %q", at.service.Name, e.Port)
	}
	return ports, nil
}
