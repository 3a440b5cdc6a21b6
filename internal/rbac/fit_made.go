package rbac

import (
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// becauseMade: the roles could not be applied before the subject runs, and would go with the
// namespace.
const becauseMade = "it created the namespace itself, in which no role can be beforehand"

// addBeyondMade wants for all namespaces what was done in those that the subject made, where
// their names look generated: the next one has another name. Of a name that stays, a role can
// be in the namespace as soon as it is there, so all namespaces are wanted only if asked for.
func (f *fit) addBeyondMade() {
	var within []api.Action
	for a := range f.needs {
		if f.madeNamespace(a.Namespace) && (f.opts.AnyNamespace || looksGenerated(a.Namespace)) {
			within = append(within, a)
		}
	}
	within = slices.DeleteFunc(within, func(a api.Action) bool { return widest(a, f.needs).Namespace == "" })
	for _, a := range within {
		a.Namespace = ""
		f.want(a, becauseMade)
	}
}

// madeNamespace tells whether the subject made a namespace.
func (f *fit) madeNamespace(name string) bool {
	made := f.created[api.Action{Resource: "namespaces"}]
	return made != nil && name != "" && made.names[name]
}

// made are the namespaces with roles that the subject made.
func (f *fit) made(roles []api.RoleDraft) []string {
	var out []string
	for _, r := range roles {
		if f.madeNamespace(r.Namespace) {
			out = append(out, r.Namespace)
		}
	}
	return out
}

// mayHave tells whether the subject made objects of names that the server gave them, which no
// event has below the level RequestResponse, and all these names may be such.
func (c *createdNames) mayHave(named []api.Action) bool {
	return c != nil && c.unnamed && !slices.ContainsFunc(named, func(a api.Action) bool {
		return !c.names[a.Name] && !endsRandomly(a.Name)
	})
}

// endsRandomly tells names that generateName may have made of a prefix that ends in - or .
// (k8s.io/apiserver/pkg/storage/names).
func endsRandomly(name string) bool {
	suffix := name[strings.LastIndexAny(name, "-.")+1:]
	return len(suffix) == 5 && len(suffix) < len(name) && strings.Trim(suffix, "bcdfghjklmnpqrstvwxz2456789") == ""
}
