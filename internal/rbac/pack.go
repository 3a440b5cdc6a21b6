package rbac

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// packed is a rule with the actions that it grants: those and no others.
type packed struct {
	rule    rbacv1.PolicyRule
	key     string
	actions []api.Action
}

// pack makes few rules of the actions of one namespace, or of the cluster: each action is in
// one rule. Verbs of the same objects come together, then names and then resources with the
// same verbs; a rule never has two groups, nor names beside any name. Rules of another key
// stay apart; it is asked of all actions on the same objects, sorted by verb.
func pack(actions []api.Action, key func([]api.Action) string) []packed {
	byPlace := map[api.Action][]api.Action{}
	for _, a := range actions {
		place := a
		place.Verb = ""
		byPlace[place] = append(byPlace[place], a)
	}
	var rules []packed
	for _, place := range slices.SortedFunc(maps.Keys(byPlace), api.Action.Compare) {
		slices.SortFunc(byPlace[place], api.Action.Compare)
		rules = append(rules, ofPlace(byPlace[place], key(byPlace[place])))
	}
	rules = join(rules, func(p *packed) *[]string { return &p.rule.ResourceNames })
	rules = join(rules, func(p *packed) *[]string { return &p.rule.NonResourceURLs })
	rules = join(rules, func(p *packed) *[]string { return &p.rule.Resources })
	slices.SortStableFunc(rules, comparePacked)
	return rules
}

// ofPlace is the rule of actions that differ in their verbs alone.
func ofPlace(actions []api.Action, key string) packed {
	p := packed{rule: ruleOf(actions[0]), key: key, actions: actions}
	for _, a := range actions[1:] {
		p.rule.Verbs = append(p.rule.Verbs, a.Verb)
	}
	return p
}

// ruleOf is the rule that grants an action, in its namespace: for any name where it has none.
func ruleOf(a api.Action) rbacv1.PolicyRule {
	rule := rbacv1.PolicyRule{Verbs: []string{a.Verb}}
	if a.Path != "" {
		rule.NonResourceURLs = []string{a.Path}
		return rule
	}
	rule.APIGroups, rule.Resources = []string{a.Group}, []string{a.Resource}
	if a.Name != "" {
		rule.ResourceNames = []string{a.Name}
	}
	return rule
}

// join makes one of all rules that differ in one field alone, where they all have some of it.
func join(rules []packed, field func(*packed) *[]string) []packed {
	var out []packed
	at := map[string]int{}
	for _, p := range rules {
		values := *field(&p)
		if len(values) == 0 {
			out = append(out, p)
			continue
		}
		*field(&p) = nil
		rest := p.identity()
		*field(&p) = values
		i, found := at[rest]
		if !found {
			at[rest] = len(out)
			out = append(out, p)
			continue
		}
		*field(&out[i]) = append(*field(&out[i]), values...)
		out[i].actions = append(out[i].actions, p.actions...)
	}
	return out
}

// identity is equal for rules that are equal. The separators are in no name of Kubernetes.
func (p *packed) identity() string {
	var b strings.Builder
	for _, list := range [][]string{p.rule.Verbs, p.rule.APIGroups, p.rule.Resources, p.rule.ResourceNames, p.rule.NonResourceURLs, {p.key}} {
		for _, s := range list {
			b.WriteString(s)
			b.WriteByte(1)
		}
		b.WriteByte(0)
	}
	return b.String()
}

// comparePacked orders rules by group, resources, names and verbs, and those of paths last.
func comparePacked(a, b packed) int {
	return cmp.Or(
		cmp.Compare(len(a.rule.NonResourceURLs), len(b.rule.NonResourceURLs)),
		slices.Compare(a.rule.APIGroups, b.rule.APIGroups), slices.Compare(a.rule.Resources, b.rule.Resources),
		slices.Compare(a.rule.ResourceNames, b.rule.ResourceNames), slices.Compare(a.rule.NonResourceURLs, b.rule.NonResourceURLs),
		slices.Compare(a.rule.Verbs, b.rule.Verbs),
	)
}

// actionsOf are all that a rule grants in a namespace, without knowing the wildcards.
func actionsOf(rule *rbacv1.PolicyRule, namespace string) []api.Action {
	var out []api.Action
	names := rule.ResourceNames
	if len(names) == 0 {
		names = []string{""}
	}
	for _, verb := range rule.Verbs {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, name := range names {
					out = append(out, api.Action{Verb: verb, Group: group, Resource: resource, Namespace: namespace, Name: name})
				}
			}
		}
		for _, path := range rule.NonResourceURLs {
			out = append(out, api.Action{Verb: verb, Path: path})
		}
	}
	return out
}

// RequestOf is the action as the evaluator is asked about it.
func RequestOf(a api.Action) Request {
	resource, subresource, _ := strings.Cut(a.Resource, "/")
	return Request{
		Verb: a.Verb, Group: a.Group, Resource: resource, Subresource: subresource,
		Namespace: a.Namespace, Name: a.Name, Path: a.Path,
	}
}
