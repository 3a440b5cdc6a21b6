package rbac

import (
	"maps"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/validation"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// inexpressible is why no rule can grant an action and nothing else, empty where one can. A
// request may hold an asterisk, in a rule it is a wildcard.
func inexpressible(a api.Action) string {
	switch {
	case a.Verb == "":
		return "has no verb"
	case a.Verb == rbacv1.VerbAll:
		return "the verb * in a rule is every verb"
	case a.Path != "" && strings.HasSuffix(a.Path, "*"):
		return "a path that ends in * in a rule is every path that begins so"
	case a.Path != "":
		return ""
	case a.Namespace != "" && len(validation.ValidateNamespaceName(a.Namespace, false)) > 0:
		return "no namespace can have this name"
	case a.Group == rbacv1.APIGroupAll:
		return "the group * in a rule is every group"
	case a.Resource == rbacv1.ResourceAll || strings.HasPrefix(a.Resource, "*/"):
		return "the resource * in a rule is every resource"
	}
	return ""
}

// proof counts and lists what the roles are for. Covered is left to the evaluator.
func (f *fit) proof() api.SubjectProof {
	p := api.SubjectProof{
		Subject: f.id.Words(), Added: []api.ReasonedUse{}, Excess: []api.ReasonedUse{}, Inexpressible: []api.ReasonedUse{},
		Denied: f.counted(f.stillDenied()), Refused: []api.CountedUse{}, LeftOut: f.counted(f.leftOut),
	}
	for _, a := range slices.SortedFunc(maps.Keys(f.needs), api.Action.Compare) {
		if n := f.needs[a]; n.reason == "" {
			p.Observed++
		} else {
			p.Added = append(p.Added, api.ReasonedUse{Use: f.words.use(a, true), Reason: n.reason})
		}
	}
	for _, a := range slices.SortedFunc(maps.Keys(f.inexpressible), api.Action.Compare) {
		p.Inexpressible = append(p.Inexpressible, api.ReasonedUse{Use: f.words.use(a, false), Reason: f.inexpressible[a]})
	}
	p.Granted, p.Coverage = p.Observed+len(p.Added), 1
	return p
}

// stillDenied are those denied that the roles do not grant: others were allowed another time.
func (f *fit) stillDenied() map[api.Action]*need {
	out := map[api.Action]*need{}
	for a, n := range f.denied {
		if _, granted := f.needs[widest(a, f.needs)]; !granted {
			out[a] = n
		}
	}
	return out
}

func (f *fit) counted(uses map[api.Action]*need) []api.CountedUse {
	out := []api.CountedUse{}
	for _, a := range slices.SortedFunc(maps.Keys(uses), api.Action.Compare) {
		out = append(out, api.CountedUse{Use: f.words.use(a, false), Count: uses[a].times(), By: uses[a].by})
	}
	return out
}

// blank are the applies of objects that were never seen to be created.
func (f *fit) blank() []string {
	var out []string
	for _, a := range slices.SortedFunc(maps.Keys(f.needs), api.Action.Compare) {
		if !slices.ContainsFunc(f.needs[a].uses, func(u *api.Use) bool { return u.Applied }) || strings.Contains(a.Resource, "/") {
			continue
		}
		create := a
		create.Verb = "create"
		if _, found := f.needs[widest(create, f.needs)]; !found {
			out = append(out, f.words.use(create, false))
		}
	}
	return out
}
