package rbac_test

import (
	"fmt"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

const (
	manyAccounts = 1_000
	manyBindings = 5_000
)

// large has accounts in 100 namespaces and bindings of all sorts, of which every account
// shares a few by its groups, to roles of about the size of the built-in ones.
func large() rbac.Objects {
	var o rbac.Objects
	for i := range 100 {
		var rules []rbacv1.PolicyRule
		for j := range 15 {
			rules = append(rules, rule(list("get", "list", "watch"), list("", "apps"), list(fmt.Sprint("r", i), fmt.Sprint("r", j), "pods/log"), nil))
		}
		o.ClusterRoles = append(o.ClusterRoles, rbacv1.ClusterRole{ObjectMeta: meta("", fmt.Sprint("c", i)), Rules: rules})
		o.Roles = append(o.Roles, rbacv1.Role{ObjectMeta: meta(fmt.Sprint("n", i), "r"), Rules: rules[:5]})
	}
	for i := range manyBindings {
		namespace := fmt.Sprint("n", i%100)
		subjects := []rbacv1.Subject{account(namespace, fmt.Sprint("a", i%manyAccounts)), user(fmt.Sprint("u", i%50))}
		if i%100 < 3 {
			subjects = append(subjects, group("system:serviceaccounts"))
		}
		m := meta(namespace, fmt.Sprint("b", i))
		switch clusterRole := roleRef("ClusterRole", fmt.Sprint("c", i*7%100)); i % 5 {
		case 0:
			m.Namespace = ""
			o.ClusterRoleBindings = append(o.ClusterRoleBindings, rbacv1.ClusterRoleBinding{ObjectMeta: m, RoleRef: clusterRole, Subjects: subjects})
		case 1:
			o.RoleBindings = append(o.RoleBindings, rbacv1.RoleBinding{ObjectMeta: m, RoleRef: roleRef("Role", "r"), Subjects: subjects})
		default:
			o.RoleBindings = append(o.RoleBindings, rbacv1.RoleBinding{ObjectMeta: m, RoleRef: clusterRole, Subjects: subjects})
		}
	}
	return o
}

func manyIdentities() []rbac.Identity {
	ids := make([]rbac.Identity, manyAccounts)
	for i := range ids {
		ids[i] = rbac.ServiceAccount(fmt.Sprint("n", i%100), fmt.Sprint("a", i))
	}
	return ids
}

// BenchmarkLarge: everything that a look at 1,000 accounts asks of 5,000 bindings, in total.
func BenchmarkLarge(b *testing.B) {
	objects, ids := large(), manyIdentities()
	b.ReportAllocs()
	rights, allowed, holders := 0, 0, 0
	for b.Loop() {
		policy := rbac.New(objects)
		for i, id := range ids {
			for range policy.Rights(id) {
				rights++
			}
			for _, verb := range list("get", "create", "list", "delete") {
				for j := range 10 {
					if _, ok := policy.Allows(id, rbac.Request{Verb: verb, Resource: fmt.Sprint("r", 10*j), Namespace: fmt.Sprint("n", i%100)}); ok {
						allowed++
					}
				}
			}
		}
		for i := range 100 {
			for j := range 10 {
				holders += len(policy.Subjects(rbac.Request{Verb: "get", Resource: fmt.Sprint("r", 10*j), Namespace: fmt.Sprint("n", i)}))
			}
		}
	}
	b.ReportMetric(float64(rights)/float64(b.N), "rights/op")
	b.ReportMetric(float64(allowed)/float64(b.N), "allowed/op")
	b.ReportMetric(float64(holders)/float64(b.N), "holders/op")
}

// TestWorkFollowsTheSubject: a question costs what its subject holds, not what there is.
func TestWorkFollowsTheSubject(t *testing.T) {
	policy := rbac.New(large())
	id := rbac.Identity{User: rbac.ServiceAccount("n7", "a7").User}
	rights := 0
	for range policy.Rights(id) {
		rights++
	}
	if perAccount := manyBindings / manyAccounts; rights == 0 || rights > perAccount*15 {
		t.Errorf("%d rights of an account with %d bindings", rights, perAccount)
	}
	request := rbac.Request{Verb: "delete", Resource: "r1", Namespace: "n7"}
	if allocs := testing.AllocsPerRun(100, func() { policy.Allows(id, request) }); allocs > 20 {
		t.Errorf("Allows makes %.0f allocations", allocs)
	}
	if allocs := testing.AllocsPerRun(100, func() { policy.Subjects(request) }); allocs > 20 {
		t.Errorf("Subjects makes %.0f allocations for nobody", allocs)
	}
}
