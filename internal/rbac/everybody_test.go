package rbac

import (
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestDelivered holds what is granted to everybody to the policy of the same roles and bindings.
func TestDelivered(t *testing.T) {
	roles := everybodysRoles()
	var objects Objects
	requests := []Request{{}, {Verb: "get"}, {Verb: "get", Path: "/"}, {Verb: "list", Resource: "pods", Namespace: "shop"}}
	for _, role := range roles {
		meta := metav1.ObjectMeta{Name: role.name}
		binding := rbacv1.ClusterRoleBinding{ObjectMeta: meta, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: kindClusterRole, Name: role.name}}
		for _, group := range role.groups {
			binding.Subjects = append(binding.Subjects, rbacv1.Subject{Kind: rbacv1.GroupKind, APIGroup: rbacv1.GroupName, Name: group})
		}
		if role.name != trustBundles {
			objects.ClusterRoles = append(objects.ClusterRoles, rbacv1.ClusterRole{ObjectMeta: meta, Rules: role.rules})
			objects.ClusterRoleBindings = append(objects.ClusterRoleBindings, binding)
		}
		for i := range role.rules {
			for _, a := range actionsOf(&role.rules[i], "") {
				within, named, other := a, a, a
				within.Namespace, named.Name, other.Verb = "shop", "a", "delete"
				below := a
				below.Path = strings.TrimSuffix(a.Path, "*") + "x"
				requests = append(requests, RequestOf(a), RequestOf(within), RequestOf(named), RequestOf(other), RequestOf(below))
			}
		}
	}
	policy, yes := New(objects), 0
	for _, groups := range [][]string{nil, {""}, {Authenticated}, {AllAccounts}, {Unauthenticated}, {Authenticated, AllAccounts}, {AllAccounts + ":shop"}} {
		for _, r := range requests {
			grant, want := policy.Allows(Identity{Groups: groups}, r)
			role, got := delivered(roles, groups, &r)
			if got != want || role != grant.Role.Name {
				t.Errorf("%q, %+v: %q, %v, the policy says %q, %v", groups, r, role, got, grant.Role.Name, want)
			}
			if got {
				yes++
			}
		}
	}
	if yes == 0 {
		t.Error("nothing was allowed")
	}
}
