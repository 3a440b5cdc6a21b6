package rbac

import (
	"cmp"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// InForce are the bindings of a policy that grant an identity more than roles do, sorted. What
// Kubernetes grants to every account is left out, and so are bindings of the roles' own names,
// which the roles replace.
func (p *Policy) InForce(id Identity, roles []api.RoleDraft) []api.InForce {
	draft := policyOf(roles)
	more := map[api.Ref]map[string]bool{}
	for right := range p.Rights(id) {
		if right.IsEverybodys() || replaces(right.Grant.Binding, roles) {
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
		b := api.InForce{Binding: ref, Alone: p.alone(ref)}
		for w := range words {
			b.More = append(b.More, w)
		}
		slices.Sort(b.More)
		out = append(out, b)
	}
	slices.SortFunc(out, func(a, b api.InForce) int { return a.Binding.Compare(b.Binding) })
	return out
}

func replaces(binding api.Ref, roles []api.RoleDraft) bool {
	return slices.ContainsFunc(roles, func(r api.RoleDraft) bool {
		return r.Name == binding.Name && r.Namespace == binding.Namespace
	})
}

// alone tells whether a binding names one subject.
func (p *Policy) alone(ref api.Ref) bool {
	for _, list := range []map[string][]holding{p.byUser, p.byGroup} {
		for _, holdings := range list {
			for _, h := range holdings {
				if h.binding.ref == ref {
					return len(h.binding.subjects) == 1
				}
			}
		}
	}
	return false
}

// beyond is what of a right the draft does not grant, in words: verbs of the same objects
// together.
func beyond(draft *Policy, right Right) []string {
	verbs := map[api.Action][]string{}
	for _, a := range actionsOf(right.Rule, right.Namespace) {
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
	wanted := &rbacv1.PolicyRule{Verbs: []string{a.Verb}}
	if a.Path != "" {
		wanted.NonResourceURLs = []string{a.Path}
	} else {
		wanted.APIGroups, wanted.Resources = []string{a.Group}, []string{a.Resource}
	}
	if a.Name != "" {
		wanted.ResourceNames = []string{a.Name}
	}
	covered, err := Covers(draft.RulesFor(Identity{User: draftUser}, a.Namespace), []*rbacv1.PolicyRule{wanted})
	return covered && err == nil
}

// HasRole tells whether the policy has a role, or a ClusterRole where the namespace is empty.
func (p *Policy) HasRole(namespace, name string) bool {
	_, found := p.roles[roleKey{namespace, name}]
	return found
}
