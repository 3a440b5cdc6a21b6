package netpol

import (
	"math/big"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// sideSure are the ports that one side surely lets through.
func sideSure(d int, own, peer *endpoint, asked Ports) Ports {
	destination := peer.group
	if d == ingress {
		destination = own.group
	}
	q := newSide(d, own.group, destination, asked)
	return q.sure(own, peer)
}

// countTuples counts whom a subject may exchange traffic with among the workloads that are there,
// on the ports that these are known to serve, and looks for what is let through for no reason.
func (f *fitter) countTuples(s *fitSubject) {
	for d := range s.sides {
		side := &s.sides[d]
		anybody := side.anybody()
		for _, w := range f.all {
			known := w.known
			if d == ingress {
				known = s.workload.known
			}
			if w.HostNetwork || known.Empty() {
				continue
			}
			s.tuples.Before += f.tuples(f.before, s, d, w, known)
			s.tuples.After += f.tuples(f.after, s, d, w, known)
			if extra := f.ownPorts(s, d, w, known).minus(side.granted[w]).minus(anybody); !extra.Empty() {
				use := extra.String() + [...]string{" from ", " of "}[d] + w.Ref.ShortFrom(s.ref.Namespace)
				s.excess = append(s.excess, api.ReasonedUse{Use: use, Reason: "nothing asks for it"})
			}
		}
		for use, n := range side.needs {
			if n.reason == "" && use.peer.workload != nil {
				s.tuples.Needed += use.ports().size()
			}
		}
	}
	s.tuples.OutsideBefore, s.tuples.OutsideAfter = f.outsideWords(f.before, s), f.outsideWords(f.after, s)
}

func (f *fitter) tuples(n *Network, s *fitSubject, d int, w *fitWorkload, known Ports) int {
	var sure Ports
	own, peers := f.endsOf(n, s.workload), f.endsOf(n, w)
	for i := range peers {
		for j := range own {
			ports := sideSure(d, &own[j], &peers[i], known)
			if !ports.Empty() && !sure.Covers(ports) {
				sure = sure.Or(sideSure(1-d, &peers[i], &own[j], ports))
			}
		}
	}
	return sure.size()
}

// ownPorts are those that the policy written for a subject surely lets through.
func (f *fitter) ownPorts(s *fitSubject, d int, w *fitWorkload, known Ports) Ports {
	var sure Ports
	if s.draft == nil {
		return sure
	}
	own, peers := f.endsOf(f.after, s.workload), f.endsOf(f.after, w)
	for i := range own {
		at := slices.IndexFunc(own[i].group.selected[d], func(p *policy) bool { return p.ref.Name == s.policy && f.isWritten(p) })
		if at < 0 {
			continue
		}
		for j := range peers {
			destination := [...]*group{own[i].group, peers[j].group}[d]
			sure = sure.Or(surePorts(own[i].group.selected[d][at:at+1], d, destination, &peers[j], known))
		}
	}
	return sure
}

// outsideWords say which addresses are allowed in both directions.
func (f *fitter) outsideWords(n *Network, s *fitSubject) string {
	in, out := f.outsideOf(n, s, ingress), f.outsideOf(n, s, egress)
	if in != out {
		return "ingress " + in + ", egress " + out
	}
	if in == openWords {
		return anyAddressWords
	}
	return in
}

// A direction that is open lets any address through, as a rule for all ports does.
const (
	openWords       = "open"
	anyAddressWords = "any address"
)

func (f *fitter) outsideOf(n *Network, s *fitSubject, d int) string {
	var anybody Ports
	var ranges []AddressRange
	names := map[string]bool{}
	for _, own := range f.endsOf(n, s.workload) {
		g := own.group
		if g.host || len(g.selected[d]) == 0 {
			return openWords
		}
		for _, p := range g.selected[d] {
			for i := range p.rules[d] {
				r := &p.rules[d][i]
				if len(r.peers) == 0 {
					anybody = anybody.Or(r.ports)
				}
				for _, peer := range r.peers {
					names = namesOf(names, peer)
					if peer.block != nil {
						ranges = append(ranges, peer.block.addresses...)
					}
				}
			}
		}
	}
	if anybody.All() {
		return anyAddressWords
	}
	words := outsideNames(rangesWords(newAddresses(ranges)), len(names))
	if anybody.Empty() {
		return words
	}
	if words == noAddress {
		return anyAddressWords + " on " + anybody.String()
	}
	return anyAddressWords + " on " + anybody.String() + ", else " + words
}

// namesOf adds the names of a peer.
func namesOf(names map[string]bool, peer *rulePeer) map[string]bool {
	if peer.cilium != nil {
		for _, name := range peer.cilium.names {
			names[name] = true
		}
	}
	return names
}

// outsideNames are words for addresses, and how many names there are beside them.
func outsideNames(words string, names int) string {
	switch {
	case names == 0:
		return words
	case words == noAddress:
		return thousands(names) + verb(names, " name", " names")
	}
	return words + ", " + thousands(names) + verb(names, " name", " names")
}

const noAddress = "none"

func rangesWords(ranges addresses) string {
	if len(ranges) == 0 {
		return noAddress
	}
	count := new(big.Int)
	for _, r := range ranges {
		first, last := new(big.Int).SetBytes(r.First.AsSlice()), new(big.Int).SetBytes(r.Last.AsSlice())
		count.Add(count, last.Sub(last, first)).Add(count, big.NewInt(1))
	}
	if count.BitLen() > 32 {
		return "more than 2^32 addresses"
	}
	return addressCount(count)
}
