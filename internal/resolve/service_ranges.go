package resolve

import (
	"net/netip"
	"slices"
)

// readServiceRanges guesses the ranges of Services from the addresses they have: as wide as
// usual, and narrower where nodes or pods would be in it. Addresses that load balancers and
// people gave them do not count.
func (x *index) readServiceRanges() {
	for _, namespace := range x.inv.NetworkNamespaces() {
		services, _ := x.inv.Services(namespace)
		for _, s := range services {
			for _, a := range addresses(append(slices.Clone(s.Spec.ClusterIPs), s.Spec.ClusterIP)...) {
				x.noServices = false
				x.addServiceRange(a)
			}
		}
	}
}

// Bits of the ranges of Services: kubeadm and others give /12 to /20, and of IPv6 at most 20 bits
// (--service-cluster-ip-range). Public addresses are given out in smaller blocks.
const (
	serviceBits       = 16
	publicServiceBits = 20
	narrowServiceBits = 24
	serviceBits6      = 112
)

func (x *index) addServiceRange(a netip.Addr) {
	if a.Is6() {
		p, _ := a.Prefix(serviceBits6)
		x.serviceRanges.add(p)
		return
	}
	bits := serviceBits
	if !private(a) {
		bits = publicServiceBits
	}
	for ; bits <= narrowServiceBits; bits += 4 {
		if p, err := a.Prefix(bits); err == nil && !x.others(p) {
			x.serviceRanges.add(p)
			return
		}
	}
}

// private tells addresses that the internet does not have (RFC 1918, 4193, 6598).
func private(a netip.Addr) bool {
	return a.IsPrivate() || netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10).Contains(a)
}

// others tells whether nodes or pods are in a range of IPv4.
func (x *index) others(p netip.Prefix) bool {
	if known, ok := x.taken[p]; ok {
		return known
	}
	found := false
	for pods := range x.podRanges.all {
		found = found || pods.Overlaps(p)
	}
	for a, s := range x.sites {
		found = found || (s.isNode || len(s.holders) > 0) && p.Contains(a)
	}
	x.taken[p] = found
	return found
}
