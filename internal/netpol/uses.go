package netpol

import (
	"iter"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// uses looks for policies and rules that do nothing, or everything.
type uses struct {
	*builder
	// whole says that there are no other pods.
	whole bool
	// byLabel are the groups with a label.
	byLabel map[[2]string][]*group
	// byNamespace are the namespaces that a selector selects, or may.
	byNamespace map[*selector][]*namespace
	everywhere  []*namespace
}

func (b *builder) noteUses(whole bool) {
	u := uses{builder: b, whole: whole, byLabel: map[[2]string][]*group{}, byNamespace: map[*selector][]*namespace{}}
	for _, ns := range b.network.namespaces {
		u.everywhere = append(u.everywhere, ns)
	}
	for _, g := range b.network.sorted {
		for k, v := range g.labels {
			if b.network.keys[k] {
				u.byLabel[[2]string{k, v}] = append(u.byLabel[[2]string{k, v}], g)
			}
		}
	}
	for _, ns := range b.network.namespaces {
		for _, p := range ns.policies {
			if !p.refused && p.ref.Kind == api.FlavorNetworkPolicy.Kind() {
				u.policy(p)
			}
		}
	}
}

func (u *uses) policy(p *policy) {
	if u.whole && len(p.chosen) == 0 {
		u.note(NoteSelectsNothing, p.ref, "selects no pod")
	}
	if i := slices.IndexFunc(p.chosen, func(g *group) bool { return g.host }); i >= 0 {
		pod := p.chosen[i].pods[0]
		u.note(NoteHostNetwork, p.ref, "selects pod %q, which is on the host's network, where policies do not hold", pod.Name)
	}
	for d := range p.rules {
		for i := range p.rules[d] {
			if r := &p.rules[d][i]; p.directions[d] {
				u.rule(p, r, d)
			}
		}
	}
}

func (u *uses) rule(p *policy, r *rule, d int) {
	name := p.rule(d, r.number)
	if len(r.peers) == 0 && r.ports.All() {
		u.noteRule(NoteAllowsAll, name, " allows everything")
	}
	dead := 0
	for i := range r.peers {
		peer := r.peers[i]
		if peer.block != nil && len(peer.block.addresses) == 0 {
			u.noteRule(NoteDead, name, ": peer %d leaves no address", i+1)
			dead++
		} else if peer.block == nil && u.whole && !u.any(p, peer) {
			u.noteRule(NoteDead, name, ": peer %d matches no pod", i+1)
			dead++
		}
	}
	switch {
	case dead > 0 && dead == len(r.peers):
		u.noteRule(NoteDead, name, " can match nothing")
	case u.whole && len(p.chosen) > 0:
		u.names(p, r, d)
	}
}

func (u *uses) any(p *policy, peer *rulePeer) bool {
	for range u.matching(p, peer) {
		return true
	}
	return false
}

// names notes named ports that no pod has on which the rule would allow them.
func (u *uses) names(p *policy, r *rule, d int) {
	for _, wanted := range r.names {
		if !u.named(p, r, d, wanted) {
			u.noteRule(NoteDead, p.rule(d, r.number), ": no pod that it is about has a %s port named %q", protocols()[wanted.protocol], wanted.name)
		}
	}
}

func (u *uses) named(p *policy, r *rule, d int, wanted portName) bool {
	has := func(g *group) bool {
		return slices.ContainsFunc(g.names, func(n portName) bool { return n.protocol == wanted.protocol && n.name == wanted.name })
	}
	if d == ingress {
		return slices.ContainsFunc(p.chosen, has)
	}
	if len(r.peers) == 0 {
		return slices.ContainsFunc(u.network.sorted, has)
	}
	for i := range r.peers {
		for g := range u.matching(p, r.peers[i]) {
			if has(g) {
				return true
			}
		}
	}
	return false
}

// matching are the groups that selectors select, or may. It looks at the shorter of two
// lists: the groups with one label that is asked for, and those of the namespaces.
func (u *uses) matching(p *policy, peer *rulePeer) iter.Seq[*group] {
	return func(yield func(*group) bool) {
		if peer.block != nil {
			return
		}
		if len(peer.pods.pairs) > 0 {
			for _, g := range u.byLabel[peer.pods.pairs[0]] {
				if peer.matchNamespace(p, g.namespace) != never && peer.pods.matchPod(g.labels) != never && !yield(g) {
					return
				}
			}
			return
		}
		for _, ns := range u.namespaces(p, peer) {
			for _, g := range ns.groups {
				if peer.pods.matchPod(g.labels) != never && !yield(g) {
					return
				}
			}
		}
	}
}

func (u *uses) namespaces(p *policy, peer *rulePeer) []*namespace {
	s := peer.namespaces
	switch {
	case s == nil:
		return []*namespace{p.namespace}
	case len(s.requirements) == 0:
		return u.everywhere
	}
	found, known := u.byNamespace[s]
	if known {
		return found
	}
	for _, ns := range u.everywhere {
		if s.matchNamespace(ns) != never {
			found = append(found, ns)
		}
	}
	u.byNamespace[s] = found
	return found
}
