package cluster

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Nodes are those that were read, by name, with their addresses and the ranges of their pods.
func (inv *Inventory) Nodes() []*corev1.Node {
	nodes := make([]*corev1.Node, 0, len(inv.nodes))
	for _, name := range slices.Sorted(maps.Keys(inv.nodes)) {
		nodes = append(nodes, inv.nodes[name])
	}
	return nodes
}

// EndedPods are the pods that were read and have ended, by namespace and name: their addresses
// may be another's now.
func (inv *Inventory) EndedPods() []*corev1.Pod {
	var pods []*corev1.Pod
	for _, of := range []map[ownerKey]*corev1.Pod{inv.pods, inv.neighbours} {
		for key, pod := range of {
			if !live(pod) && (inv.pods[key] == nil || inv.pods[key] == pod) {
				pods = append(pods, pod)
			}
		}
	}
	slices.SortFunc(pods, func(a, b *corev1.Pod) int {
		if n := strings.Compare(a.Namespace, b.Namespace); n != 0 {
			return n
		}
		return strings.Compare(a.Name, b.Name)
	})
	return pods
}

// tunnelAnnotations of a node are those in which network plugins keep addresses that a node
// takes from the range of the pods (projectcalico/calico libcalico-go
// lib/backend/k8s/resources/node.go; cilium/cilium pkg/annotation).
func tunnelAnnotations() []string {
	return []string{
		"projectcalico.org/IPv4IPIPTunnelAddr", "projectcalico.org/IPv4VXLANTunnelAddr", "projectcalico.org/IPv6VXLANTunnelAddr",
		"projectcalico.org/IPv4WireguardInterfaceAddr", "projectcalico.org/IPv6WireguardInterfaceAddr",
		"network.cilium.io/ipv4-cilium-host", "network.cilium.io/ipv6-cilium-host",
	}
}

// TunnelAddresses are the addresses that the network plugin says a node has among those of pods,
// as they are written.
func TunnelAddresses(node *corev1.Node) []string {
	var out []string
	for _, key := range tunnelAnnotations() {
		if text, found := node.Annotations[key]; found {
			out = append(out, text)
		}
	}
	return out
}

// PodRanges are the ranges that a node gives its pods addresses of. What is written otherwise is left
// out.
func PodRanges(node *corev1.Node) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range append(slices.Clone(node.Spec.PodCIDRs), node.Spec.PodCIDR) {
		if p, err := netip.ParsePrefix(text); err == nil {
			out = append(out, p)
		}
	}
	return out
}

// reduceNode keeps what the kubelet says of itself, and where the node and its pods are.
func reduceNode(node *corev1.Node) *corev1.Node {
	var tunnels map[string]string
	for _, key := range tunnelAnnotations() {
		if text, found := node.Annotations[key]; found {
			if tunnels == nil {
				tunnels = map[string]string{}
			}
			tunnels[key] = text
		}
	}
	out := &corev1.Node{Status: corev1.NodeStatus{
		Addresses:       node.Status.Addresses,
		NodeInfo:        node.Status.NodeInfo,
		RuntimeHandlers: node.Status.RuntimeHandlers,
		Features:        node.Status.Features,
	}}
	out.Name, out.Labels, out.Annotations = node.Name, node.Labels, tunnels
	out.Spec.PodCIDR, out.Spec.PodCIDRs = node.Spec.PodCIDR, node.Spec.PodCIDRs
	return out
}
