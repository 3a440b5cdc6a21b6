package assess

import (
	"fmt"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// maxSplit is up to how many rights rules are taken apart by resource, so that what findings
// stand on is told from the rest.
const maxSplit = 10_000

// rightsOf are the rights of an account, marked with the findings that stand on them. Those
// that come by the same grant, hold in the same place and have the same findings are merged:
// first those on the same resources, then those with the same verbs. Nothing is granted by
// the merged rules that is not granted by the rules apart.
func rightsOf(a *account, on stands, findings []api.Finding) []api.Right {
	rights := make([]api.Right, 0, len(a.rights))
	for _, r := range a.rights {
		one := api.Right{
			Verbs: wild(r.Rule.Verbs), Groups: wild(r.Rule.APIGroups), Resources: wild(r.Rule.Resources),
			ResourceNames: set(r.Rule.ResourceNames), NonResourceURLs: urlsOf(r),
			Namespace: r.Namespace, Via: via(r.Grant, a.namespace), Checks: []string{},
		}
		rights = append(rights, byResource(one, maxSplit-len(rights))...)
	}
	on.mark(rights, findings, a.namespace)
	rights = mergeRights(rights,
		func(r *api.Right) []any {
			return []any{r.Groups, r.Resources, r.ResourceNames, r.NonResourceURLs, r.Checks}
		},
		func(r *api.Right) *[]string { return &r.Verbs })
	return mergeRights(rights,
		func(r *api.Right) []any {
			return []any{r.Groups, r.Verbs, r.ResourceNames, len(r.NonResourceURLs) > 0, len(r.Resources) > 0, r.Checks}
		},
		func(r *api.Right) *[]string {
			if len(r.NonResourceURLs) > 0 {
				return &r.NonResourceURLs
			}
			return &r.Resources
		})
}

// byResource takes a right apart, into no more than most.
func byResource(r api.Right, most int) []api.Right {
	if len(r.Resources) < 2 || len(r.NonResourceURLs) > 0 || len(r.Resources) > most {
		return []api.Right{r}
	}
	var parts []api.Right
	for _, resource := range r.Resources {
		part := r
		part.Resources = []string{resource}
		parts = append(parts, part)
	}
	return parts
}

// urlsOf leaves out URLs where they have no effect.
func urlsOf(r rbac.Right) []string {
	if r.Namespace != "" {
		return []string{}
	}
	return wild(r.Rule.NonResourceURLs)
}

// set sorts values and drops repeated ones. It is never nil.
func set(values []string) []string {
	out := append([]string{}, values...)
	slices.Sort(out)
	return slices.Compact(out)
}

// wild is a set of which a star says everything.
func wild(values []string) []string {
	if slices.Contains(values, rbacv1.ResourceAll) {
		return []string{rbacv1.ResourceAll}
	}
	return set(values)
}

// mergeRights joins rights that are the same but for one list.
func mergeRights(rights []api.Right, same func(*api.Right) []any, list func(*api.Right) *[]string) []api.Right {
	out := rights[:0:0]
	index := map[string]int{}
	for _, r := range rights {
		both := len(r.Resources) > 0 && len(r.NonResourceURLs) > 0
		key := fmt.Sprintf("%q %q %q %q %q", r.Namespace, r.Via.Binding, r.Via.Role, r.Via.Subject, same(&r))
		at, found := index[key]
		if !found || both {
			index[key] = len(out)
			out = append(out, r)
			continue
		}
		into := list(&out[at])
		*into = wild(append(slices.Clone(*into), *list(&r)...))
		out[at].Via.Rules = append(slices.Clone(out[at].Via.Rules), r.Via.Rules...)
		slices.Sort(out[at].Via.Rules)
		out[at].Via.Rules = slices.Compact(out[at].Via.Rules)
	}
	return out
}
