package rbac

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	rbacv1 "k8s.io/api/rbac/v1"
)

// gain is the step by which all rights of a place are had.
type gain struct {
	power, beside *Power
	does          string
	// local tells that no more than what is in namespaces is had.
	local bool
}

func (x *Power) rule() gain {
	return gain{power: x, does: x.Does(), local: x.Kind == MayBindInNamespace}
}

// rule is all that a namespace gives, with the label of the Namespace that lets privileged
// pods in; or all of the cluster.
func (l *leads) rule(by gain, namespace string) {
	places := []place{{kind: placeCluster}}
	if namespace != "" || by.local {
		places = []place{{kind: placeAccounts, namespace: namespace}, {kind: placeSecrets, namespace: namespace}, {kind: placeNode}}
	}
	for _, to := range places {
		l.edges = append(l.edges, edge{to: to, power: by.power, beside: by.beside, does: by.does})
	}
}

// holdings are the bindings of who stands here, those among them to roles that are not there.
func (l *leads) holdings() []*binding {
	bindings := slices.Clone(l.bound)
	for h := range merged(l.policy.lists(l.id)) {
		bindings = append(bindings, h.binding)
	}
	return bindings
}

// may tells whether a request is allowed, also by what was bound.
func (l *leads) may(request Request) bool {
	if _, ok := l.policy.Allows(l.id, request); ok {
		return true
	}
	return slices.ContainsFunc(l.bound, func(b *binding) bool {
		return (b.ref.Namespace == "" || b.ref.Namespace == request.scope()) &&
			slices.ContainsFunc(b.role.rules, func(rule *rbacv1.PolicyRule) bool { return matches(rule, &request) })
	})
}

// bind leads on by roles that may be bound (BindingAuthorized of k8s.io/kubernetes
// pkg/registry/rbac): those that hold everything, and what the others of them hold.
func (l *leads) bind(x *Power) {
	inCluster := x.Resource == "clusterroles"
	if inCluster && (len(x.Names) == 0 || slices.Contains(x.Names, "cluster-admin")) {
		l.rule(x.rule(), x.Namespace) // cluster-admin is among them
		return
	}
	var some []*role
	for _, r := range l.bindable(x) {
		switch {
		case slices.ContainsFunc(r.rules, isEverything) && inCluster:
			l.rule(x.rule(), x.Namespace)
		case slices.ContainsFunc(r.rules, isEverything):
			l.rule(x.rule(), r.ref.Namespace)
		case r.riskOf(l.policy.catalog()) != nil:
			some = append(some, r)
		}
	}
	for _, namespace := range l.scopes(x) {
		l.bindTo(x, namespace, some)
	}
}

// bindable are the roles that are there and may be bound, sorted.
func (l *leads) bindable(x *Power) []*role {
	var roles []*role
	for key, r := range l.policy.roles {
		sameKind := (key.namespace == "") == (x.Resource == "clusterroles")
		here := key.namespace == "" || x.Namespace == "" || key.namespace == x.Namespace
		if sameKind && here && (len(x.Names) == 0 || slices.Contains(x.Names, key.name)) {
			roles = append(roles, r)
		}
	}
	slices.SortFunc(roles, func(a, b *role) int {
		return cmp.Or(strings.Compare(a.ref.Namespace, b.ref.Namespace), strings.Compare(a.ref.Name, b.ref.Name))
	})
	return roles
}

// scopes are where a power binds roles: the cluster, a namespace, or each that is known.
func (l *leads) scopes(x *Power) []string {
	if x.Namespace != "" || x.Kind == MayBindInCluster {
		return []string{x.Namespace}
	}
	namespaces := append(slices.Clone(l.namespaces), "kube-system")
	slices.Sort(namespaces)
	return slices.Compact(namespaces)
}

// bindTo leads to who stands here with roles bound in a namespace, or in the cluster.
func (l *leads) bindTo(x *Power, namespace string, roles []*role) {
	kind, id := kindRoleBinding, placeOf(l.id).subject()
	if namespace == "" {
		kind = kindClusterRoleBinding
	}
	bound := slices.Clone(l.bound)
	var names []string
	for _, r := range roles {
		held := slices.ContainsFunc(l.bound, func(b *binding) bool { return b.role == r && b.ref.Namespace == namespace })
		if held || r.ref.Namespace != "" && r.ref.Namespace != namespace {
			continue
		}
		names = append(names, r.ref.Kind+" "+r.ref.Name)
		bound = append(bound, &binding{ref: RefOf(kind, namespace, "(new)"), role: r, subjects: []Subject{id}, holders: []Subject{id}})
	}
	if len(names) == 0 {
		return
	}
	what := names[0]
	if more := len(names) - 1; more > 0 {
		what += fmt.Sprintf(" and %d more", more)
	}
	if namespace != "" {
		what += " in " + namespace
	}
	to := place{kind: placeBound, name: l.at.String() + " with " + what}
	then := sync.OnceValue(func() *leads { return l.leadsOf(to, l.id, bound) })
	l.edges = append(l.edges, edge{to: to, power: x, does: x.Does(), then: then})
}
