package rbac

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// aggregation fills the rules of ClusterRoles that have an aggregationRule with what the
// controller of k8s.io/kubernetes pkg/controller/clusterroleaggregation would, once it has
// come to rest: the rules of all selected roles, each once. A role for which there are none
// keeps those written in it, since the controller's apply leaves the field alone then.
//
// Roles that aggregate each other in a circle are visited together, by Tarjan's algorithm.
// There the controller's result depends on its order; all rules that can come out are taken.
type aggregation struct {
	all      []*clusterRole // sorted by name
	selected map[string][]*clusterRole
	ids      map[string]int // of rules with the same content
	known    map[*rbacv1.PolicyRule]int

	visits int
	stack  []*clusterRole
	cyclic func(circle []*clusterRole)
}

type clusterRole struct {
	*role
	labels labels.Set
	// selectors are keys of selected, for a role that is to be filled.
	selectors []string

	visit, low int
	onStack    bool
}

func (b *builder) aggregate(written []rbacv1.ClusterRole) {
	last := map[string]*rbacv1.ClusterRole{}
	for i := range written {
		last[written[i].Name] = &written[i]
	}
	a := aggregation{selected: map[string][]*clusterRole{}, ids: map[string]int{}, known: map[*rbacv1.PolicyRule]int{}, cyclic: b.noteCircle}
	for _, name := range slices.Sorted(maps.Keys(last)) {
		a.all = append(a.all, &clusterRole{role: b.roles[roleKey{"", name}], labels: last[name].Labels})
	}
	for _, r := range a.all {
		rule := last[r.ref.Name].AggregationRule
		if rule == nil {
			continue
		}
		var err error
		if r.selectors, err = a.selectorsOf(rule); err != nil {
			b.note(r.ref, "cannot be aggregated: %v", err)
		}
	}
	for _, r := range a.all {
		if r.visit == 0 && len(r.selectors) > 0 {
			a.fill(r)
		}
	}
}

func (b *builder) noteCircle(circle []*clusterRole) {
	const shown = 3
	var names []string
	for _, r := range circle[:min(len(circle), shown)] {
		names = append(names, fmt.Sprintf("%q", r.ref.Name))
	}
	if more := len(circle) - shown; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	for _, r := range circle {
		b.note(r.ref, "is aggregated in a circle: %s; all rules that may result are taken", strings.Join(names, ", "))
	}
}

// selectorsOf selects once for all roles with the same selector.
func (a *aggregation) selectorsOf(rule *rbacv1.AggregationRule) ([]string, error) {
	var keys []string
	for i := range rule.ClusterRoleSelectors {
		selector, err := metav1.LabelSelectorAsSelector(&rule.ClusterRoleSelectors[i])
		if err != nil {
			return nil, err
		}
		key := selector.String()
		if _, found := a.selected[key]; !found {
			a.selected[key] = a.choose(selector)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func (a *aggregation) choose(selector labels.Selector) []*clusterRole {
	var chosen []*clusterRole
	for _, r := range a.all {
		if selector.Matches(r.labels) {
			chosen = append(chosen, r)
		}
	}
	return chosen
}

// fill gives rules to the role and to all that it draws from.
func (a *aggregation) fill(r *clusterRole) {
	a.visits++
	r.visit, r.low, r.onStack = a.visits, a.visits, true
	a.stack = append(a.stack, r)
	for _, key := range r.selectors {
		for _, from := range a.selected[key] {
			switch {
			case len(from.selectors) == 0:
			case from.visit == 0:
				a.fill(from)
				r.low = min(r.low, from.low)
			case from.onStack:
				r.low = min(r.low, from.visit)
			}
		}
	}
	if r.low != r.visit {
		return
	}
	start := slices.Index(a.stack, r)
	circle := a.stack[start:]
	a.stack = a.stack[:start]
	slices.SortFunc(circle, func(x, y *clusterRole) int { return strings.Compare(x.ref.Name, y.ref.Name) })
	rules := a.collect(circle)
	for _, member := range circle {
		member.onStack = false
		if len(rules) > 0 {
			member.rules = rules
		}
	}
	if len(circle) > 1 {
		a.cyclic(circle)
	}
}

// collect joins the rules of what the circle, most often a single role, draws from outside
// itself. Members of a true circle pass on what is written in them as well.
func (a *aggregation) collect(circle []*clusterRole) []*rbacv1.PolicyRule {
	var sources []*clusterRole
	done := map[string]bool{}
	for _, member := range circle {
		for _, key := range member.selectors {
			if done[key] {
				continue
			}
			done[key] = true
			for _, from := range a.selected[key] {
				if !from.onStack && len(from.rules) > 0 {
					sources = append(sources, from)
				}
			}
		}
	}
	if len(circle) > 1 {
		sources = append(sources, circle...)
	}
	return a.join(sources)
}

func (a *aggregation) join(sources []*clusterRole) []*rbacv1.PolicyRule {
	var rules []*rbacv1.PolicyRule
	seen := map[int]bool{}
	for _, from := range sources {
		for _, rule := range from.rules {
			if id := a.idOf(rule); !seen[id] {
				seen[id] = true
				rules = append(rules, rule)
			}
		}
	}
	if len(sources) == 1 && len(rules) == len(sources[0].rules) {
		return sources[0].rules // a long chain of roles shares one list
	}
	return rules
}

func (a *aggregation) idOf(rule *rbacv1.PolicyRule) int {
	if id, found := a.known[rule]; found {
		return id
	}
	content := contentOf(rule)
	id, found := a.ids[content]
	if !found {
		id = len(a.ids)
		a.ids[content] = id
	}
	a.known[rule] = id
	return id
}

// contentOf is the same for rules that equality.Semantic.DeepEqual of apimachinery takes for
// equal: it makes no difference between nil and empty.
func contentOf(rule *rbacv1.PolicyRule) string {
	return fmt.Sprintf("%q %q %q %q %q", rule.Verbs, rule.APIGroups, rule.Resources, rule.ResourceNames, rule.NonResourceURLs)
}
