package netpol

// matches tells whether a rule is about somebody: one of its peers matches.
func (r *rule) matches(p *policy, e *endpoint) (best match, doubt Doubt) {
	return r.matchesAny(p, r.peers, e)
}

// matchesAny is matches where the other peers of the rule are known not to.
func (r *rule) matchesAny(p *policy, peers []*rulePeer, e *endpoint) (best match, doubt Doubt) {
	if len(r.peers) == 0 {
		return surely, ""
	}
	for _, peer := range peers {
		m, why := peer.matches(p, e)
		if m == surely {
			return m, ""
		}
		if m > best {
			best, doubt = m, why
		}
	}
	return best, doubt
}

func (peer *rulePeer) matches(p *policy, e *endpoint) (match, Doubt) {
	switch {
	case peer.refused:
		return perhaps, DoubtRefused
	case peer.cilium != nil:
		return peer.matchesCilium(p, e)
	case peer.block != nil:
		return peer.block.contains(e), DoubtBlock
	case e.group == nil:
		return never, ""
	}
	m := min(peer.matchNamespace(p, e.group.namespace), peer.pods.matchPod(e.group.labels))
	switch {
	case m == perhaps:
		return m, DoubtNamespace
	case m == surely && e.group.host:
		return perhaps, DoubtHostNetwork
	}
	return m, ""
}

func (peer *rulePeer) matchNamespace(p *policy, ns *namespace) match {
	if peer.namespaces == nil {
		return matchIf(ns.name == p.ref.Namespace)
	}
	return peer.namespaces.matchNamespace(ns)
}
