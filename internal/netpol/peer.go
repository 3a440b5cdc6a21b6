package netpol

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// Peer is one end of a question: pods, a namespace, or addresses.
type Peer struct {
	pods      []*corev1.Pod
	namespace *string
	ranges    []AddressRange
}

// Pods is a peer of pods, such as those of a workload. They need not be among the Objects: a
// pod made from a template is judged by its namespace, labels and containers. Pods that have
// ended do not count.
func Pods(pods ...*corev1.Pod) Peer { return Peer{pods: pods} }

// Namespace is the peer of all pods of a namespace.
func Namespace(name string) Peer { return Peer{namespace: &name} }

// Addresses is a peer of addresses. A single address of a pod or a node is that pod or node;
// a block is the addresses in it that are outside the cluster. Prefixes that are not valid
// are left out.
func Addresses(prefixes ...netip.Prefix) Peer {
	var ranges []AddressRange
	for _, p := range prefixes {
		if p.IsValid() {
			ranges = append(ranges, rangeOf(plain(p)))
		}
	}
	return Peer{ranges: newAddresses(ranges)}
}

// Address is the peer of one address.
func Address(a netip.Addr) Peer {
	a = a.Unmap().WithZone("")
	return Addresses(netip.PrefixFrom(a, a.BitLen()))
}

// Internet4 and Internet6 are the addresses of the internet: all but those that the IANA
// registries of special-purpose addresses (RFC 6890) and of multicast keep from it.
func Internet4() Peer {
	return Peer{ranges: rangeOf(netip.MustParsePrefix("0.0.0.0/0")).without(prefixRanges(
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
		"192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"))}
}

// Internet6 is global unicast (RFC 4291) without what is kept for documentation.
func Internet6() Peer {
	return Peer{ranges: rangeOf(netip.MustParsePrefix("2000::/3")).without(prefixRanges("2001:db8::/32", "3fff::/20"))}
}

// Internet is that of both families.
func Internet() Peer { return Peer{ranges: append(Internet4().ranges, Internet6().ranges...)} }

func prefixRanges(texts ...string) addresses {
	var ranges []AddressRange
	for _, text := range texts {
		ranges = append(ranges, rangeOf(netip.MustParsePrefix(text)))
	}
	return newAddresses(ranges)
}

// endpoint is a part of a peer that policies treat alike: pods of one group, or addresses.
type endpoint struct {
	group *group
	pods  []*corev1.Pod
	// own are the addresses of each pod, once asked for.
	own       [][]netip.Addr
	addresses addresses
	// entity and names are set for what is known by them, also without an address: an entity of
	// Cilium, or names outside.
	entity entities
	names  []string
	// node tells that the address is that of a node, whose name may be known.
	node     bool
	nodeName string
}

func (n *Network) endpoints(p Peer) []endpoint {
	var all []endpoint
	if p.namespace != nil {
		for _, g := range n.namespace(*p.namespace).groups {
			all = append(all, endpoint{group: g, pods: g.pods})
		}
	}
	pods := slices.Clone(p.pods)
	var outside addresses
	for _, r := range p.ranges {
		node, known := n.nodes[r.First]
		switch {
		case r.First != r.Last:
			outside = append(outside, r)
		case len(n.pods[r.First]) > 0:
			pods = append(pods, n.pods[r.First]...)
		case known:
			all = append(all, endpoint{addresses: addresses{r}, node: true, nodeName: node})
		default:
			outside = append(outside, r)
		}
	}
	if len(outside) > 0 {
		all = append(all, endpoint{addresses: outside})
	}
	return append(all, n.grouped(pods)...)
}

// grouped puts the pods that have not ended in their groups.
func (n *Network) grouped(pods []*corev1.Pod) []endpoint {
	var all []endpoint
	index := map[*group]int{}
	for _, pod := range sortedPods(pods) {
		if ended(pod) {
			continue
		}
		g := n.groupOf(pod)
		i, found := index[g]
		if !found {
			i = len(all)
			index[g] = i
			all = append(all, endpoint{group: g})
		}
		all[i].pods = append(all[i].pods, pod)
	}
	return all
}

// host tells a node, or pods on its network.
func (e *endpoint) host() bool { return e.node || e.group != nil && e.group.host }

// sharesNode tells whether a host is the node of a pod.
func (e *endpoint) sharesNode(pod *corev1.Pod) match {
	name := e.nodeName
	if e.group != nil {
		name = e.pods[0].Spec.NodeName
	}
	switch {
	case name != "" && pod.Spec.NodeName != "":
		return matchIf(name == pod.Spec.NodeName)
	case e.node && len(hostAddresses(pod)) > 0:
		return matchIf(slices.Contains(hostAddresses(pod), e.addresses[0].First))
	}
	return perhaps
}

// contains tells whether the block holds for an endpoint, whose addresses are all in it or
// all outside.
func (b *block) contains(e *endpoint) match {
	switch {
	case len(b.addresses) == 0:
		return never
	case e.group == nil && len(e.addresses) == 0:
		return perhaps
	case e.group == nil && !e.node:
		return matchIf(b.addresses.contains(e.addresses[0].First))
	case e.group == nil:
		return min(perhaps, matchIf(b.addresses.contains(e.addresses[0].First)))
	}
	for _, own := range e.podsOwn() {
		if len(own) == 0 || slices.ContainsFunc(own, b.addresses.contains) {
			return perhaps
		}
	}
	return never
}

// podsOwn are the addresses of each pod; those of its node on the host's network.
func (e *endpoint) podsOwn() [][]netip.Addr {
	if e.own == nil {
		for _, pod := range e.pods {
			if e.group.host {
				e.own = append(e.own, hostAddresses(pod))
			} else {
				e.own = append(e.own, podAddresses(pod))
			}
		}
	}
	return e.own
}
