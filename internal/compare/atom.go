package compare

import "slices"

// atom is the smallest part of a fact that can be there or not.
type atom interface {
	// coveredBy tells whether others together give what the atom gives.
	coveredBy(others *pool) bool
	// related tells an atom about the same thing, of which this one is a wider or another form.
	related(other atom) bool
}

// pool is a set of atoms of one cell.
type pool struct {
	atoms []atom
	// exact are those that can be looked up, and wide those that cover more than themselves.
	exact map[atom]bool
	wide  []atom
	// blocks and pods are the peers in words that were read already.
	blocks map[string][]addressRange
	pods   map[string]*podsPeer
}

// ranges are those of blockRanges.
func (p *pool) ranges(who string) []addressRange {
	out, known := p.blocks[who]
	if !known {
		out = blockRanges(who)
		p.blocks[who] = out
	}
	return out
}

// selected is the peer of parsePods, nil for none of pods.
func (p *pool) selected(who string) *podsPeer {
	out, known := p.pods[who]
	if !known {
		if parsed, ok := parsePods(who); ok {
			out = &parsed
		}
		p.pods[who] = out
	}
	return out
}

func newPool(atoms []atom) *pool {
	p := &pool{exact: map[atom]bool{}, blocks: map[string][]addressRange{}, pods: map[string]*podsPeer{}}
	for _, a := range atoms {
		if p.exact[a] {
			continue
		}
		p.exact[a] = true
		p.atoms = append(p.atoms, a)
		if w, ok := a.(interface{ wide() bool }); ok && w.wide() {
			p.wide = append(p.wide, a)
		}
	}
	return p
}

// remove leaves an atom out of what covers others: of two that cover each other one has to stay.
func (p *pool) remove(a atom) {
	delete(p.exact, a)
	p.wide = slices.DeleteFunc(p.wide, func(o atom) bool { return o == a })
}

// whole is a fact that is not taken apart.
type whole struct{ line string }

func (w whole) coveredBy(others *pool) bool { return others.exact[w] }
func (whole) related(atom) bool             { return false }

// atomsOf takes facts of one kind apart.
func (k *kind) atomsOf(facts []fact) []atom {
	var out []atom
	for _, f := range facts {
		if k.atoms == nil {
			out = append(out, whole{f.line()})
		} else {
			out = append(out, k.atoms(f)...)
		}
	}
	return out
}

// beyond are the facts of one side that the other one does not give, each with those of the
// other side that are about the same thing.
func (k *kind) beyond(facts, others []fact) []fact {
	theirs := newPool(k.atomsOf(others))
	var left []atom
	var out []fact
	for _, f := range facts {
		if k.atoms == nil {
			if !(whole{f.line()}).coveredBy(theirs) {
				out = append(out, f)
			}
			continue
		}
		for _, a := range k.atoms(f) {
			if !a.coveredBy(theirs) {
				left = append(left, pieces(a, theirs)...)
			}
		}
	}
	if k.atoms != nil && len(left) > 0 {
		out = k.join(facts[0].container, left)
	}
	return out
}

// pieces are what others leave of an atom, where a part of it can be said.
func pieces(a atom, others *pool) []atom {
	if r, ok := a.(interface{ pieces(p *pool) []atom }); ok {
		return r.pieces(others)
	}
	return []atom{a}
}

// normal are the facts in their one form: without what others of them give.
func (k *kind) normal(facts []fact) []fact {
	if k.atoms == nil || len(facts) == 0 {
		return facts
	}
	all := newPool(k.atomsOf(facts))
	var left []atom
	for _, a := range slices.Backward(all.atoms) {
		if w, ok := a.(interface{ under(p *pool) bool }); ok && w.under(all) {
			all.remove(a)
		} else {
			left = append(left, a)
		}
	}
	return k.join(facts[0].container, left)
}
