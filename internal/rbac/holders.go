package rbac

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
)

// Holder is somebody who may do a request.
type Holder struct {
	// Subject who may; a User with the name of a ServiceAccount is shown as the account.
	Subject Subject
	// Grants through which, one for each binding and way of naming the subject there, with
	// the first rule of the role that allows the request.
	Grants []Grant
}

// Subjects are all who are named by a binding that allows the request, sorted. Who is
// allowed through a group is not listed apart from the group.
func (p *Policy) Subjects(request Request) []Holder {
	uses := p.uses(&request)
	slices.SortFunc(uses, func(a, b use) int {
		return cmp.Or(a.holder().Compare(b.holder()), a.compare(b.holding))
	})
	var holders []Holder
	grants := make([]Grant, 0, len(uses))
	for i, u := range uses {
		if i == 0 || u.holder() != uses[i-1].holder() {
			holders = append(holders, Holder{Subject: u.holder()})
		}
		grants = append(grants, u.grant(u.rule))
		last := &holders[len(holders)-1]
		last.Grants = grants[len(grants)-1-len(last.Grants) : len(grants) : len(grants)]
	}
	return holders
}

// use is a subject of a binding that allows the request by a rule of its role.
type use struct {
	holding
	rule int
}

// uses finds the roles that allow the request, and those of their bindings that hold for it.
func (p *Policy) uses(r *Request) []use {
	namespaces := []string{"", r.scope()}
	if r.scope() == "" {
		namespaces = namespaces[:1]
	}
	var uses []use
	for _, home := range namespaces {
		for _, role := range p.bound[home] {
			rule := slices.IndexFunc(role.rules, func(rule *rbacv1.PolicyRule) bool { return matches(rule, r) })
			if rule < 0 {
				continue
			}
			for b := range role.bindingsIn(namespaces) {
				for i := range b.subjects {
					uses = append(uses, use{holding{b, i}, rule})
				}
			}
		}
	}
	return uses
}

// bindingsIn are the bindings of the role in these namespaces.
func (r *role) bindingsIn(namespaces []string) iter.Seq[*binding] {
	return func(yield func(*binding) bool) {
		for _, namespace := range namespaces {
			start, _ := slices.BinarySearchFunc(r.bindings, namespace, func(b *binding, namespace string) int {
				return strings.Compare(b.ref.Namespace, namespace)
			})
			for _, b := range r.bindings[start:] {
				if b.ref.Namespace != namespace {
					break
				}
				if !yield(b) {
					return
				}
			}
		}
	}
}
