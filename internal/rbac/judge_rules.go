package rbac

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// nearest says which rule would have to allow a use: one about the same object first.
func nearest(policy *Policy, id Identity, a api.Action, where Place) string {
	request, best, words := RequestOf(a), 0, "no rule is about it"
	for right := range policy.Rights(id) {
		if rank, how := lacks(right, a, request); rank > best {
			best, words = rank, where(right.Grant.Role, right.Grant.Rule)+" "+how
		}
	}
	return words
}

// mostVerbs is how many verbs of a rule are named: as many as objects have.
const mostVerbs = 8

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
		return rank, "grants " + strings.Join(first(right.Rule.Verbs, mostVerbs), ", ") + " alone"
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
	return append(slices.Clone(list[:n]), thousands(len(list)-n)+" more")
}

// mostGranted is how many actions of all rules of a subject are looked at one by one.
const mostGranted = 100_000

// excess lists what the rules of the subject grant beyond what was observed, and counts the
// actions that they grant in all; one of a rule with a wildcard counts as one, and so does a
// rule that stands for too many.
func (j *judge) excess() {
	granted, tooMany := map[api.Action]bool{}, map[string]int{}
	for right := range j.policy.Rights(j.id) {
		actions, ok := expand(right.Rule, right.Namespace, min(mostCombinations, mostGranted-len(granted)))
		if !ok {
			tooMany[fmt.Sprintf("rule %d of %s", right.Grant.Rule, right.Grant.Role.From(""))] = combinations(right.Rule)
		}
		for _, a := range actions {
			if a.Path == "" || right.Namespace == "" {
				granted[a] = true
			}
		}
	}
	words := words{}
	for a := range granted {
		words.note(a)
	}
	p, seen := &j.out.Proof, j.accounted()
	p.Granted = len(granted) + len(tooMany)
	for _, rule := range slices.Sorted(maps.Keys(tooMany)) {
		p.Excess = append(p.Excess, api.ReasonedUse{Use: rule, Reason: counted(tooMany[rule]) + " combinations, not compared one by one"})
	}
	for _, a := range slices.SortedFunc(maps.Keys(granted), api.Action.Compare) {
		if why := seen.lacks(a); why != "" {
			p.Excess = append(p.Excess, api.ReasonedUse{Use: words.use(a, true), Reason: why})
		}
	}
}

// counted is a number of combinations, of which there may be too many to count.
func counted(n int) string {
	if n == math.MaxInt {
		return "more than " + thousands(n)
	}
	return thousands(n)
}

// accounted are all actions that were observed or are needed besides.
func (j *judge) accounted() *accounted {
	out := &accounted{all: map[api.Action]bool{}, byKind: map[api.Action][]api.Action{}, many: map[api.Action]bool{}}
	for a, askers := range j.seen {
		out.add(a)
		if slices.ContainsFunc(askers, func(by asker) bool { return by.use.AnyName }) {
			out.many[withoutPlace(a)] = true
		}
	}
	for a := range j.hidden {
		out.add(a)
	}
	for a := range j.fit.needs {
		out.add(a)
	}
	return out
}

// accounted are actions, also by their verb, group and resource.
type accounted struct {
	all    map[api.Action]bool
	byKind map[api.Action][]api.Action
	// many has the kinds of which there were too many names or paths to keep.
	many map[api.Action]bool
}

func (s *accounted) add(a api.Action) {
	if kind := withoutPlace(a); !s.all[a] {
		s.all[a] = true
		s.byKind[kind] = append(s.byKind[kind], a)
	}
}

func withoutPlace(a api.Action) api.Action {
	return api.Action{Verb: a.Verb, Group: a.Group, Resource: a.Resource}
}

// near are those that an action of a rule may allow, and others.
func (s *accounted) near(a api.Action) []api.Action {
	if strings.Contains(a.Verb+a.Group+a.Resource, "*") {
		return slices.Collect(maps.Keys(s.all))
	}
	return s.byKind[withoutPlace(a)]
}

// lacks is why a granted action is more than these, empty where it is not.
func (s *accounted) lacks(a api.Action) string {
	wildcard := strings.Contains(a.Verb+a.Group+a.Resource, "*")
	if s.all[a] && !wildcard {
		return ""
	}
	rule := ruleOf(a)
	names, namespaces, paths := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, seen := range s.near(a) {
		request := RequestOf(seen)
		if (Right{Namespace: a.Namespace, Rule: &rule}).Allows(request) {
			names[seen.Name], namespaces[seen.Namespace], paths[seen.Path] = true, true, true
		}
	}
	switch {
	case len(names) == 0 && a.Name+a.Path != "" && s.many[withoutPlace(a)]:
		return "not known: more than 1,024 were seen, too many to keep"
	case len(names) == 0:
		return "never seen"
	case wildcard || strings.HasSuffix(a.Path, "*") && !paths[anyPath]:
		return "a wildcard"
	case a.Path != "":
		return ""
	case a.Namespace == "" && !namespaces[""]:
		return "seen in " + strings.Join(first(slices.Sorted(maps.Keys(namespaces)), 3), ", ") + " alone"
	case !names[""]:
		return "seen for " + strings.Join(first(slices.Sorted(maps.Keys(names)), 3), ", ") + " alone"
	}
	return ""
}

// RulesOf are the rules of a role, or of a ClusterRole where the namespace is empty; not to be
// changed. They are found also where the role is bound to nobody.
func (p *Policy) RulesOf(namespace, name string) (rules []rbacv1.PolicyRule, found bool) {
	role := p.roles[roleKey{namespace, name}]
	if role == nil {
		return nil, false
	}
	for _, rule := range role.rules {
		rules = append(rules, *rule)
	}
	return rules, true
}
