package netpol

import (
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// dropRefused takes the uses out of the needs that policies of others refuse at the other end: a
// rule here would not help. Where a policy of this run opens the other end, they stay, unless
// nothing proves that what a policy refuses at the server's end was ever accepted there.
func (f *fitter) dropRefused(s *fitSubject) {
	if s.workload == nil || s.workload.HostNetwork {
		return
	}
	for d := range s.sides {
		side := &s.sides[d]
		for use, n := range side.needs {
			if n.configured {
				continue // it is let through all the same
			}
			by := f.refusedServer(s, d, use, n)
			if len(by) == 0 && use.peer.workload != nil {
				by = refusedAt(1-d, f.peerEnds(f.others, s, use.peer), f.endsOf(f.others, s.workload), use.ports())
				if len(by) > 0 && f.opens(use.peer.workload, s, d, use) {
					continue
				}
			}
			if len(by) > 0 {
				s.refusedToday(s.words(d, use), n, by)
				delete(side.needs, use)
			}
		}
	}
}

// refusedServer are the policies that refuse a use at the server's end today, where nothing proves
// that it was accepted.
func (f *fitter) refusedServer(s *fitSubject, d int, use fitUse, n *fitNeed) []api.Ref {
	if f.opts.grantsDenied() || !n.unproved() || d == egress && use.peer.workload == nil {
		return nil
	}
	servers, clients := f.endsOf(f.before, s.workload), f.peerEnds(f.before, s, use.peer)
	if d == egress {
		servers, clients = clients, servers
	}
	return refusedAt(ingress, servers, clients, use.ports())
}

// opens tells whether the policy of a peer lets a use of a subject through.
func (f *fitter) opens(peer *fitWorkload, s *fitSubject, d int, use fitUse) bool {
	other := f.bySubject[peer.Ref]
	if other == nil || !other.fits() {
		return false
	}
	for known := range other.sides[1-d].needs {
		if known.peer.workload == s.workload && known.ports().Covers(use.ports()) {
			return true
		}
	}
	return false
}

// refusedAt are the policies that refuse all of a use at one end; none where a part of it may go
// through.
func refusedAt(d int, owns, peers []endpoint, ports Ports) []api.Ref {
	var by []api.Ref
	for i := range owns {
		if !owns[i].group.isolates(d) {
			return nil
		}
		for j := range peers {
			destination := [...]*group{owns[i].group, peers[j].group}[d]
			q := newSide(d, owns[i].group, destination, ports)
			o := q.decide(&owns[i], &peers[j])
			if !o.maybe.Empty() {
				return nil
			}
			for _, ref := range refusers(o.decisions) {
				if !slices.Contains(by, ref) {
					by = append(by, ref)
				}
			}
		}
	}
	slices.SortFunc(by, api.Ref.Compare)
	return by
}
