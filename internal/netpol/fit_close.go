package netpol

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// close finds what the policy of a subject has to let through in the directions that are closed.
func (f *fitter) close(s *fitSubject) {
	for d := range s.sides {
		f.doubt(s, &s.sides[d])
		f.keep(s, &s.sides[d])
	}
	f.noteStuck(s)
}

// closedBefore tells whether other policies close a direction for every pod.
func (f *fitter) closedBefore(s *fitSubject, d int) bool {
	if s.workload == nil || s.workload.HostNetwork || len(s.pods()) == 0 {
		return false
	}
	for _, pod := range s.pods() {
		if f.others.Isolated(pod, directionTypes()[d]).Verdict != Yes {
			return false
		}
	}
	return true
}

// denies tells whether a default closes a direction of a subject.
func (f *fitter) denies(s *fitSubject, d int) bool {
	return slices.Contains(f.opts.denies(), directionTypes()[d]) && (s.workload == nil || !s.workload.HostNetwork)
}

// takeAnybody takes what is stuck and let through anyway by a rule for anybody.
func (side *fitSide) takeAnybody(s *fitSubject, needs []fitNeed) bool {
	var anybody Ports
	for _, n := range needs {
		if n.use.peer.anybody {
			anybody = anybody.Or(n.use.ports())
		}
	}
	return side.takeStuck(s, func(u fitUse) bool { return anybody.Covers(u.ports()) })
}

// takeStuck makes needs of what is let through by a rule for anybody.
func (side *fitSide) takeStuck(s *fitSubject, anybody func(fitUse) bool) bool {
	var left []fitStuck
	for _, stuck := range side.stuck {
		if stuck.edge == nil || !anybody(fitUse{anybodyPeer(), stuck.protocol, stuck.span}) {
			left = append(left, stuck)
			continue
		}
		peer, _ := ends(stuck.edge, side.direction)
		named := anybodyPeer()
		named.key, named.words = keyAnybody+" "+endKey(peer), endWords(peer, s.ref.Namespace)
		if stuck.added {
			side.configure(named, stuck.protocol, stuck.span, stuck.asked)
			continue
		}
		side.need(named, stuck.protocol, stuck.span, "", stuck.edge)
	}
	taken := len(left) < len(side.stuck)
	side.stuck = left
	return taken
}

// keep leaves out the needs that other policies let through. Where nobody closes a direction
// there is nothing to let through.
func (f *fitter) keep(s *fitSubject, side *fitSide) {
	if side.closed {
		side.takeStuck(s, func(u fitUse) bool { return f.alreadyBy(s, side.direction, u) != nil })
	}
	for use, n := range side.needs {
		if side.closed && !side.lookups[use.key()] {
			if by := f.alreadyBy(s, side.direction, use); by != nil {
				for _, name := range by {
					side.already[name] = true
				}
				continue
			}
		}
		if (side.closed || side.closes) && s.fits() {
			n.kept = true
			side.kept = append(side.kept, n)
		}
	}
	slices.SortFunc(side.kept, func(a, b *fitNeed) int { return compareUses(a.use, b.use) })
	slices.SortFunc(side.stuck, func(a, b fitStuck) int { return strings.Compare(a.use+a.reason, b.use+b.reason) })
}

// noteStuck lists what cannot be let through where a direction is closed.
func (f *fitter) noteStuck(s *fitSubject) {
	for d := range s.sides {
		side := &s.sides[d]
		if !side.shut {
			continue
		}
		for _, stuck := range append(slices.Clone(side.stuck), side.portless...) {
			s.inexpressible[stuck.use] = stuck.reason
		}
	}
	for at, scan := range s.scans {
		s.inexpressible[at] = scan.by
		s.note("%s %s: no rule was made for it", scan.by, strings.TrimPrefix(at, "TCP "))
	}
}

// mostReasons is how many reasons, names and the like are listed.
const mostReasons = 3

// open are the directions that stay open, and why.
func (s *fitSubject) open() []api.OpenDirection {
	var out []api.OpenDirection
	for d := range s.sides {
		side := &s.sides[d]
		if side.shut || s.unfit != "" {
			continue
		}
		var reasons, names []string
		for _, stuck := range side.stuck {
			if stuck.name != "" {
				names = append(names, stuck.name)
				reasons = append(reasons, stuck.name+" is a name")
			} else {
				reasons = append(reasons, stuck.use+": "+stuck.reason)
			}
		}
		if len(names) < len(side.stuck) {
			names = nil
		}
		slices.Sort(names)
		reasons = slices.Compact(reasons)
		reason := some(reasons, "; ")
		if reason == "" {
			reason = s.nothing([...]string{" from ", " of "}[d])
		}
		out = append(out, api.OpenDirection{Direction: directionTypes()[d], Reason: reason, Names: slices.Compact(names)})
	}
	return out
}

// nothingWords say that there is nothing to write a policy for.
func nothingWords(observed, configured bool) string {
	switch {
	case !configured:
		return "nothing observed"
	case observed:
		return "nothing observed or configured"
	}
	return "nothing configured"
}

// nothing says what there is in place of anything to let through, of the uses that have some text.
func (s *fitSubject) nothing(has string) string {
	of := func(counts map[string]fitCount) bool {
		for use, count := range counts {
			if strings.Contains(use, has) && count.by != api.ByOwnNode {
				return true
			}
		}
		return false
	}
	denied, left, scans := of(s.denied), of(s.leftOut), of(s.scans)
	switch {
	case denied && left:
		return "all that was observed was denied or is left out"
	case denied:
		return "all that was observed was denied"
	case left:
		return "all that was observed is left out"
	case scans:
		return "all that was observed is a port scan"
	}
	return s.nothingAtAll
}

// without says why there is no policy.
func (s *fitSubject) without() string {
	if s.draft != nil {
		return ""
	}
	if s.unfit != "" {
		return s.unfit
	}
	if s.stays != "" {
		return s.stays
	}
	names := map[string]bool{}
	stuck, doubtful := "", ""
	for d := range s.sides {
		for name := range s.sides[d].already {
			names[name] = true
		}
		for _, u := range s.sides[d].stuck {
			if u.doubtful(d) {
				doubtful = u.use
			} else if stuck == "" || u.asked == "" {
				stuck = "a peer that was observed cannot be written"
				if u.asked != "" {
					stuck = "a peer that is configured cannot be written"
				}
			}
		}
	}
	switch {
	case len(names) > 0:
		return fmt.Sprintf("%s already %s its edges", andList(names), verb(len(names), "allows", "allow"))
	case stuck != "":
		return stuck
	case doubtful != "":
		return doubtful
	}
	return s.nothing(" ")
}

func verb(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

func andList(names map[string]bool) string {
	list := slices.Sorted(maps.Keys(names))
	if len(list) > 3 {
		list = append(list[:3:3], fmt.Sprintf("%d more", len(list)-3))
	}
	if n := len(list); n > 1 {
		return strings.Join(list[:n-1], ", ") + " and " + list[n-1]
	}
	return list[0]
}

// types are the directions that the policy is for.
func (s *fitSubject) types() []networkingv1.PolicyType {
	var types []networkingv1.PolicyType
	for d, direction := range directionTypes() {
		if s.fits() && (s.sides[d].closes || len(s.sides[d].kept) > 0) {
			types = append(types, direction)
		}
	}
	return types
}
