package netpol

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

func nameOf(ref api.Ref) types.NamespacedName {
	return types.NamespacedName{Namespace: ref.Namespace, Name: ref.Name}
}

func policyName(p *networkingv1.NetworkPolicy) types.NamespacedName {
	return types.NamespacedName{Namespace: p.Namespace, Name: p.Name}
}

// proveAll proves the policies of all subjects, and says what there is to say of each. The error
// is that of the first of them.
func (f *fitter) proveAll() ([]api.PolicySet, error) {
	out, errs := make([]api.PolicySet, len(f.subjects)), make([]error, len(f.subjects))
	f.each(func(i int, s *fitSubject) {
		if errs[i] = f.prove(s); errs[i] == nil {
			out[i] = f.set(s)
		}
		s.sides = [2]fitSide{} // the largest part of what is kept of it
	})
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// prove asks the evaluator about all that was observed of a subject, in both directions of each
// use, and looks for what its policy lets through beyond that and what is said to be added.
func (f *fitter) prove(s *fitSubject) error {
	for d := range s.sides {
		side := &s.sides[d]
		side.unfold()
		side.grantNeeds()
		for _, use := range side.uses(func(n *fitNeed) bool { return n.reason == "" || n.widened() }) {
			n := side.needs[use]
			if n.widened() {
				s.widened++
			}
			if err := f.proveUse(s, d, use, n); err != nil {
				return err
			}
		}
		s.countOpen(side)
		f.proveAdded(s, side)
		if err := f.proveConfigured(s, side); err != nil {
			return err
		}
	}
	f.countConfigured(s)
	if s.workload == nil || s.workload.HostNetwork {
		return nil
	}
	f.countTuples(s)
	f.findInForce(s)
	return nil
}

// countOpen counts what was observed in a direction that is open, and that no rule could let
// through.
func (s *fitSubject) countOpen(side *fitSide) {
	if side.shut {
		return
	}
	uses := map[string]bool{}
	for _, stuck := range slices.Concat(side.stuck, side.portless) {
		if !stuck.added {
			uses[stuck.use] = true
		}
	}
	s.observed += len(uses)
	s.covered += len(uses)
}

func (f *fitter) proveUse(s *fitSubject, d int, use fitUse, n *fitNeed) error {
	if s.workload == nil || s.workload.HostNetwork {
		s.inexpressible[s.words(d, use)] = s.unfit
		return nil
	}
	if f.surely(f.after, s, d, use) {
		s.observed++
		s.covered++
		return nil
	}
	words, answer := s.words(d, use), f.reach(f.after, s, d, use)
	if answer.Allowed == Yes {
		s.observed++
		s.covered++
		return nil
	}
	own, other := answer.Ingress, answer.Egress
	if d == egress {
		own, other = other, own
	}
	refusedHere, refusedThere := refusers(own), refusers(other)
	if s.draft != nil && slices.Contains(s.draft.Types, directionTypes()[d]) && (len(refusedHere) > 0 || len(refusedThere) == 0 && !doubted(other)) {
		return fmt.Errorf("%s: %s was observed and would not be allowed: %s", s.ref.Short(), words, answerWords(answer))
	}
	by := slices.Concat(refusedHere, refusedThere)
	theirs := slices.DeleteFunc(slices.Clone(by), f.wrote)
	switch {
	case len(by) == 0:
		s.inexpressible[words] = "it depends: " + answerWords(answer)
	case len(theirs) == 0:
		s.inexpressible[words] = policyNames(by) + " of this run refuses it at the other end"
	default:
		s.refusedToday(words, n, theirs)
	}
	return nil
}

// refusedToday tells a use that others refuse.
func (s *fitSubject) refusedToday(words string, n *fitNeed, by []api.Ref) {
	if n.count > 0 {
		add(s.denied, words, n.count, policyNames(by)+" "+verb(len(by), "refuses", "refuse")+" it today")
	}
}

func doubted(decisions []Decision) bool {
	return slices.ContainsFunc(decisions, func(d Decision) bool { return d.Verdict == Depends })
}

func answerWords(a Answer) string {
	var parts []string
	for _, list := range [][]Decision{a.Egress, a.Ingress} {
		for _, d := range list {
			if d.Verdict != Yes && !slices.Contains(parts, d.String()) {
				parts = append(parts, d.String())
			}
		}
	}
	return some(parts, "; ")
}

// surely tells whether all parts of a subject and of a peer surely use ports: then reach says Yes.
func (f *fitter) surely(n *Network, s *fitSubject, d int, use fitUse) bool {
	owns, peers, ports := f.endsOf(n, s.workload), f.peerEnds(n, s, use.peer), use.ports()
	for i := range owns {
		for j := range peers {
			if !peers[j].one() || !sideSure(d, &owns[i], &peers[j], ports).Covers(ports) || !sideSure(1-d, &peers[j], &owns[i], ports).Covers(ports) {
				return false
			}
		}
	}
	return len(owns) > 0 && len(peers) > 0
}

// reach asks about all parts of a subject and of a peer.
func (f *fitter) reach(n *Network, s *fitSubject, d int, use fitUse) Answer {
	var sum tally
	for _, own := range f.endsOf(n, s.workload) {
		for _, peer := range f.peerEnds(n, s, use.peer) {
			from, to := own, peer
			if d == ingress {
				from, to = peer, own
			}
			for part := range n.pair(&from, &to, use.ports()) {
				sum.add(part)
			}
		}
	}
	return sum.answer()
}

// set is what there is to say of a subject.
func (f *fitter) set(s *fitSubject) api.PolicySet {
	s.noteReplaced()
	f.noteLost(s)
	for _, hint := range f.in.HintsOf(&s.ref) {
		s.note("%s", hint)
	}
	slices.Sort(s.notes)
	answer := &api.PolicyAnswer{
		Workload: s.ref, Proof: s.proof(), Open: s.open(), Without: s.without(), Edges: s.edges, InForce: s.inForce, Notes: s.notes,
		Configured: s.through, NotAllowed: s.notThrough, Unobserved: f.unobserved(s), Unconfigured: f.unconfigured(s),
		Replaces: s.replacedWords(), ClosedBefore: f.closedByReplaced(s),
	}
	for d, direction := range directionTypes() {
		if s.sides[d].closes {
			answer.Closes = append(answer.Closes, direction)
		}
		if s.sides[d].closed {
			answer.Closed = append(answer.Closed, direction)
		}
	}
	set := api.PolicySet{Answer: answer}
	if s.draft != nil {
		set.Policies = []api.PolicyDraft{*s.draft}
	}
	return set
}

// noteReplaced says what becomes of a policy that has the name of the subject's own.
func (s *fitSubject) noteReplaced() {
	switch p := s.older; {
	case p == nil:
	case s.draft == nil:
		s.note("NetworkPolicy %s/%s, which has the name that a new one would have, stays as it is", p.Namespace, p.Name)
	case selectorKey(&p.Spec.PodSelector) != selectorKey(&s.draft.PodSelector):
		s.note("it replaces NetworkPolicy %s/%s, which selects other pods: %s", p.Namespace, p.Name, selectorWords(&p.Spec.PodSelector))
	}
}

func (s *fitSubject) proof() api.SubjectProof {
	p := api.SubjectProof{
		Subject: s.ref.From(""), Added: []api.ReasonedUse{}, Excess: append([]api.ReasonedUse{}, s.excess...),
		Inexpressible: []api.ReasonedUse{}, Denied: countedUses(s.denied), Refused: []api.CountedUse{}, LeftOut: countedUses(s.leftOut),
	}
	for d := range s.sides {
		p.Added = append(p.Added, s.sides[d].added...)
	}
	slices.SortFunc(p.Added, compareReasoned)
	for _, use := range slices.Sorted(maps.Keys(s.inexpressible)) {
		p.Inexpressible = append(p.Inexpressible, api.ReasonedUse{Use: use, Reason: s.inexpressible[use]})
	}
	p.ProofCounts = api.ProofCounts{Observed: s.observed, Covered: s.covered, Coverage: 1, Granted: s.observed - s.widened + len(p.Added) + len(p.Excess)}
	if s.observed > 0 {
		p.Coverage = float64(s.covered) / float64(s.observed)
	}
	if s.workload != nil && !s.workload.HostNetwork {
		tuples := s.tuples
		p.Tuples = &tuples
	}
	return p
}

func compareReasoned(a, b api.ReasonedUse) int {
	return strings.Compare(a.Use+"\x00"+a.Reason, b.Use+"\x00"+b.Reason)
}

func countedUses(counts map[string]fitCount) []api.CountedUse {
	out := []api.CountedUse{}
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		use, _, _ := strings.Cut(key, "\x00")
		out = append(out, api.CountedUse{Use: use, Count: counts[key].count, By: counts[key].by})
	}
	return out
}
