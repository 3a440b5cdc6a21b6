package netpol

// sure are the ports that a direction surely lets through: those that decide finds, without what
// decides about them.
func (s *side) sure(subject, peer *endpoint) Ports {
	switch {
	case s.subject == nil || s.subject.host || len(s.selected())+len(s.refused()) == 0:
		return s.ports
	case len(s.refused()) > 0:
		return s.decide(subject, peer).sure
	}
	return surePorts(s.selected(), s.direction, s.destination, peer, s.ports)
}

// surePorts are those that policies surely let through between pods and a peer.
func surePorts(policies []*policy, d int, destination *group, peer *endpoint, asked Ports) Ports {
	var out Ports
	for _, p := range policies {
		for r, peers := range p.about(d, peer, true) {
			if !r.mayBe(asked) {
				continue
			}
			if m, _ := r.matchesAny(p, peers, peer); m != surely {
				continue
			}
			ports := r.ports
			if len(r.names) > 0 {
				ports, _, _ = r.on(destination)
			}
			if out = out.Or(ports.And(asked)); out.Covers(asked) {
				return out
			}
		}
	}
	return out
}

// isolates tells whether policies may close a direction of a group.
func (g *group) isolates(d int) bool {
	return g != nil && !g.host && len(g.selected[d])+len(g.refused[d]) > 0
}

// one tells an endpoint of pods or of one address: the blocks of rules do not cut it.
func (e *endpoint) one() bool {
	return e.group != nil || e.node || e.entity != 0 || len(e.addresses) == 0 && len(e.names) > 0 || len(e.addresses) == 1 && e.addresses[0].First == e.addresses[0].Last
}
