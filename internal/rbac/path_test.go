package rbac_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// TestPathsWithoutWorld: of files the rights alone are known.
func TestPathsWithoutWorld(t *testing.T) {
	objects := shop()
	objects.Roles = append(objects.Roles, rbacv1.Role{ObjectMeta: meta("ci", "r"), Rules: []rbacv1.PolicyRule{
		rule(list("create"), list(""), list("pods", "pods/exec"), nil),
		rule(list("create"), list(""), list("serviceaccounts/token"), list("root")),
	}})
	objects.RoleBindings = append(objects.RoleBindings, rbacv1.RoleBinding{ObjectMeta: meta("ci", "b"), RoleRef: roleRef("Role", "r"), Subjects: []rbacv1.Subject{user("u")}})
	objects.ClusterRoleBindings = append(objects.ClusterRoleBindings, rbacv1.ClusterRoleBinding{ObjectMeta: meta("", "root"), RoleRef: roleRef("ClusterRole", "db"), Subjects: []rbacv1.Subject{account("ci", "root")}})
	var got []string
	for _, path := range rbac.New(objects).Paths(rbac.User("u"), nil, rbac.Server{}) {
		got = append(got, showPath(path))
		for _, step := range path.Steps {
			if step.Power == nil || len(step.Power.Grants) == 0 {
				t.Errorf("%s stands on nothing", step.Does)
			}
		}
	}
	want := list(
		"cluster-admin: create serviceaccounts/token root in ci -> ServiceAccount ci/root; do everything -> cluster-admin",
		"secrets: create pods in ci -> every Secret of ci",
	)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestPathsAreDeterministic: neither the order of objects nor that of questions matters.
func TestPathsAreDeterministic(t *testing.T) {
	objects, world := withPowers()
	ids := manyIdentities()[:30]
	ask := func(ids []rbac.Identity) map[string][]string {
		graph, all := rbac.New(objects).Graph(world, rbac.Server{}), map[string][]string{}
		for _, id := range ids {
			for _, path := range graph.Paths(id) {
				all[id.User] = append(all[id.User], showPath(path))
			}
		}
		return all
	}
	first := ask(ids)
	slices.Reverse(ids)
	slices.Reverse(world.Accounts)
	slices.Reverse(world.Pods)
	slices.Reverse(objects.RoleBindings)
	slices.Reverse(objects.ClusterRoles)
	if diff := cmp.Diff(first, ask(ids)); diff != "" || len(first) == 0 {
		t.Error(len(first), diff)
	}
}

// TestPathsEnd: accounts that can all become each other.
func TestPathsEnd(t *testing.T) {
	var objects rbac.Objects
	world := &rbac.World{}
	objects.ClusterRoles = []rbacv1.ClusterRole{{ObjectMeta: meta("", "r"), Rules: []rbacv1.PolicyRule{rule(list("impersonate", "create"), list(""), list("serviceaccounts", "serviceaccounts/token"), nil)}}}
	objects.ClusterRoleBindings = []rbacv1.ClusterRoleBinding{{ObjectMeta: meta("", "b"), RoleRef: roleRef("ClusterRole", "r"), Subjects: []rbacv1.Subject{group("system:serviceaccounts")}}}
	for i := range 500 {
		world.Accounts = append(world.Accounts, accountSubject("n", fmt.Sprint("a", i)))
	}
	graph := rbac.New(objects).Graph(world, rbac.Server{})
	for i := range 500 {
		if paths := graph.Paths(rbac.ServiceAccount("n", fmt.Sprint("a", i))); paths != nil {
			t.Fatal(paths)
		}
	}
}

// TestPathsOfHostileNames: names of others are shown as they are, and escaped where they are
// printed.
func TestPathsOfHostileNames(t *testing.T) {
	for _, name := range list("", "\x1b[2J", "a/b", "cluster-admin", "root on a node") {
		policy := heldBy(rule(list("impersonate"), list(""), list("users"), list(name)))
		if paths := policy.Paths(rbac.User("u"), nil, rbac.Server{}); paths != nil {
			t.Errorf("%q: %v", name, paths)
		}
	}
}
