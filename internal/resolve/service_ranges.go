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

// kinBits are those of the smallest block that providers are given (RFC 6177 and the registries'
// policies): Services of IPv6 may have addresses that are as public as those of pods.
const kinBits = 32

func (x *index) readKin() {
	for a, s := range x.sites {
		if a.Is6() && (s.isNode || len(s.holders) > 0) {
			p, _ := a.Prefix(kinBits)
			x.kin.add(p)
		}
	}
	for pods := range x.podRanges.all {
		if p, err := pods.Addr().Prefix(kinBits); err == nil && pods.Addr().Is6() && pods.Bits() >= kinBits {
			x.kin.add(p)
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
