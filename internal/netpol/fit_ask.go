package netpol

import (
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// settle decides which directions the policies of the subjects close. What is added for one of
// them the policy of the other end lets through as well, which may make that one close, and add,
// more: needs only grow, so that there is an end to it.
func (f *fitter) settle() {
	for _, s := range f.subjects {
		for d := range s.sides {
			f.ask(s, &s.sides[d])
		}
	}
	for again := true; again; {
		again = false
		for _, s := range f.subjects {
			for d := range s.sides {
				f.decideSide(s, &s.sides[d])
				again = f.wantThere(s, &s.sides[d]) || again
			}
		}
	}
}

// ask finds who closes a direction already, and what is to be added where the subject's own
// policy closes it. In place of a policy of its own, the new one lets through what the older one
// may have.
func (f *fitter) ask(s *fitSubject, side *fitSide) {
	side.closed, side.denied = f.closedBefore(s, side.direction), f.denies(s, side.direction)
	if !s.fits() {
		return
	}
	side.observed = len(side.needs) > 0 || side.denied && len(side.stuck) > 0
	f.askNames(s, side)
	if f.opts.Exact || side.closed && s.older == nil && !f.opts.configures() {
		return
	}
	var stuck []fitStuck
	if side.direction == egress {
		var more []fitNeed
		more, stuck = f.calleeNeeds(s)
		side.asks = slices.Concat(side.asks, f.dnsNeeds(s), more)
	} else {
		side.asks, stuck = f.callerNeeds(s)
		side.asks = append(side.asks, f.serveNeeds(s)...)
	}
	side.observed = side.takeAnybody(s, side.asks) || side.observed
	side.stuck = append(side.stuck, stuck...)
}

// decideSide closes a direction, and adds what is to be added then.
func (f *fitter) decideSide(s *fitSubject, side *fitSide) {
	if s.fits() && !side.closed {
		side.closes = f.opts.closes(side.direction) || side.observed && (side.denied || len(side.stuck) == 0)
	}
	side.shut = side.denied || side.closed || side.closes
	if side.closes || side.closed && len(side.needs) > 0 {
		for _, n := range side.asks {
			side.needAsked(n)
		}
		side.asks = nil
	}
}

// wantThere has the policies of other subjects let through what was added for one. It is true
// where they did not before.
func (f *fitter) wantThere(s *fitSubject, side *fitSide) bool {
	if !s.fits() || !side.closes && !side.closed {
		return false
	}
	grown := false
	for _, use := range side.uses(func(n *fitNeed) bool { return n.reason != "" && !n.dialled && n.use.peer.workload != nil }) {
		grown = f.addThere(s, side, use) || grown
	}
	return grown
}

// addThere leaves alone who is open in that direction, and whom policies of others close: these
// decide.
func (f *fitter) addThere(s *fitSubject, side *fitSide, use fitUse) bool {
	other := f.bySubject[use.peer.workload.Ref]
	if other == nil || !other.fits() {
		return false
	}
	there := &other.sides[1-side.direction]
	if there.closed && other.older == nil || !there.closed && !there.closes && !there.denied || there.needsOf(s.workload, use) {
		return false
	}
	before := len(there.needs)
	there.observed = true
	f.decideSide(other, there)
	if !there.needsOf(s.workload, use) {
		if peer, why := f.workloadPeer(other, there.direction, &api.EdgeEnd{Kind: api.EndWorkload, Workload: &s.ref}); why == "" {
			there.need(peer, use.protocol, use.span, side.needs[use].reason, nil)
		}
	}
	return len(there.needs) > before
}

// needsOf tells whether a use of a workload is a need already.
func (side *fitSide) needsOf(w *fitWorkload, use fitUse) bool {
	var have Ports
	for known, n := range side.needs {
		if (known.peer.anybody || known.peer.workload == w) && !n.dialled {
			have = have.Or(known.ports())
		}
	}
	return have.Covers(use.ports())
}

// serveNeeds let anybody ask a name server: each pod that is there or comes later may, as may
// nodes and what is on their network, which no rule can name.
func (f *fitter) serveNeeds(s *fitSubject) []fitNeed {
	var needs []fitNeed
	for i := range f.in.DNS {
		server := &f.in.DNS[i]
		if slices.Contains(f.serversOf(server), s.workload) {
			needs = append(needs, dnsAt(anybodyPeer(), "every pod asks it for names", server.Ports)...)
		}
	}
	return needs
}

// serversOf are the workloads whose pods a name server is.
func (f *fitter) serversOf(server *NameServer) []*fitWorkload {
	var all []*fitWorkload
	if selects(server.Selector) {
		all = slices.Clone(f.selected(server.Namespace, server.Selector))
	}
	if server.Workload != nil && f.workloads[*server.Workload] != nil {
		all = append(all, f.workloads[*server.Workload])
	}
	return all
}

// proveAdded looks for what is added and refused at the other end, by policies of others or
// where no policy of this run can let it through.
func (f *fitter) proveAdded(s *fitSubject, side *fitSide) {
	for _, use := range side.uses(func(n *fitNeed) bool {
		return n.reason != "" && !n.dialled && n.kept && (n.use.peer.workload != nil || n.use.peer.pod != nil)
	}) {
		if f.surely(f.after, s, side.direction, use) {
			continue
		}
		answer := f.reach(f.after, s, side.direction, use)
		other := answer.Ingress
		if side.direction == ingress {
			other = answer.Egress
		}
		if by := refusers(other); answer.Allowed != Yes && len(by) > 0 {
			s.note("%s is added, and %s %s it at the other end", s.words(side.direction, use), policyNames(by), verb(len(by), "refuses", "refuse"))
		}
	}
}
