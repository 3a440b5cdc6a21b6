package netpol

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	corev1 "k8s.io/api/core/v1"
)

// group is pods that no policy can tell apart but by their addresses and nodes.
type group struct {
	namespace *namespace
	labels    map[string]string
	names     []portName
	// hashes are the labelHash of each label that some selector asks for.
	hashes []uint64
	// host tells pods on the host's network; those of a group share the node.
	host bool
	// pods are sorted.
	pods []*corev1.Pod
	// selected are the policies that select the group, by direction; refused are those that
	// would if the API server let them in.
	selected, refused [2][]*policy
}

// portName is a named port of a container.
type portName struct {
	protocol int
	name     string
	number   int32
}

// groupOf returns the group that a pod belongs to, also a pod that is not of the objects.
func (n *Network) groupOf(pod *corev1.Pod) *group {
	if g := n.byPod[pod]; g != nil {
		return g
	}
	if g := n.groups[n.groupKey(pod)]; g != nil {
		return g
	}
	g := n.newGroup(pod, n.namespace(pod.Namespace))
	for _, p := range g.namespace.policies {
		g.choose(p, p.pods.matchPod(g.labels))
	}
	return g
}

func (n *Network) newGroup(pod *corev1.Pod, ns *namespace) *group {
	g := &group{namespace: ns, labels: pod.Labels, names: portNames(pod), host: pod.Spec.HostNetwork, pods: []*corev1.Pod{pod}}
	for key, value := range pod.Labels {
		if n.keys[key] {
			g.hashes = append(g.hashes, labelHash(key, value))
		}
	}
	return g
}

// groupKey is equal for pods that no policy can tell apart: labels that no selector asks for
// do not count.
func (n *Network) groupKey(pod *corev1.Pod) string {
	var key strings.Builder
	key.WriteString(strconv.Quote(pod.Namespace))
	for _, k := range slices.Sorted(maps.Keys(pod.Labels)) {
		if n.keys[k] {
			key.WriteString(strconv.Quote(k) + strconv.Quote(pod.Labels[k]))
		}
	}
	for _, p := range portNames(pod) {
		key.WriteString(strconv.Itoa(p.protocol) + strconv.Quote(p.name) + strconv.Itoa(int(p.number)))
	}
	if pod.Spec.HostNetwork {
		key.WriteString("host" + strconv.Quote(pod.Spec.NodeName))
	}
	return key.String()
}

// choose notes that a policy selects the group.
func (g *group) choose(p *policy, m match) {
	for d := range p.directions {
		switch {
		case !p.directions[d] || m == never:
		case m == perhaps || p.refused:
			g.refused[d] = append(g.refused[d], p)
		default:
			g.selected[d] = append(g.selected[d], p)
		}
	}
}

// portNames are the named ports of the containers that serve, in their order.
func portNames(pod *corev1.Pod) []portName {
	var names []portName
	for c := range api.ServingContainers(&pod.Spec) {
		for i := range c.Ports {
			p := &c.Ports[i]
			protocol := 0 // TCP, the default
			if p.Protocol != "" {
				protocol = protocolIndex(p.Protocol)
			}
			if p.Name != "" && protocol >= 0 && p.ContainerPort >= 1 && p.ContainerPort <= maxPort {
				names = append(names, portName{protocol, p.Name, p.ContainerPort})
			}
		}
	}
	return names
}

// ended tells a pod that no longer runs; its address may be another's.
func ended(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

func podAddresses(pod *corev1.Pod) []netip.Addr {
	texts := []string{pod.Status.PodIP}
	for _, ip := range pod.Status.PodIPs {
		texts = append(texts, ip.IP)
	}
	return parseAddresses(texts)
}

func hostAddresses(pod *corev1.Pod) []netip.Addr {
	texts := []string{pod.Status.HostIP}
	for _, ip := range pod.Status.HostIPs {
		texts = append(texts, ip.IP)
	}
	if pod.Spec.HostNetwork {
		return append(parseAddresses(texts), podAddresses(pod)...)
	}
	return parseAddresses(texts)
}

// parseAddresses leaves out what is no address.
func parseAddresses(texts []string) []netip.Addr {
	var all []netip.Addr
	for _, text := range texts {
		if a, err := netip.ParseAddr(text); err == nil && !slices.Contains(all, a.Unmap()) {
			all = append(all, a.Unmap())
		}
	}
	return all
}
