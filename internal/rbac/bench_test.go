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

// withPowers are the large objects where every role is a risk: half of a fresh cluster's edit,
// and wildcards. Every account is in a namespace that lets privileged pods in.
func withPowers() (rbac.Objects, *rbac.World) {
	objects := large()
	edit := []rbacv1.PolicyRule{
		rule(list("create", "delete", "patch", "update"), list(""), list("pods", "pods/exec", "secrets", "serviceaccounts", "configmaps"), nil),
		rule(list("get", "list", "watch"), list(""), list("secrets"), nil),
		rule(list("create", "patch"), list("apps", "batch"), list("*"), nil),
		rule(list("impersonate"), list(""), list("serviceaccounts"), list("a1", "a2")),
	}
	for i := range objects.ClusterRoles {
		objects.ClusterRoles[i].Rules = append(edit[:1+i%4:1+i%4], objects.ClusterRoles[i].Rules...)
	}
	for i := range objects.Roles {
		objects.Roles[i].Rules = append(edit[i%4:4:4], objects.Roles[i].Rules...)
	}
	world := &rbac.World{Privileged: func(string) bool { return true }}
	for i := range manyAccounts {
		s := rbac.Subject{Kind: "ServiceAccount", Namespace: fmt.Sprint("n", i%100), Name: fmt.Sprint("a", i)}
		world.Accounts = append(world.Accounts, s)
		world.Pods = append(world.Pods, rbac.Pod{Namespace: s.Namespace, Account: s, Token: true, Root: i%20 == 0, Nodes: list(fmt.Sprint("node", i%50))})
	}
	return objects, world
}

// BenchmarkPowers: the powers of 1,000 accounts by 5,000 bindings, in total. Harmless is the
// same of roles that are no risk.
func BenchmarkPowers(b *testing.B) {
	risky, _ := withPowers()
	for name, objects := range map[string]rbac.Objects{"Harmless": large(), "Risky": risky} {
		b.Run(name, func(b *testing.B) {
			ids, powers := manyIdentities(), 0
			b.ReportAllocs()
			for b.Loop() {
				policy := rbac.New(objects)
				for _, id := range ids {
					powers += len(policy.Powers(id, rbac.Server{}))
				}
			}
			b.ReportMetric(float64(powers)/float64(b.N), "powers/op")
		})
	}
}

// BenchmarkPaths: the paths of the same accounts.
func BenchmarkPaths(b *testing.B) {
	objects, world := withPowers()
	ids, paths := manyIdentities(), 0
	b.ReportAllocs()
	for b.Loop() {
		graph := rbac.New(objects).Graph(world, rbac.Server{})
		for _, id := range ids {
			paths += len(graph.Paths(id))
		}
	}
	b.ReportMetric(float64(paths)/float64(b.N), "paths/op")
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
