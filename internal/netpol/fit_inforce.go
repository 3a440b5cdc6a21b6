package netpol

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// inForcePolicies are the other policies that select a subject, by name.
func (f *fitter) inForcePolicies(s *fitSubject, d int) map[string]*policy {
	all := map[string]*policy{}
	for _, own := range f.endsOf(f.after, s.workload) {
		for _, p := range own.group.selected[d] {
			if !f.isWritten(p) {
				all[p.ref.Name] = p
			}
		}
	}
	return all
}

// more is what a policy lets through beyond what was observed and added, by direction and ports.
type more map[string]map[string][]string

func (m more) add(policy, head, whom string) {
	if m[policy] == nil {
		m[policy] = map[string][]string{}
	}
	if !slices.Contains(m[policy][head], whom) {
		m[policy][head] = append(m[policy][head], whom)
	}
}

func moreWords(d int, ports Ports) string {
	return [...]string{"ingress on ", "egress to "}[d] + ports.String() + [...]string{" from ", " of "}[d]
}

// findInForce lists what other policies let a subject do beyond what is needed: policies add up.
func (f *fitter) findInForce(s *fitSubject) {
	found := more{}
	for d := range s.sides {
		for _, p := range f.inForcePolicies(s, d) {
			if !f.moreOutside(s, d, p, found) {
				f.moreInside(f.after, s, d, p, found)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		lines := found.lines(name)
		if len(lines) > mostReasons {
			lines = append(lines[:mostReasons:mostReasons], fmt.Sprintf("and %d more", len(lines)-mostReasons))
		}
		s.inForce = append(s.inForce, api.PolicyInForce{Policy: policyRef(s.ref.Namespace, name), More: lines})
	}
}

// moreOutside looks at rules for anybody and for blocks. It is true where anybody is let through
// on all ports, so that there is no more to say.
func (f *fitter) moreOutside(s *fitSubject, d int, p *policy, found more) bool {
	side := &s.sides[d]
	for i := range p.rules[d] {
		r := &p.rules[d][i]
		ports := r.ports.minus(side.anybody())
		if len(r.peers) == 0 && !ports.Empty() {
			found.add(p.ref.Name, moreWords(d, ports), "anybody")
			if ports.All() {
				return true
			}
		}
		for _, peer := range r.peers {
			if peer.block != nil && !side.needsBlock(peer.block, r.ports) {
				found.add(p.ref.Name, moreWords(d, r.ports), peer.who.text)
			}
		}
	}
	return false
}

// anybody are the ports that are needed for anybody.
func (side *fitSide) anybody() Ports {
	var ports Ports
	for use := range side.needs {
		if use.peer.anybody && use.peer.key == keyAnybody {
			ports = ports.Or(use.ports())
		}
	}
	return ports
}

// needsBlock tells whether all of a block is needed on all of the ports.
func (side *fitSide) needsBlock(b *block, ports Ports) bool {
	at := map[netip.Prefix]Ports{}
	for use := range side.needs {
		for _, block := range use.peer.blocks {
			at[block] = at[block].Or(use.ports())
		}
	}
	var needed []AddressRange
	for block, have := range at {
		if have.Covers(ports) {
			needed = append(needed, rangeOf(block))
		}
	}
	joined := newAddresses(needed)
	return !slices.ContainsFunc(b.addresses, func(r AddressRange) bool { return len(r.without(joined)) > 0 })
}

// moreInside looks at the workloads that rules name.
func (f *fitter) moreInside(n *Network, s *fitSubject, d int, p *policy, found more) {
	only, anybody := []*policy{p}, s.sides[d].anybody()
	for _, w := range f.all {
		if w.HostNetwork || len(p.rules[d]) == 0 {
			continue
		}
		known := w.known
		if d == ingress {
			known = s.workload.known
		}
		if n == f.before { // a policy that is replaced
			known = known.Or(p.rulePorts(d))
		}
		if known = known.minus(s.sides[d].granted[w].Or(anybody)); known.Empty() {
			continue
		}
		var extra Ports
		for _, own := range f.endsOf(n, s.workload) {
			for _, peer := range f.endsOf(n, w) {
				destination := [...]*group{own.group, peer.group}[d]
				extra = extra.Or(surePorts(only, d, destination, &peer, known))
			}
		}
		if !extra.Empty() {
			found.add(p.ref.Name, moreWords(d, extra), w.Ref.ShortFrom(s.ref.Namespace))
		}
	}
}

func (f *fitter) isWritten(p *policy) bool { return f.wrote(p.ref) }

// refusers are the policies of decisions that refuse.
func refusers(decisions []Decision) []api.Ref {
	var refs []api.Ref
	for _, d := range decisions {
		if d.Verdict == No && d.Rule.Policy.Name != "" && !slices.Contains(refs, d.Rule.Policy) {
			refs = append(refs, d.Rule.Policy)
		}
	}
	slices.SortFunc(refs, api.Ref.Compare)
	return refs
}

func policyNames(refs []api.Ref) string {
	var names []string
	for _, r := range refs {
		names = append(names, r.Kind+" "+r.Namespace+"/"+r.Name)
	}
	return some(names, ", ")
}
