package netpol

import (
	"fmt"
	"maps"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/equality"
)

// replacedPolicies are the policies that the one of a subject replaces, as they are read.
func (f *fitter) replacedPolicies(s *fitSubject, d int) []*policy {
	var all []*policy
	if s.draft == nil || s.workload == nil || f.cilium() {
		return nil
	}
	for _, own := range f.endsOf(f.before, s.workload) {
		for _, p := range own.group.selected[d] {
			if nameOf(p.ref) == s.name() && !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	return all
}

// closedByReplaced are the directions that a replaced policy closed, and no other one does. A
// policy that is there as it is written replaces nothing: so a run says the same again once its
// policies were applied.
func (f *fitter) closedByReplaced(s *fitSubject) []networkingv1.PolicyType {
	var types []networkingv1.PolicyType
	if s.isThere() {
		return nil
	}
	for d, direction := range directionTypes() {
		if !s.sides[d].closed && len(f.replacedPolicies(s, d)) > 0 && f.closedToday(s, d) {
			types = append(types, direction)
		}
	}
	return types
}

// isThere tells whether the policy of a subject is there as it is written.
func (s *fitSubject) isThere() bool {
	return s.draft != nil && s.older != nil && equality.Semantic.DeepEqual(s.older.Spec, s.draft.Object().Spec)
}

// closedToday tells whether all that is there closes a direction for every pod.
func (f *fitter) closedToday(s *fitSubject, d int) bool {
	return !slices.ContainsFunc(f.endsOf(f.before, s.workload), func(own endpoint) bool { return !own.group.isolates(d) })
}

// noteLost says what a replaced policy lets through that the new one does not.
func (f *fitter) noteLost(s *fitSubject) {
	found := more{}
	for d := range s.sides {
		for _, p := range f.replacedPolicies(s, d) {
			if !f.moreOutside(s, d, p, found) {
				f.moreInside(f.before, s, d, p, found)
			}
		}
	}
	lines := found.lines(s.policy)
	if len(lines) == 0 {
		return
	}
	s.note("it replaces NetworkPolicy %s/%s, which lets more through: %s", s.ref.Namespace, s.policy, some(lines, "; "))
}

// lines are what one policy lets through, a line for each direction and ports.
func (m more) lines(policy string) []string {
	var lines []string
	for _, head := range slices.Sorted(maps.Keys(m[policy])) {
		whom := m[policy][head]
		slices.Sort(whom)
		lines = append(lines, head+some(whom, ", "))
	}
	return lines
}

// replacedWords name the policy that the one of a subject replaces, empty where there is none.
func (s *fitSubject) replacedWords() string {
	if s.draft == nil || s.older == nil {
		return ""
	}
	return fmt.Sprintf("NetworkPolicy %s/%s", s.ref.Namespace, s.policy)
}

// rulePorts are those of a policy's rules that are not for all ports.
func (p *policy) rulePorts(d int) Ports {
	var ports Ports
	for i := range p.rules[d] {
		if !p.rules[d][i].ports.All() {
			ports = ports.Or(p.rules[d][i].ports)
		}
	}
	return ports
}
