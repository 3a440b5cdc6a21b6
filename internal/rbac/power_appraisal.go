package rbac

import (
	"iter"
	"slices"
	"strings"
)

// maxGrants bounds the grants of a power.
const maxGrants = 1024

// appraisal finds the powers of one identity.
type appraisal struct {
	catalog *catalog
	server  Server
	// held are the holdings of roles with a risk, in the evaluator's order: those of the
	// cluster, then those of namespaces.
	held    []held
	cluster *scope
	// elsewhere are the parts that are held anywhere at all.
	elsewhere part
	used      []used // of one power, then of the next
}

type held struct {
	holding
	risk *risk
}

func (h held) namespace() string { return h.binding.ref.Namespace }

func (e *appraisal) collect(holdings iter.Seq[holding]) {
	for h := range holdings {
		if risk := h.binding.role.riskOf(e.catalog); risk != nil {
			e.held = append(e.held, held{h, risk})
		}
	}
}

// add puts bindings behind the others of their namespaces.
func (e *appraisal) add(more []*binding) {
	if len(more) == 0 {
		return
	}
	for _, b := range more {
		if risk := b.role.riskOf(e.catalog); risk != nil {
			e.held = append(e.held, held{holding{b, 0}, risk})
		}
	}
	slices.SortStableFunc(e.held, func(x, y held) int { return strings.Compare(x.namespace(), y.namespace()) })
}

func (e *appraisal) powers() []Power {
	if len(e.held) == 0 {
		return nil
	}
	ofCluster := e.held[:e.end(0, "")]
	e.cluster = newScope(e.catalog, "", ofCluster)
	if all := e.everything("", ofCluster); all != nil {
		return all
	}
	var scopes []*scope
	var holdings [][]held
	for start := len(ofCluster); start < len(e.held); {
		namespace := e.held[start].namespace()
		end := e.end(start, namespace)
		in := slices.Concat(ofCluster, e.held[start:end])
		holdings = append(holdings, in)
		scopes = append(scopes, newScope(e.catalog, namespace, in))
		start = end
	}
	e.elsewhere = e.cluster.parts(e.server) & partsElsewhere
	for _, s := range scopes {
		e.elsewhere |= s.parts(e.server) & partsElsewhere
	}
	powers := e.in(e.cluster, ofCluster)
	for i, s := range scopes {
		if all := e.everything(s.namespace, holdings[i]); all != nil {
			powers = append(powers, all...)
			continue
		}
		powers = append(powers, e.in(s, holdings[i])...)
	}
	return powers
}

// end is where the holdings of a namespace end.
func (e *appraisal) end(start int, namespace string) int {
	for start < len(e.held) && e.held[start].namespace() == namespace {
		start++
	}
	return start
}

func (e *appraisal) everything(namespace string, holdings []held) []Power {
	var grants []Grant
	for _, h := range holdings {
		for _, rule := range h.risk.everything {
			if len(grants) < maxGrants {
				grants = append(grants, h.grant(rule))
			}
		}
	}
	if grants == nil {
		return nil
	}
	return []Power{{Kind: MayDoEverything, Namespace: namespace, Verbs: []string{"*"}, Group: "*", Resource: "*", Grants: grants}}
}

// in are the powers in one place that are not those of the whole cluster.
func (e *appraisal) in(s *scope, holdings []held) []Power {
	parts := s.parts(e.server) | e.elsewhere
	var ofCluster part
	if s != e.cluster {
		ofCluster = e.cluster.parts(e.server) | e.elsewhere
	}
	var powers []Power
	for i := range e.catalog.rows {
		r := &e.catalog.rows[i]
		if r.kind == "" || !r.in(e.server) || !r.holdsIn(s.namespace) {
			continue
		}
		if s != e.cluster && !s.own[i] && r.needs&(parts&^ofCluster) == 0 {
			continue
		}
		for _, f := range e.find(s, i, parts, ofCluster) {
			f.Kind, f.Namespace, f.Group, f.Resource = r.kind, s.namespace, r.group, r.resource
			f.Grants = e.grants(s, holdings, i, f)
			f.Verbs = append(f.verbs.names(), e.modes(r)...)
			slices.Sort(f.Verbs)
			powers = append(powers, f.Power)
		}
	}
	return withoutImplied(powers)
}

// withoutImplied leaves out what a greater power of the same place says already.
func withoutImplied(powers []Power) []Power {
	implied := func(x Power, by PowerKind, resource string) bool {
		return slices.ContainsFunc(powers, func(greater Power) bool {
			sameNames := greater.Resource == x.Resource && slices.Equal(greater.Names, x.Names)
			return greater.Kind == by && greater.Resource == resource && (len(greater.Names) == 0 || sameNames)
		})
	}
	var essential []Power
	for _, x := range powers {
		var left bool
		switch x.Kind {
		case MayWriteRoles:
			left = implied(x, MayEscalate, x.Resource)
		case MayWriteBindings:
			inCluster := x.Resource == "clusterrolebindings"
			left = inCluster && implied(x, MayBindInCluster, "clusterroles") || !inCluster && implied(x, MayBindInNamespace, "clusterroles")
		case MayApproveCertificates:
			left = implied(x, MayIssueCertificates, x.Resource)
		case MayWriteSecrets:
			left = implied(x, MayMakeTokenSecrets, x.Resource)
		}
		if !left {
			essential = append(essential, x)
		}
	}
	return essential
}

// finding is a power in the making.
type finding struct {
	Power
	verbs  verbSet
	groups []int // of names
	names  [][]string
}

// find is a row's power for any name, and those for names that differ from it.
func (e *appraisal) find(s *scope, row int, parts, ofCluster part) []finding {
	r := &e.catalog.rows[row]
	var found []finding
	open := s.verdict(row, anyName, parts)
	if !r.named && open&^e.before(s, row, anyName, ofCluster) != 0 {
		found = append(found, finding{verbs: open})
	}
	for i := range s.groups {
		verbs := s.verdict(row, i, parts)
		if verbs&^open == 0 || verbs&^e.before(s, row, i, ofCluster) == 0 {
			continue
		}
		names := r.counted(s.groups[i].names)
		if len(names) == 0 {
			continue
		}
		same := slices.IndexFunc(found, func(f finding) bool { return f.verbs == verbs && len(f.groups) > 0 })
		if same < 0 {
			found = append(found, finding{verbs: verbs})
			same = len(found) - 1
		}
		found[same].names = append(found[same].names, names)
		found[same].groups = append(found[same].groups, i)
	}
	for i, f := range found {
		switch len(f.names) {
		case 0:
		case 1:
			found[i].Names = f.names[0] // shared by all rows, since it may be long
		default:
			found[i].Names = slices.Concat(f.names...)
			slices.Sort(found[i].Names)
		}
	}
	return found
}

// before is what a row is in the whole cluster already, for the same names.
func (e *appraisal) before(s *scope, row, group int, parts part) verbSet {
	if s == e.cluster {
		return 0
	}
	name := s.namespace // of clusterOrHome, which knows no other
	switch {
	case group != anyName:
		name = s.groups[group].names[0]
	case e.catalog.rows[row].where != clusterOrHome:
		return e.cluster.verdict(row, anyName, parts)
	}
	inCluster, found := e.cluster.group[name]
	if !found {
		inCluster = anyName
	}
	return e.cluster.verdict(row, inCluster, parts)
}

// modes are the verbs that constrained impersonation gives, as they are written.
func (e *appraisal) modes(r *row) []string {
	if r.kind != MayImpersonateConstrained {
		return nil
	}
	var modes []string
	for i := range e.catalog.rows {
		of := &e.catalog.rows[i]
		if of.gives&r.needs == 0 || of.resource != anyResource {
			continue
		}
		prefix := of.verbs.names()[0]
		for _, h := range e.held {
			for _, t := range h.risk.of(i) {
				for _, verb := range h.binding.role.rules[t.rule].Verbs {
					if verb == "*" {
						modes = append(modes, prefix+verb)
					} else if strings.HasPrefix(verb, prefix) {
						modes = append(modes, verb)
					}
				}
			}
		}
	}
	slices.Sort(modes)
	return slices.Compact(modes)
}
