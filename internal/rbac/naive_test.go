package rbac

import (
	"maps"
	"slices"
	"strings"
)

// NaivePowers finds powers by asking Allows and Grants for each request that matters: for
// each row of the catalog, each place, each verb and each name that is written anywhere.
func NaivePowers(p *Policy, id Identity, server Server) []Power {
	n := naive{Policy: p, id: id, server: server, verdicts: map[question]verbSet{}, everywhere: map[string]bool{}}
	names, namespaces := map[string]bool{}, map[string]bool{}
	for right := range p.Rights(id) {
		namespaces[right.Namespace], names[right.Namespace] = true, true
		for _, name := range right.Rule.ResourceNames {
			names[name] = true
		}
		if right.Allows(Request{Verb: "?", Group: "?", Resource: "?", Subresource: "?", Namespace: right.Namespace, Name: "?"}) {
			n.everywhere[right.Namespace] = true
		}
	}
	delete(names, "")
	delete(namespaces, "")
	n.names, n.namespaces = slices.Sorted(maps.Keys(names)), slices.Sorted(maps.Keys(namespaces))
	powers := n.in("")
	if !n.everywhere[""] {
		for _, namespace := range n.namespaces {
			powers = append(powers, n.in(namespace)...)
		}
	}
	slices.SortFunc(powers, Power.compare)
	return powers
}

type naive struct {
	*Policy
	id                Identity
	server            Server
	names, namespaces []string
	everywhere        map[string]bool
	verdicts          map[question]verbSet
}

type question struct {
	row             int
	namespace, name string
}

const unwritten = "\x00any" // a name that nobody writes

func (n *naive) in(namespace string) []Power {
	if n.everywhere[""] || n.everywhere[namespace] {
		return []Power{{
			Kind: MayDoEverything, Namespace: namespace, Verbs: []string{"*"}, Group: "*", Resource: "*",
			Grants: n.rightsWith(func(r Right) bool {
				return (r.Namespace == "" || r.Namespace == namespace) && r.Allows(Request{Verb: "?", Group: "?", Resource: "?", Namespace: namespace, Name: "?"})
			}),
		}}
	}
	var powers []Power
	for i := range n.catalog().rows {
		r := &n.catalog().rows[i]
		if r.kind == "" || !r.in(n.server) || !r.holdsIn(namespace) {
			continue
		}
		for verbs, names := range n.ofRow(i, namespace) {
			x := Power{Kind: r.kind, Namespace: namespace, Names: names, Group: r.group, Resource: r.resource}
			x.Verbs = append(verbs.names(), n.modes(r)...)
			slices.Sort(x.Verbs)
			x.Grants = n.grantsOf(i, namespace, names, verbs)
			powers = append(powers, x)
		}
	}
	return withoutImplied(powers)
}

// ofRow are the names that the verbs are held for, none for any name.
func (n *naive) ofRow(row int, namespace string) map[verbSet][]string {
	r := &n.catalog().rows[row]
	found := map[verbSet][]string{}
	openly := n.verdict(question{row, namespace, unwritten})
	home := r.where == clusterOrHome && namespace != ""
	for _, name := range slices.Concat(n.names, []string{unwritten}) {
		verbs := n.verdict(question{row, namespace, name})
		before := question{row, "", name}
		if home {
			before.name = namespace
		}
		switch {
		case verbs == 0 || namespace != "" && verbs&^n.verdict(before) == 0 || home && name != unwritten:
		case name == unwritten && !r.named:
			found[verbs] = append(found[verbs], "")
		case name != unwritten && verbs&^openly != 0 && (r.counts == nil || r.counts(name)):
			found[verbs] = append(found[verbs], name)
		}
	}
	for verbs, names := range found {
		if slices.Contains(names, "") {
			found[verbs] = nil
		}
	}
	return found
}

func (n *naive) verdict(q question) verbSet {
	if v, done := n.verdicts[q]; done {
		return v
	}
	r := &n.catalog().rows[q.row]
	held := n.held(q)
	with := r.with
	if q.name != unwritten && r.withName != 0 {
		with = r.withName
	}
	out := held & (r.verbs | with)
	if held&r.verbs == 0 || with != 0 && held&with == 0 || !n.hasParts(r.needs, q.namespace) {
		out = 0
	}
	if out&verbCreate != 0 && q.name != unwritten && r.topLevel() && n.held(question{q.row, q.namespace, unwritten})&verbCreate == 0 {
		out |= verbPatch
	}
	n.verdicts[q] = out
	return out
}

// requests are those by which a verb is used on a name.
func (n *naive) requests(q question, verb verbSet) []Request {
	r := &n.catalog().rows[q.row]
	request := Request{Verb: verb.names()[0], Group: r.group, Namespace: q.namespace, Name: q.name}
	request.Resource, request.Subresource, _ = strings.Cut(r.resource, "/")
	if r.where == clusterOrHome && q.namespace != "" {
		request.Name = q.namespace
		if verb&verbsNameless != 0 {
			return nil
		}
		return []Request{request}
	}
	if !r.topLevel() || verb&verbsNameless == 0 {
		return []Request{request}
	}
	unnamed := request
	unnamed.Name = ""
	if q.name == unwritten || verb == verbDeletecollection {
		return []Request{unnamed}
	}
	applied := request
	applied.Verb = "patch"
	if _, ok := n.Allows(n.id, applied); verb == verbCreate && !ok {
		return []Request{unnamed}
	}
	return []Request{unnamed, request}
}

func (n *naive) held(q question) verbSet {
	var held verbSet
	for bit := verbSet(1); bit < verbsAll; bit <<= 1 {
		if n.catalog().rows[q.row].interest()&bit != 0 && len(n.allowing(q, bit)) > 0 {
			held |= bit
		}
	}
	return held
}

// allowing are the grants by which a verb can be used.
func (n *naive) allowing(q question, verb verbSet) []Grant {
	r := &n.catalog().rows[q.row]
	if r.resource == anyResource || r.resource == extras {
		return n.rightsWith(func(right Right) bool { return n.special(r, right, q, verb) })
	}
	var grants []Grant
	for _, request := range n.requests(q, verb) {
		grants = append(grants, n.Grants(n.id, request)...)
	}
	return grants
}

// special asks for what no single request stands for: any verb of a mode on any resource,
// and any extra field.
func (n *naive) special(r *row, right Right, q question, verb verbSet) bool {
	if right.Namespace != "" && right.Namespace != q.namespace {
		return false
	}
	rule := right.Rule
	if len(rule.ResourceNames) > 0 && !slices.Contains(rule.ResourceNames, q.name) || len(rule.APIGroups) == 0 || len(rule.Resources) == 0 {
		return false
	}
	if r.resource == extras {
		return slices.ContainsFunc(rule.Resources, func(written string) bool {
			key, found := strings.CutPrefix(written, extras+"/")
			return (found || written == "*") && right.Allows(Request{Verb: verb.names()[0], Group: r.group, Resource: extras, Subresource: key, Namespace: q.namespace, Name: q.name})
		})
	}
	return slices.ContainsFunc(rule.Verbs, func(written string) bool { return written == "*" || strings.HasPrefix(written, verb.names()[0]) })
}

func (n *naive) rightsWith(holds func(Right) bool) []Grant {
	var grants []Grant
	for right := range n.Rights(n.id) {
		if holds(right) {
			grants = append(grants, right.Grant)
		}
	}
	return grants
}

func (n *naive) hasParts(needs part, namespace string) bool {
	for bit := part(1); bit <= needs; bit <<= 1 {
		if needs&bit != 0 && len(n.ofPart(bit, namespace)) == 0 {
			return false
		}
	}
	return true
}

// ofPart are the grants that give a part.
func (n *naive) ofPart(bit part, namespace string) []Grant {
	var grants []Grant
	places := []string{namespace}
	if bit&partsElsewhere != 0 {
		places = slices.Concat(n.namespaces, []string{""})
	}
	for i := range n.catalog().rows {
		r := &n.catalog().rows[i]
		if r.gives&bit == 0 || !r.in(n.server) {
			continue
		}
		for _, place := range places {
			for _, name := range slices.Concat(n.names, []string{unwritten}) {
				if !r.holdsIn(place) || name != unwritten && r.counts != nil && !r.counts(name) {
					continue
				}
				for verb := verbSet(1); verb < verbsAll; verb <<= 1 {
					if r.verbs&verb != 0 {
						grants = append(grants, n.allowing(question{i, place, name}, verb)...)
					}
				}
			}
		}
	}
	return grants
}

// grantsOf are those of the row and its parts, in the order of Rights.
func (n *naive) grantsOf(row int, namespace string, names []string, verbs verbSet) []Grant {
	r := &n.catalog().rows[row]
	var all []Grant
	if names == nil {
		names = []string{unwritten}
	}
	for _, name := range names {
		for verb := verbSet(1); verb < verbsAll; verb <<= 1 {
			if verbs&verb != 0 {
				all = append(all, n.allowing(question{row, namespace, name}, verb)...)
			}
		}
	}
	for bit := part(1); bit <= r.needs; bit <<= 1 {
		if r.needs&bit != 0 {
			all = append(all, n.ofPart(bit, namespace)...)
		}
	}
	return n.rightsWith(func(right Right) bool { return slices.Contains(all, right.Grant) })
}

func (n *naive) modes(r *row) []string {
	if r.kind != MayImpersonateConstrained {
		return nil
	}
	var modes []string
	for i := range n.catalog().rows {
		of := &n.catalog().rows[i]
		if of.resource != anyResource || of.gives&r.needs == 0 {
			continue
		}
		prefix := of.verbs.names()[0]
		for right := range n.Rights(n.id) {
			if len(right.Rule.APIGroups) == 0 || len(right.Rule.Resources) == 0 {
				continue
			}
			for _, verb := range right.Rule.Verbs {
				if verb == "*" {
					modes = append(modes, prefix+verb)
				} else if strings.HasPrefix(verb, prefix) {
					modes = append(modes, verb)
				}
			}
		}
	}
	slices.Sort(modes)
	return slices.Compact(modes)
}
