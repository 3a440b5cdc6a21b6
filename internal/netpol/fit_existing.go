package netpol

import (
	"maps"
	"slices"
)

// endsOf are the parts of a workload that the policies of a network treat alike, one pod each.
func (f *fitter) endsOf(n *Network, w *fitWorkload) []endpoint {
	return f.ends.Of(endsKey{n, w}, func() []endpoint {
		all := n.endpoints(Pods(n.Distinct(w.pods)...))
		for i := range all {
			all[i].podsOwn()
		}
		return all
	})
}

// peerEnds are the parts of a peer. Addresses that a rule names are looked at as such, also where
// they are those of nodes: as with the API server.
func (f *fitter) peerEnds(n *Network, s *fitSubject, p *fitPeer) []endpoint {
	switch {
	case p.workload != nil && p.workload == s.workload:
		var others []endpoint
		for _, e := range f.endsOf(n, p.workload) {
			pod := *e.pods[0]
			pod.Name += "-other"
			e.pods = append(e.pods[:0:0], &pod)
			others = append(others, e)
		}
		return others
	case p.workload != nil:
		return f.endsOf(n, p.workload)
	case p.pod != nil:
		return n.endpoints(Pods(p.pod))
	case p.named != nil || p.names != nil:
		return p.ciliumEnds()
	case p.anybody:
		return []endpoint{{addresses: prefixRanges("192.0.2.1/32")}}
	}
	var all []endpoint
	for _, b := range p.blocks {
		all = append(all, endpoint{addresses: addresses{rangeOf(b)}})
	}
	return all
}

// alreadyBy are the policies of others that let a use through for sure, nil where none do.
func (f *fitter) alreadyBy(s *fitSubject, d int, use fitUse) []string {
	by := map[string]bool{}
	for _, own := range f.endsOf(f.others, s.workload) {
		for _, peer := range f.peerEnds(f.others, s, use.peer) {
			if use.peer.anybody && !f.anybodyAlready(&own, d, use.ports(), by) {
				return nil
			} else if use.peer.anybody {
				continue
			}
			parts, fits := split(&peer, &own, d)
			if !fits {
				return nil
			}
			for i := range parts {
				if !sideLetsThrough(&own, &parts[i], d, use.ports(), by) {
					return nil
				}
			}
		}
	}
	if len(by) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(by))
}

// sideLetsThrough tells whether the policies of the one side surely let ports through.
func sideLetsThrough(own, peer *endpoint, d int, ports Ports, by map[string]bool) bool {
	destination := peer.group
	if d == ingress {
		destination = own.group
	}
	q := newSide(d, own.group, destination, ports)
	o := q.decide(own, peer)
	if !o.sure.Covers(ports) {
		return false
	}
	for _, decision := range o.decisions {
		if decision.Rule.Policy.Name != "" {
			by[decision.Rule.Policy.Name] = true
		}
	}
	return true
}

// anybodyAlready looks for rules without peers.
func (f *fitter) anybodyAlready(own *endpoint, d int, ports Ports, by map[string]bool) bool {
	var sure Ports
	for _, p := range own.group.selected[d] {
		for i := range p.rules[d] {
			if r := &p.rules[d][i]; len(r.peers) == 0 && !r.ports.And(ports).Empty() {
				sure = sure.Or(r.ports)
				by[p.ref.Name] = true
			}
		}
	}
	return sure.Covers(ports)
}
