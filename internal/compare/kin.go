package compare

import "slices"

// kin finds facts of one side about the same thing as one of the other side.
type kin struct {
	kind  *kind
	facts []fact
	atoms [][]atom
	// topics has the facts of atoms that say what they are about.
	topics map[any][]int
}

// topical is an atom that is related to those alone that are about the same.
type topical interface{ topic() any }

func (r rightAtom) topic() any    { return rightAtom{group: r.group, resource: r.resource, url: r.url} }
func (e exposureAtom) topic() any { return e.target }
func (s secretAtom) topic() any   { return s.name }

func (k *kind) kin(facts []fact) *kin {
	out := &kin{kind: k, facts: facts, topics: map[any][]int{}}
	if k.atoms == nil {
		return out
	}
	for i, f := range facts {
		atoms := k.atoms(f)
		out.atoms = append(out.atoms, atoms)
		for _, a := range atoms {
			if t, ok := a.(topical); ok {
				out.topics[t.topic()] = append(out.topics[t.topic()], i)
			}
		}
	}
	return out
}

// of gives them in their order.
func (k *kin) of(f fact) []fact {
	if k.kind.atoms == nil {
		return nil
	}
	var at []int
	for _, a := range k.kind.atoms(f) {
		if t, ok := a.(topical); ok {
			at = append(at, k.topics[t.topic()]...)
			continue
		}
		for i, theirs := range k.atoms {
			if slices.ContainsFunc(theirs, a.related) {
				at = append(at, i)
			}
		}
	}
	slices.Sort(at)
	var out []fact
	for _, i := range slices.Compact(at) {
		out = append(out, k.facts[i])
	}
	return out
}
