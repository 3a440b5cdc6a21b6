package rbac

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Grant is how a right comes to somebody: a binding names the subject and refers to a role
// that has the rule.
type Grant struct {
	Binding api.Ref
	Role    api.Ref
	// Rule counts the rules of the role from 1.
	Rule int
	// Subject is the entry of the binding that applies: the user, the account, or one of
	// its groups.
	Subject Subject
}

// String is the grant as the API server names it in the reason of a decision and in the
// audit log's authorization.k8s.io/reason, behind "RBAC: allowed by ".
func (g Grant) String() string {
	name := g.Binding.Name
	if g.Binding.Namespace != "" {
		name += "/" + g.Binding.Namespace
	}
	return fmt.Sprintf("%s %q of %s %q to %s", g.Binding.Kind, name, g.Role.Kind, g.Role.Name, g.Subject)
}

// Right is a rule that somebody holds.
type Right struct {
	// Namespace is where the rule holds, empty for the whole cluster.
	Namespace string
	// Rule as it is written in the role; not to be changed. In a namespace its
	// nonResourceURLs have no effect.
	Rule  *rbacv1.PolicyRule
	Grant Grant
}

// Allows tells whether the right by itself allows the request.
func (r Right) Allows(request Request) bool {
	return (r.Namespace == "" || r.Namespace == request.scope()) && matches(r.Rule, &request)
}

// Allows tells whether the identity may do the request, and the first of its Grants.
func (p *Policy) Allows(id Identity, request Request) (Grant, bool) {
	for grant := range p.grants(id, &request) {
		return grant, true
	}
	return Grant{}, false
}

// Grants are all ways in which the identity may do the request: one for each binding,
// subject and rule, in the order in which the API server looks, ClusterRoleBindings first.
// Where it leaves the order open, bindings are in the order of their names.
func (p *Policy) Grants(id Identity, request Request) []Grant {
	return slices.Collect(p.grants(id, &request))
}

func (p *Policy) grants(id Identity, r *Request) iter.Seq[Grant] {
	return func(yield func(Grant) bool) {
		for h := range p.holdingsIn(id, r.scope()) {
			for i, rule := range h.binding.role.rules {
				if matches(rule, r) && !yield(h.grant(i)) {
					return
				}
			}
		}
	}
}

// Rights are all rules that the identity holds, each with its grant: those of the whole
// cluster, then those of namespaces in the order of their names. A rule that is granted in
// several ways comes once for each. Rules for nonResourceURLs alone are left out of
// namespaces, where they have no effect.
func (p *Policy) Rights(id Identity) iter.Seq[Right] {
	return func(yield func(Right) bool) {
		for h := range merged(p.lists(id)) {
			namespace := h.binding.ref.Namespace
			for i, rule := range h.binding.role.rules {
				if namespace != "" && len(rule.Resources) == 0 {
					continue
				}
				if !yield(Right{namespace, rule, h.grant(i)}) {
					return
				}
			}
		}
	}
}

// RulesFor are the rules that the identity holds in a namespace, those of the whole cluster
// among them, or in the whole cluster alone for the empty namespace: what the API server
// holds against a role that the identity writes or binds there. See Covers.
func (p *Policy) RulesFor(id Identity, namespace string) []*rbacv1.PolicyRule {
	var rules []*rbacv1.PolicyRule
	var last *binding
	for h := range p.holdingsIn(id, namespace) {
		if h.binding != last {
			rules = append(rules, h.binding.role.rules...)
			last = h.binding
		}
	}
	return rules
}

func (h holding) grant(rule int) Grant {
	return Grant{h.binding.ref, h.binding.role.ref, rule + 1, h.binding.subjects[h.subject]}
}

func (h holding) holder() Subject { return h.binding.holders[h.subject] }

func (h holding) compare(o holding) int {
	return cmp.Or(cmp.Compare(h.binding.order, o.binding.order), cmp.Compare(h.subject, o.subject))
}

// lists are the holdings of the user and of each group.
func (p *Policy) lists(id Identity) [][]holding {
	lists := make([][]holding, 0, 1+len(id.Groups))
	if list := p.byUser[id.User]; len(list) > 0 {
		lists = append(lists, list)
	}
	for i, group := range id.Groups {
		if list := p.byGroup[group]; len(list) > 0 && !slices.Contains(id.Groups[:i], group) {
			lists = append(lists, list)
		}
	}
	return lists
}

// holdingsIn are those of the whole cluster, then those of the namespace.
func (p *Policy) holdingsIn(id Identity, namespace string) iter.Seq[holding] {
	return func(yield func(holding) bool) {
		lists := p.lists(id)
		for h := range merged(within(lists, "")) {
			if !yield(h) {
				return
			}
		}
		if namespace == "" {
			return
		}
		for h := range merged(within(lists, namespace)) {
			if !yield(h) {
				return
			}
		}
	}
}

// within cuts the part of one namespace out of each list.
func within(lists [][]holding, namespace string) [][]holding {
	cut := make([][]holding, 0, len(lists))
	byNamespace := func(h holding, namespace string) int { return strings.Compare(h.binding.ref.Namespace, namespace) }
	for _, list := range lists {
		start, found := slices.BinarySearchFunc(list, namespace, byNamespace)
		if !found {
			continue
		}
		end, _ := slices.BinarySearchFunc(list, namespace+"\x00", byNamespace)
		cut = append(cut, list[start:end])
	}
	return cut
}

// merged goes through sorted lists in the order of all. It uses the lists up.
func merged(lists [][]holding) iter.Seq[holding] {
	return func(yield func(holding) bool) {
		for {
			first := -1
			for i, list := range lists {
				if len(list) > 0 && (first < 0 || list[0].compare(lists[first][0]) < 0) {
					first = i
				}
			}
			if first < 0 {
				return
			}
			next := lists[first][0]
			lists[first] = lists[first][1:]
			if !yield(next) {
				return
			}
		}
	}
}
