package netpol

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// fitElement is what rules name in one entry: anybody, a selector, or blocks.
type fitElement struct {
	peer  *fitPeer
	key   string
	needs []*fitNeed
	// ports are all that it lets through, ranges those written as such.
	ports, ranges Ports
	// notes are lines on what it lets through beyond the needs.
	notes []string
}

// draft writes the policy of a subject, where there is anything to write.
func (f *fitter) draft(s *fitSubject) {
	types := s.types()
	for d := range s.sides {
		side := &s.sides[d]
		side.grantNeeds()
		for use, n := range side.needs {
			if n.reason != "" && n.kept {
				side.added = append(side.added, api.ReasonedUse{Use: s.words(d, use), Reason: n.reason})
			}
		}
	}
	if len(types) > 0 {
		f.write(s, types)
		f.noteFlavor(s)
	}
	for d := range s.sides {
		side := &s.sides[d]
		side.peers, side.elements, side.granted, side.kept = nil, nil, nil, nil // of many subjects these are large
		side.fold()
	}
}

// write writes a policy for directions.
func (f *fitter) write(s *fitSubject, types []networkingv1.PolicyType) {
	s.draft = &api.PolicyDraft{Flavor: f.opts.Flavor, Name: s.policy, Namespace: s.ref.Namespace, PodSelector: *s.workload.Selector.DeepCopy(), Types: types}
	for d := range s.sides {
		side := &s.sides[d]
		side.elements = f.elements(s, side)
		if !slices.ContainsFunc(side.elements, func(e *fitElement) bool { return e.peer.names != nil }) {
			side.lookups = nil
		}
		f.addSelected(s, side)
		side.addEntities()
		rules := f.rules(s, side)
		if d == ingress {
			s.draft.Ingress = rules
		} else {
			s.draft.Egress = rules
		}
	}
}

func elementKey(p *fitPeer) string {
	switch {
	case p.anybody:
		return "*"
	case p.selector != nil:
		return p.entry
	}
	return p.key
}

// elements puts the needs of equal entries together, the widest first, and each need into the
// widest entry that lets it through.
func (f *fitter) elements(s *fitSubject, side *fitSide) []*fitElement {
	byKey := map[string]*fitElement{}
	var all []*fitElement
	for _, n := range side.kept {
		key := elementKey(n.use.peer)
		e := byKey[key]
		if e == nil {
			e = &fitElement{peer: n.use.peer, key: key}
			byKey[key] = e
			all = append(all, e)
		}
		e.needs = append(e.needs, n)
	}
	slices.SortStableFunc(all, func(a, b *fitElement) int {
		return cmp.Or(cmp.Compare(width(a.peer), width(b.peer)), strings.Compare(a.key, b.key))
	})
	var kept, wide, equal []*fitElement
	for _, e := range all {
		if len(equal) > 0 && width(equal[0].peer) < width(e.peer) {
			wide, equal = append(wide, equal...), equal[:0]
		}
		e.needs = slices.DeleteFunc(e.needs, func(n *fitNeed) bool {
			i := slices.IndexFunc(wide, func(w *fitElement) bool { return w.peer.includes(e.peer) && w.ports.Covers(n.use.ports()) })
			if i >= 0 {
				wide[i].needs = append(wide[i].needs, n)
			}
			return i >= 0
		})
		if len(e.needs) == 0 {
			continue
		}
		f.findPorts(s, side, e)
		kept = append(kept, e)
		switch {
		case e.peer.selector != nil:
			equal = append(equal, e) // includes none of the same width
		case e.peer.sort != outsideBlocks || len(e.peer.blocks) == 0 || e.peer.names != nil:
			wide = append(wide, e)
		}
	}
	return kept
}

// findPorts finds the ports of an entry, as ranges where there are many.
func (f *fitter) findPorts(s *fitSubject, side *fitSide, e *fitElement) {
	for _, n := range e.needs {
		e.ports = e.ports.Or(n.use.ports())
		if n.use.span.first != n.use.span.last {
			e.ranges = e.ranges.Or(n.use.ports())
		}
	}
	singles := e.ports.minus(e.ranges)
	for i := range e.ports.spans {
		if f.opts.PortRanges <= 0 || singles.of(i) < max(f.opts.PortRanges, 2) {
			continue
		}
		spans := e.ports.spans[i]
		if f.opts.Exact {
			for _, run := range spans {
				if run.last > run.first {
					e.ranges = e.ranges.Or(spanOf(i, run))
				}
			}
			continue
		}
		if loose := e.ports.minus(f.declaredAt(s, side, e)); loose.of(i) >= max(f.opts.PortRanges, 2) {
			spans = loose.spans[i] // what is declared stays on its own, such as the control port of FTP
		}
		whole := span{spans[0].first, spans[len(spans)-1].last}
		seen := spanOf(i, whole).And(e.ports).size()
		e.ports, e.ranges = e.ports.Or(spanOf(i, whole)), e.ranges.Or(spanOf(i, whole))
		if gap := int(whole.last-whole.first) + 1 - seen; gap > 0 {
			reason := fmt.Sprintf("a range for the %s ports seen: %s ports in it were not", thousands(seen), thousands(gap))
			side.added = append(side.added, api.ReasonedUse{Use: s.words(side.direction, fitUse{e.peer, i, whole}), Reason: reason})
			e.notes = append(e.notes, "added "+portWords(i, whole)+": "+reason)
		}
		for _, n := range e.needs {
			side.grantBeyond(n.use.peer.workload, spanOf(i, whole))
		}
	}
}

// addSelected counts what a selector lets through for workloads that it also selects.
func (f *fitter) addSelected(s *fitSubject, side *fitSide) {
	anybody := side.anybody()
	for _, e := range side.elements {
		if e.peer.selector == nil {
			continue
		}
		unnamed := anybody
		for _, n := range e.needs {
			if n.use.peer.all {
				unnamed = unnamed.Or(n.use.ports())
			}
		}
		for _, w := range f.selectedAs(e.key, e.peer.namespace, e.peer.selector) {
			extra := e.ports.minus(side.granted[w]).minus(unnamed)
			side.grantBeyond(w, e.ports)
			if extra.Empty() {
				continue
			}
			reason := fmt.Sprintf("the selector %s also selects it", selectorWords(e.peer.selector))
			var words []string
			for i := range extra.spans {
				for _, ports := range extra.spans[i] {
					text := portWords(i, ports)
					words = append(words, text)
					text += [...]string{" from ", " of "}[side.direction] + w.Ref.ShortFrom(s.ref.Namespace)
					side.added = append(side.added, api.ReasonedUse{Use: text, Reason: reason})
				}
			}
			e.notes = append(e.notes, "added "+w.Ref.ShortFrom(s.ref.Namespace)+" on "+some(words, ", ")+": "+reason)
		}
	}
}

// rules writes the entries: one rule each, those of outside addresses with equal ports together.
func (f *fitter) rules(s *fitSubject, side *fitSide) []api.PolicyRuleDraft {
	type keyed struct {
		key  string
		rule api.PolicyRuleDraft
	}
	rules := make([]keyed, 0, len(side.elements))
	outside := map[string][]*fitElement{}
	for _, e := range side.elements {
		if e.peer.sort == outsideBlocks && len(e.peer.blocks) > 0 && e.peer.names == nil {
			key := e.ports.String() + "\x00" + e.ranges.String()
			outside[key] = append(outside[key], e)
			continue
		}
		key := e.peer.key
		for _, n := range e.needs {
			key = min(key, n.use.peer.key)
		}
		if e.peer.anybody {
			key = keyAnybody
		}
		rules = append(rules, keyed{key, f.rule(s, side, e.peer.written(s.ref.Namespace), []*fitElement{e})})
	}
	for _, group := range outside {
		slices.SortFunc(group, func(a, b *fitElement) int { return strings.Compare(a.peer.key, b.peer.key) })
		rules = append(rules, keyed{group[0].peer.key, f.rule(s, side, f.outside(s, side, group), group)})
	}
	slices.SortFunc(rules, func(a, b keyed) int { return strings.Compare(a.key, b.key) })
	if len(rules) == 0 {
		return nil
	}
	out := make([]api.PolicyRuleDraft, 0, len(rules))
	for _, r := range rules {
		out = append(out, r.rule)
	}
	return out
}

func (f *fitter) rule(s *fitSubject, side *fitSide, peers []networkingv1.NetworkPolicyPeer, from []*fitElement) api.PolicyRuleDraft {
	var needs []*fitNeed
	var notes []string
	for _, e := range from {
		needs = append(needs, e.needs...)
		notes = append(notes, e.notes...)
	}
	ports := f.writtenPorts(from[0].ports, from[0].ranges)
	several := len(ports) > 1 || len(needs) > 1 && !from[0].ranges.Empty()
	lines := evidence(s, side.direction, needs, several)
	return api.PolicyRuleDraft{Peers: peers, Ports: ports, Reasons: append(lines, notes...), Cilium: f.ciliumTerms(side, from[0])}
}
