package rbac

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// words names resources: with their group where two groups have one of that name.
type words map[string]map[string]bool

func (w words) note(a api.Action) {
	if w[a.Resource] == nil {
		w[a.Resource] = map[string]bool{}
	}
	w[a.Resource][a.Group] = true
}

// use is an action in words: list configmaps/a in shop. wide says so where it is for any
// name that could have been one.
func (w words) use(a api.Action, wide bool) string {
	if a.Path != "" || a.Resource == "" {
		return a.Verb + " " + cmp.Or(a.Path, "any path")
	}
	resource, subresource, sub := strings.Cut(a.Resource, "/")
	if len(w[a.Resource]) > 1 && a.Group != "" {
		resource += "." + a.Group
	}
	if sub {
		resource += "/" + subresource
	}
	text := a.Verb + " " + resource
	if a.Name != "" && sub {
		text += " of " + a.Name
	} else if a.Name != "" {
		text += "/" + a.Name
	}
	if a.Namespace != "" {
		text += " in " + a.Namespace
	}
	if wide && a.Name == "" && (sub || !slices.Contains([]string{"create", "list", "watch", "deletecollection"}, a.Verb)) {
		text += ", any name"
	}
	return text
}

// reason is the evidence for a rule, on one line.
func (f *fit) reason(p *packed) string {
	byVerb := map[string]*verbEvidence{}
	var all evidence
	for _, kept := range p.actions {
		v := byVerb[kept.Verb]
		if v == nil {
			v = &verbEvidence{names: map[string]bool{}, reasons: map[string]bool{}}
			byVerb[kept.Verb] = v
		}
		for _, a := range f.within[kept] {
			v.take(f.needs[a], a, kept)
			all.take(f.needs[a])
		}
	}
	var parts []string
	for _, verb := range slices.Sorted(maps.Keys(byVerb)) {
		if v := byVerb[verb]; v.times > 0 {
			parts = append(parts, v.words(verb))
		}
	}
	parts = append(parts, all.words()...)
	if all.via != "" {
		parts = append(parts, "known by a "+all.via)
	}
	added := addedReasons(byVerb)
	if note := unlimited(p); note != "" {
		added = append(added, note)
	}
	if len(parts) > 0 {
		added = slices.Insert(added, 0, strings.Join(parts, ", "))
	}
	return strings.Join(added, "; ")
}

// unlimited says why a rule that names nothing cannot be narrower.
func unlimited(p *packed) string {
	if len(p.rule.ResourceNames) == 0 && slices.Equal(p.rule.Verbs, []string{"create"}) && p.rule.Resources != nil &&
		!slices.ContainsFunc(p.rule.Resources, func(r string) bool { return strings.Contains(r, "/") }) {
		return "a create cannot be limited to a name"
	}
	return ""
}

// verbEvidence is that of one verb of a rule.
type verbEvidence struct {
	times   int64
	names   map[string]bool
	reasons map[string]bool
}

func (v *verbEvidence) take(n *need, a, kept api.Action) {
	v.times += n.times()
	if a.Name != "" && kept.Name == "" {
		v.names[a.Name] = true
	}
	if n.reason != "" && a == kept {
		v.reasons[n.reason] = true
	}
}

func (v *verbEvidence) words(verb string) string {
	text := verb + " " + times(v.times)
	if len(v.names) > 1 {
		text += fmt.Sprintf(" on %d names", len(v.names))
	}
	return text
}

// addedReasons are why verbs, or any name beside those that were seen, were added: each
// reason once.
func addedReasons(byVerb map[string]*verbEvidence) []string {
	what := map[string][]string{}
	for _, verb := range slices.Sorted(maps.Keys(byVerb)) {
		v := byVerb[verb]
		for reason := range v.reasons {
			if len(v.names) == 0 {
				what[reason] = append(what[reason], verb)
			} else if !slices.Contains(what[reason], "any name") {
				what[reason] = append(what[reason], "any name")
			}
		}
	}
	var out []string
	for _, reason := range slices.Sorted(maps.Keys(what)) {
		why := reason
		if reason == becauseInformer {
			why = "informers need it"
		}
		out = append(out, strings.Join(what[reason], ", ")+" added: "+why)
	}
	return out
}

// evidence is that of a whole rule.
type evidence struct {
	times  int64
	via    string
	last   string
	agents []string
}

func (e *evidence) take(n *need) {
	for _, use := range n.uses {
		e.times += use.Times()
		e.last = max(e.last, use.Last)
		if len(use.Via) > 0 && (e.via == "" || use.Via[0] < e.via) {
			e.via = use.Via[0]
		}
		for _, agent := range use.Agents {
			agent, _, _ = strings.Cut(agent, " ")
			if agent != "" && !slices.Contains(e.agents, agent) {
				e.agents = append(e.agents, agent)
			}
		}
	}
}

func (e *evidence) words() []string {
	var out []string
	switch {
	case e.last == "":
	case e.times == 1:
		out = append(out, e.last)
	default:
		out = append(out, "last "+e.last)
	}
	slices.Sort(e.agents)
	switch n := len(e.agents); {
	case n == 1:
		out = append(out, "agent "+e.agents[0])
	case n > 1:
		out = append(out, "agents "+strings.Join(e.agents[:min(n, 3)], ", "))
	}
	return out
}

// times is a number of requests, such as 4,032x.
func times(n int64) string { return thousands(int(n)) + "x" }
