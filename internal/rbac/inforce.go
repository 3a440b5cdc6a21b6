package rbac

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// InForce are the bindings of a policy that grant an identity more than roles do, sorted. What
// Kubernetes grants to every account is left out, and so is what comes by roles of the same
// names, which the new ones replace. bound is who the new bindings name, nobody where there
// are none.
func (p *Policy) InForce(id Identity, roles []api.RoleDraft, bound []rbacv1.Subject) []api.InForce {
	draft := policyOf(roles)
	more := map[api.Ref]map[string]bool{}
	for right := range p.Rights(id) {
		if right.IsEverybodys() || isOneOf(right.Grant.Role, roles) {
			continue
		}
		for _, what := range beyond(draft, right) {
			if more[right.Grant.Binding] == nil {
				more[right.Grant.Binding] = map[string]bool{}
			}
			more[right.Grant.Binding][what] = true
		}
	}
	var out []api.InForce
	for ref, words := range more {
		b := api.InForce{Binding: ref, Alone: p.alone(ref, bound), Conflict: len(bound) > 0 && hasName(ref, roles)}
		for w := range words {
			b.More = append(b.More, w)
		}
		slices.Sort(b.More)
		out = append(out, b)
	}
	slices.SortFunc(out, func(a, b api.InForce) int { return a.Binding.Compare(b.Binding) })
	return out
}

func isOneOf(role api.Ref, roles []api.RoleDraft) bool {
	return hasName(role, roles) && (role.Kind == "ClusterRole") == (role.Namespace == "")
}

func hasName(ref api.Ref, roles []api.RoleDraft) bool {
	return slices.ContainsFunc(roles, func(r api.RoleDraft) bool { return r.Name == ref.Name && r.Namespace == ref.Namespace })
}

// alone tells whether a binding names the subjects given, and nobody else.
func (p *Policy) alone(ref api.Ref, subjects []rbacv1.Subject) bool {
	if len(subjects) != 1 {
		return false
	}
	for _, list := range []map[string][]holding{p.byUser, p.byGroup} {
		for _, holdings := range list {
			for _, h := range holdings {
				if h.binding.ref == ref {
					return len(h.binding.subjects) == 1 && h.holder() == holderOf(subjects[0])
				}
			}
		}
	}
	return false
}

// holderOf is the holder that a complete subject of a binding is.
func holderOf(s rbacv1.Subject) Subject {
	return Subject{Kind: s.Kind, Namespace: s.Namespace, Name: s.Name}.holder()
}

// Holders are who has a role by which binding, in words, but for the subjects given; nil for a
// role that is not there.
func (p *Policy) Holders(namespace, name string, but []rbacv1.Subject) (others []string, found bool) {
	role, found := p.roles[roleKey{namespace, name}]
	if !found {
		return nil, false
	}
	for _, b := range role.bindings {
		for _, s := range b.subjects {
			if !slices.ContainsFunc(but, func(o rbacv1.Subject) bool { return holderOf(o) == s.holder() }) {
				others = append(others, s.Identity().Words()+" by "+b.ref.From(""))
			}
		}
	}
	slices.Sort(others)
	return others, true
}

// beyond is what of a right the draft does not grant, in words: verbs of the same objects
// together.
func beyond(draft *Policy, right Right) []string {
	actions, few := expand(right.Rule, right.Namespace, mostCombinations)
	if !few {
		return []string{fmt.Sprintf("rule %d of %s: %s combinations, not compared one by one", right.Grant.Rule, right.Grant.Role.From(""), thousands(combinations(right.Rule)))}
	}
	verbs := map[api.Action][]string{}
	for _, a := range actions {
		if a.Path != "" && right.Namespace != "" {
			continue
		}
		if !coversAction(draft, a) {
			place := a
			place.Verb = ""
			verbs[place] = append(verbs[place], a.Verb)
		}
	}
	var out []string
	for place, list := range verbs {
		slices.Sort(list)
		place.Verb = strings.Join(list, ", ")
		if place.Resource == rbacv1.ResourceAll {
			place.Resource = cmp.Or(strings.ReplaceAll(place.Group, rbacv1.APIGroupAll, "all resources"), "all core resources")
		}
		words := words{}
		out = append(out, words.use(place, !slices.Equal(list, []string{"create"})))
	}
	return out
}

// coversAction tells whether the draft grants all that an action of a rule does: any name
// where it names none.
func coversAction(draft *Policy, a api.Action) bool {
	rule := ruleOf(a)
	covered, err := Covers(draft.RulesFor(Identity{User: draftUser}, a.Namespace), []*rbacv1.PolicyRule{&rule})
	return covered && err == nil
}
