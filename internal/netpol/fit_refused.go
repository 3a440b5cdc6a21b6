package netpol

import (
	"maps"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// dropRefused takes the uses out of the needs that policies of others refuse at the other end: a
// rule here would not help. Where a policy of this run opens the other end, they stay.
func (f *fitter) dropRefused(s *fitSubject) {
	if s.workload == nil || s.workload.HostNetwork {
		return
	}
	for d := range s.sides {
		side := &s.sides[d]
		for _, use := range slices.SortedFunc(maps.Keys(side.needs), compareUses) {
			if use.peer.workload == nil || f.opens(use.peer.workload, s, d, use) {
				continue
			}
			by := f.refusedThere(s, d, use)
			if len(by) == 0 {
				continue
			}
			s.refusedToday(s.words(d, use), side.needs[use], by)
			delete(side.needs, use)
		}
	}
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

// refusedThere are the policies that refuse all of a use at the other end.
func (f *fitter) refusedThere(s *fitSubject, d int, use fitUse) []api.Ref {
	var by []api.Ref
	for _, own := range f.endsOf(f.others, s.workload) {
		for _, peer := range f.peerEnds(f.others, s, use.peer) {
			destination := peer.group
			if d == ingress {
				destination = own.group
			}
			q := newSide(1-d, peer.group, destination, use.ports())
			o := q.decide(&peer, &own)
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
	return by
}
