package rbac

import "slices"

// grants are those of the rules that a power stands on, and of what it needs beside.
func (e *appraisal) grants(s *scope, holdings []held, row int, f finding) []Grant {
	r := &e.catalog.rows[row]
	wanted := []standing{{scope: s, row: row, verbs: f.verbs, groups: f.groups}}
	here := holdings
	for i := range e.catalog.rows {
		beside := &e.catalog.rows[i]
		if beside.gives&r.needs == 0 || !beside.in(e.server) {
			continue
		}
		wanted = append(wanted, standing{scope: s, row: i, verbs: beside.verbs, part: true})
		if beside.gives&partsElsewhere != 0 {
			here = e.held
		}
	}
	e.used = e.used[:0]
	for _, h := range here {
		if len(e.used) >= maxGrants {
			break
		}
		local := h.namespace() == "" || h.namespace() == s.namespace
		for _, rule := range standingOn(h, wanted, local) {
			e.used = append(e.used, used{h.holding, int(rule)})
		}
	}
	grants := make([]Grant, min(len(e.used), maxGrants)) // they are large, so once
	for i := range grants {
		grants[i] = e.used[i].grant(e.used[i].rule)
	}
	return grants
}

// used is a rule that a power stands on.
type used struct {
	holding
	rule int
}

// standing is a row that a power stands on.
type standing struct {
	scope  *scope
	row    int
	verbs  verbSet
	groups []int // of names, for the power's own row
	part   bool
}

// standingOn are the rules of a holding on which one of the rows stands, in their order.
func standingOn(h held, wanted []standing, local bool) []int32 {
	var rules []int32
	for _, w := range wanted {
		r := &w.scope.catalog.rows[w.row]
		elsewhere := w.part && r.gives&partsElsewhere != 0
		if !local && !elsewhere || !r.holdsIn(h.namespace()) {
			continue
		}
		for _, t := range h.risk.of(w.row) {
			if w.uses(r, h, t) {
				rules = append(rules, t.rule)
			}
		}
	}
	slices.Sort(rules)
	return slices.Compact(rules)
}

// uses tells whether a rule adds to the verbs that the row stands on.
func (w standing) uses(r *row, h held, t touch) bool {
	names := h.binding.role.rules[t.rule].ResourceNames
	open, named := split(r, names, t.verbs)
	if open&w.verbs != 0 {
		return true
	}
	if named &= w.verbs; named == 0 {
		return false
	}
	if r.where == clusterOrHome && w.scope.namespace != "" {
		return slices.Contains(names, w.scope.namespace)
	}
	if r.gives&partsElsewhere != 0 && w.part {
		return slices.ContainsFunc(r.counted(names), func(name string) bool { return name != "" })
	}
	return w.scope.adds(w, h.binding.role, t.rule, named)
}

// adds tells whether verbs of a role's rule can be used on names of the groups that the row
// stands on, or for a part of any group.
func (s *scope) adds(w standing, role *role, rule int32, verbs verbSet) bool {
	of := slices.IndexFunc(s.sources, func(src *source) bool { return src.role == role })
	if of < 0 {
		return false
	}
	masks, r := s.masksOf(w.row), &s.catalog.rows[w.row]
	for _, i := range s.groupsOf[s.sources[of].named[rule]] {
		if verbs&masks.named[i] == 0 {
			continue
		}
		if w.part && len(r.counted(s.groups[i].names)) > 0 {
			return true
		}
		if _, stands := slices.BinarySearch(w.groups, i); stands && !w.part {
			return true
		}
	}
	return false
}
