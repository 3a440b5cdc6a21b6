package rbac

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// scope is what somebody holds in one place: the whole cluster, or a namespace with what is
// held in the whole cluster.
type scope struct {
	catalog   *catalog
	namespace string
	sources   []*source
	// own are the rows that rights of the namespace itself touch.
	own map[int]bool
	// groups are names that the same rules name; group finds them by name.
	// groupsOf are those of each rule with names, as source.named counts them.
	groups   []nameGroup
	group    map[string]int
	groupsOf [][]int
	masks    map[int]masks
}

// source is a role with a risk, held in one way or several.
type source struct {
	role *role
	risk *risk
	// named counts the rules with names of all sources from 0.
	named map[int32]int
}

type nameGroup struct {
	names []string // sorted
	rules []int    // as source.named counts them
}

// masks are the verbs of a row that are held for any name, and those held for the names of
// each group.
type masks struct {
	any   verbSet
	named []verbSet
}

func newScope(c *catalog, namespace string, held []held) *scope {
	s := &scope{catalog: c, namespace: namespace, own: map[int]bool{}, group: map[string]int{}, masks: map[int]masks{}}
	known := map[*role]bool{}
	for _, h := range held {
		if h.namespace() != "" {
			for _, t := range h.risk.rows {
				s.own[t.row] = true
			}
		}
		if r := h.binding.role; !known[r] {
			known[r] = true
			s.sources = append(s.sources, &source{role: r, risk: h.risk, named: map[int32]int{}})
		}
	}
	s.groupNames()
	return s
}

// groupNames costs what the names of all rules are; from there on the groups stand for them.
func (s *scope) groupNames() {
	rulesOf := map[string][]int{}
	count := 0
	for _, src := range s.sources {
		for _, rule := range src.risk.named {
			src.named[int32(rule)] = count
			for _, name := range src.role.rules[rule].ResourceNames {
				if rules := rulesOf[name]; name != "" && (len(rules) == 0 || rules[len(rules)-1] != count) {
					rulesOf[name] = append(rules, count)
				}
			}
			count++
		}
	}
	s.groupsOf = make([][]int, count)
	byRules := map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(rulesOf)) {
		var key strings.Builder
		for _, rule := range rulesOf[name] {
			key.WriteString(strconv.Itoa(rule))
			key.WriteByte(' ')
		}
		i, found := byRules[key.String()]
		if !found {
			i = len(s.groups)
			byRules[key.String()] = i
			s.groups = append(s.groups, nameGroup{rules: rulesOf[name]})
			for _, rule := range rulesOf[name] {
				s.groupsOf[rule] = append(s.groupsOf[rule], i)
			}
		}
		s.groups[i].names = append(s.groups[i].names, name)
		s.group[name] = i
	}
}

// masksOf works out a row once.
func (s *scope) masksOf(row int) masks {
	if m, done := s.masks[row]; done {
		return m
	}
	m := masks{named: make([]verbSet, len(s.groups))}
	byRule := map[int]verbSet{}
	r := &s.catalog.rows[row]
	for _, src := range s.sources {
		for _, t := range src.risk.of(row) {
			open, named := split(r, src.role.rules[t.rule].ResourceNames, t.verbs)
			m.any |= open
			if named != 0 {
				byRule[src.named[t.rule]] = named
			}
		}
	}
	if len(byRule) > 0 {
		for i, group := range s.groups {
			for _, rule := range group.rules {
				m.named[i] |= byRule[rule]
			}
			m.named[i] = usable(r, m.any, m.named[i])
		}
	}
	if r.where == clusterOrHome && s.namespace != "" {
		m = s.home(m)
	}
	s.masks[row] = m
	return m
}

// home is about the Namespace object alone that has the name of its namespace. It is never
// made, and never deleted with others, by a request that its RoleBindings allow.
func (s *scope) home(m masks) masks {
	open := m.any
	if group, found := s.group[s.namespace]; found {
		open |= m.named[group]
	}
	return masks{any: open &^ verbsNameless, named: make([]verbSet, len(s.groups))}
}

// split divides the verbs of a rule into those for any name, and those for its names. The
// empty name among them is that of requests that carry none.
func split(r *row, names []string, verbs verbSet) (open, named verbSet) {
	if len(names) == 0 {
		return verbs, 0
	}
	if r.topLevel() && slices.Contains(names, "") {
		return verbs & verbsNameless, verbs
	}
	return 0, verbs
}

// usable are the verbs held for a name that requests can use: those to delete a collection
// never carry a name, and those to create carry one only where a patch makes the object.
func usable(r *row, open, named verbSet) verbSet {
	if !r.topLevel() {
		return named
	}
	named &^= verbDeletecollection
	if (open|named)&verbPatch == 0 {
		named &^= verbCreate
	}
	return named
}

// anyName and noName stand for a group where there is none.
const anyName = -1

// verdict are the verbs by which a row is a power for any name, or for those of a group; 0
// where it is none. parts are those that are held.
func (s *scope) verdict(row, group int, parts part) verbSet {
	r := &s.catalog.rows[row]
	m := s.masksOf(row)
	held, with := m.any, r.with
	if group != anyName {
		held |= m.named[group]
		if r.withName != 0 {
			with = r.withName
		}
	}
	if r.kind == "" || held&r.verbs == 0 || r.needs&^parts != 0 || with != 0 && held&with == 0 {
		return 0
	}
	out := held & (r.verbs | with)
	if group != anyName && m.named[group]&out&verbCreate != 0 && m.any&verbCreate == 0 && r.topLevel() {
		out |= verbPatch
	}
	return out
}

// parts are those that rows give here.
func (s *scope) parts(server Server) part {
	var parts part
	for i := range s.catalog.rows {
		if r := &s.catalog.rows[i]; r.gives != 0 && r.in(server) && r.holdsIn(s.namespace) && s.gives(i) {
			parts |= r.gives
		}
	}
	return parts
}

func (s *scope) gives(row int) bool {
	r := &s.catalog.rows[row]
	m := s.masksOf(row)
	if m.any&r.verbs != 0 {
		return true
	}
	for i, named := range m.named {
		if named&r.verbs != 0 && len(r.counted(s.groups[i].names)) > 0 {
			return true
		}
	}
	return false
}

// counted are the names that the row is about.
func (r *row) counted(names []string) []string {
	if r.counts == nil {
		return names
	}
	var counted []string
	for _, name := range names {
		if r.counts(name) {
			counted = append(counted, name)
		}
	}
	return counted
}
