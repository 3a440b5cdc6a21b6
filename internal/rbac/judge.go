package rbac

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Place names a rule of a role, which counts from 1, for a reader.
type Place func(role api.Ref, rule int) string

// Judged is how well roles that somebody wrote fit what a subject was seen to do.
type Judged struct {
	Proof api.SubjectProof
	// Likely are not granted and were not observed, but are known to be needed besides.
	Likely []api.ReasonedUse
}

// Judge asks a policy about everything that a subject was seen to do, by one user or, for a
// group, several. Proof.Refused says of each use that it does not allow which rule comes
// nearest, and Proof.Excess what the subject's rules grant that was never seen.
func Judge(policy *Policy, id Identity, access []api.Access, where Place) *Judged {
	f := newFit(id, FitOptions{})
	for i := range access {
		f.observe(&access[i])
	}
	observed := maps.Clone(f.needs)
	for a := range f.inexpressible { // a wildcard that somebody wrote may allow it
		observed[a] = &need{uses: usesOf(access, a)}
	}
	f.add()
	out := &Judged{Proof: f.proof()}
	p := &out.Proof
	p.Added, p.Inexpressible, p.Observed, p.Granted = []api.ReasonedUse{}, []api.ReasonedUse{}, len(observed), 0
	for _, a := range slices.SortedFunc(maps.Keys(observed), api.Action.Compare) {
		if _, allowed := policy.Allows(id, RequestOf(a)); allowed {
			p.Covered++
		} else {
			p.Refused = append(p.Refused, api.CountedUse{Use: f.words.use(a, false), Count: observed[a].times(), By: nearest(policy, id, a, where)})
		}
	}
	p.Coverage = 1
	if p.Observed > 0 {
		p.Coverage = float64(p.Covered) / float64(p.Observed)
	}
	for _, a := range slices.SortedFunc(maps.Keys(f.needs), api.Action.Compare) {
		if _, seen := observed[a]; seen || f.needs[a].reason == "" {
			continue
		}
		use := api.ReasonedUse{Use: f.words.use(a, true), Reason: f.needs[a].reason}
		if _, allowed := policy.Allows(id, RequestOf(a)); allowed {
			p.Added = append(p.Added, use)
		} else {
			out.Likely = append(out.Likely, use)
		}
	}
	maps.Copy(observed, f.needs)
	p.Excess, p.Granted = excess(policy, id, observed)
	return out
}

func usesOf(access []api.Access, a api.Action) []*api.Use {
	var uses []*api.Use
	for i := range access {
		for j := range access[i].Uses {
			if use := &access[i].Uses[j]; use.Action == a {
				uses = append(uses, use)
			}
		}
	}
	return uses
}

// nearest says which rule would have to allow a use: one about the same object first.
func nearest(policy *Policy, id Identity, a api.Action, where Place) string {
	request, best, words := RequestOf(a), 0, "no rule is about it"
	for right := range policy.Rights(id) {
		place := where(right.Grant.Role, right.Grant.Rule)
		if rank, how := lacks(right, a, request); rank > best {
			best, words = rank, place+" "+how
		}
	}
	return words
}

// lacks is what keeps a right from allowing a request, and how near it comes: 0 where it is
// about something else.
func lacks(right Right, a api.Action, request Request) (int, string) {
	allows := func(change func(*rbacv1.PolicyRule)) bool {
		rule := *right.Rule
		change(&rule)
		return (Right{right.Namespace, &rule, right.Grant}).Allows(request)
	}
	named := len(right.Rule.ResourceNames) > 0
	switch {
	case allows(func(r *rbacv1.PolicyRule) { r.Verbs = []string{a.Verb} }):
		rank := 3
		if named || a.Name == "" {
			rank = 4
		}
		return rank, "grants " + strings.Join(right.Rule.Verbs, ", ") + " alone"
	case named && allows(func(r *rbacv1.PolicyRule) { r.ResourceNames = nil }):
		return 2, "names " + strings.Join(first(right.Rule.ResourceNames, 3), ", ")
	case matches(right.Rule, &request):
		return 1, "holds in namespace " + right.Namespace + " alone"
	}
	return 0, ""
}

// first are at most n entries, the last of them saying how many more there are.
func first(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	return append(slices.Clone(list[:n]), fmt.Sprintf("%d more", len(list)-n))
}

// excess is what the rules of a subject grant beyond what was observed, and how many actions
// they grant in all; one of a rule with a wildcard counts as one.
func excess(policy *Policy, id Identity, observed map[api.Action]*need) ([]api.ReasonedUse, int) {
	granted := map[api.Action]bool{}
	for right := range policy.Rights(id) {
		for _, a := range actionsOf(right.Rule, right.Namespace) {
			if a.Path == "" || right.Namespace == "" {
				granted[a] = true
			}
		}
	}
	out := []api.ReasonedUse{}
	words := words{}
	for a := range granted {
		words.note(a)
	}
	for _, a := range slices.SortedFunc(maps.Keys(granted), api.Action.Compare) {
		if why := unseen(a, observed); why != "" {
			out = append(out, api.ReasonedUse{Use: words.use(a, true), Reason: why})
		}
	}
	return out, len(granted)
}

// unseen is why a granted action is more than was observed, empty where it is not.
func unseen(a api.Action, observed map[api.Action]*need) string {
	rule := &rbacv1.PolicyRule{Verbs: []string{a.Verb}}
	if a.Path != "" {
		rule.NonResourceURLs = []string{a.Path}
	} else {
		rule.APIGroups, rule.Resources = []string{a.Group}, []string{a.Resource}
	}
	if a.Name != "" {
		rule.ResourceNames = []string{a.Name}
	}
	if _, exact := observed[a]; exact && !strings.Contains(a.Verb+a.Group+a.Resource, "*") {
		return ""
	}
	names, namespaces := map[string]bool{}, map[string]bool{}
	for seen := range observed {
		request := RequestOf(seen)
		if (Right{Namespace: a.Namespace, Rule: rule}).Allows(request) {
			names[seen.Name] = true
			namespaces[seen.Namespace] = true
		}
	}
	switch {
	case len(names) == 0:
		return "never seen"
	case strings.Contains(a.Verb+a.Group+a.Resource, "*") || strings.HasSuffix(a.Path, "*"):
		return "a wildcard"
	case a.Namespace == "" && !namespaces[""]:
		return "seen in " + strings.Join(first(slices.Sorted(maps.Keys(namespaces)), 3), ", ") + " alone"
	case !names[""]:
		return "seen for " + strings.Join(first(slices.Sorted(maps.Keys(names)), 3), ", ") + " alone"
	}
	return ""
}
