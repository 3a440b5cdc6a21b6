package netpol

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// mapRules are the rules that decisions cite. It may be used at the same time.
type mapRules struct {
	// objects are the policies of each network; drafts and names those that are written.
	objects [2]map[types.NamespacedName]*networkingv1.NetworkPolicy
	drafts  map[types.NamespacedName]*api.PolicyDraft
	names   []types.NamespacedName

	lock  sync.Mutex
	list  []mapRule
	known map[mapRule]int
}

// mapRule is a rule of a policy that is there, or of one that is written.
type mapRule struct {
	Rule
	written bool
}

func newMapRules(policies []*networkingv1.NetworkPolicy) *mapRules {
	r := &mapRules{drafts: map[types.NamespacedName]*api.PolicyDraft{}, known: map[mapRule]int{}}
	for v := range r.objects {
		r.objects[v] = map[types.NamespacedName]*networkingv1.NetworkPolicy{}
		for _, p := range policies {
			r.objects[v][policyName(p)] = p
		}
	}
	return r
}

// write puts a policy in place of one of its name.
func (r *mapRules) write(name types.NamespacedName, draft *api.PolicyDraft) {
	if r.drafts[name] == nil {
		r.names = append(r.names, name)
	}
	r.drafts[name] = draft
	r.objects[mapAfter][name] = draft.Object()
}

// index is that of a rule of a network's policy.
func (r *mapRules) index(v int, rule Rule) int {
	key := mapRule{rule, v == mapAfter && r.drafts[nameOf(rule.Policy)] != nil}
	r.lock.Lock()
	defer r.lock.Unlock()
	i, found := r.known[key]
	if !found {
		i = len(r.list)
		r.known[key] = i
		r.list = append(r.list, key)
	}
	return i
}

// sorted are the rules in their order, and the places in it of those that were found.
func (r *mapRules) sorted() (rules []api.FlowRule, at []int) {
	order := make([]int, len(r.list))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return r.list[a].compare(&r.list[b]) })
	at, rules = make([]int, len(order)), make([]api.FlowRule, len(order))
	for i, found := range order {
		at[found], rules[i] = i, r.flowRule(&r.list[found])
	}
	return rules, at
}

func (r *mapRule) compare(o *mapRule) int {
	return cmp.Or(
		r.Policy.Compare(o.Policy), number(r.written)-number(o.written),
		cmp.Compare(directionIndex(r.Direction), directionIndex(o.Direction)), cmp.Compare(r.Number, o.Number),
	)
}

// flowRule is a rule as it stands in its policy.
func (r *mapRules) flowRule(rule *mapRule) api.FlowRule {
	name, v := nameOf(rule.Policy), mapNow
	if rule.written {
		v = mapAfter
	}
	out := api.FlowRule{Policy: "NetworkPolicy " + name.String(), Direction: strings.ToLower(string(rule.Direction)), Written: rule.written}
	p := r.objects[v][name]
	if p == nil {
		return out
	}
	out.YAML = ruleYAML(&p.Spec, directionIndex(rule.Direction), rule.Number-1)
	if rule.written {
		drafts := [2][]api.PolicyRuleDraft{ingress: r.drafts[name].Ingress, egress: r.drafts[name].Egress}[directionIndex(rule.Direction)]
		if i := rule.Number - 1; i >= 0 && i < len(drafts) {
			out.Reasons = drafts[i].Reasons
		}
	}
	return out
}

// policyHead is a policy without its rules.
type policyHead struct {
	PodSelector metav1.LabelSelector      `json:"podSelector"`
	PolicyTypes []networkingv1.PolicyType `json:"policyTypes,omitempty"`
}

// ruleYAML is a list of the one rule, or the head of the policy where there is none.
func ruleYAML(spec *networkingv1.NetworkPolicySpec, d, i int) string {
	var what any = policyHead{spec.PodSelector, spec.PolicyTypes}
	switch {
	case i >= 0 && d == ingress && i < len(spec.Ingress):
		what = spec.Ingress[i : i+1]
	case i >= 0 && d == egress && i < len(spec.Egress):
		what = spec.Egress[i : i+1]
	}
	text, err := yaml.Marshal(what)
	if err != nil {
		return ""
	}
	return string(text)
}
