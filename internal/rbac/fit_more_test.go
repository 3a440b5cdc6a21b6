package rbac_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// TestFitDenied: what was refused once and allowed at another time is no more denied.
func TestFitDenied(t *testing.T) {
	many := use(t, "get core secrets in x", 9)
	many.AnyName = true
	access := []api.Access{{
		Uses:   []api.Use{use(t, "get core secrets/db in x", 1), use(t, "list core pods", 1)},
		Denied: []api.Use{use(t, "get core secrets/db in x", 1), use(t, "list core pods in x", 2), use(t, "get core nodes/a", 3), many},
	}}
	id := rbac.ServiceAccount("x", "app")
	fitted, err := rbac.Fit(id, access, rbac.FitOptions{})
	want := []api.CountedUse{{Use: "get nodes/a", Count: 3}, {Use: "get secrets in x", Count: 9}}
	if diff := cmp.Diff(want, fitted.Proof.Denied); diff != "" || err != nil {
		t.Error(err, diff)
	}
	fitted, err = rbac.Fit(id, access, rbac.FitOptions{Denied: true})
	if diff := cmp.Diff([]string{": get  nodes a", ": list  pods", "x: get  secrets"}, written(fitted.Roles)); diff != "" || err != nil || len(fitted.Proof.Denied) > 0 {
		t.Error(err, diff, fitted.Proof.Denied)
	}
}

// TestFitIsDeterministic: what is added does not depend on the order of a map.
func TestFitIsDeterministic(t *testing.T) {
	const ci = "made-x7k2p"
	namespaces := use(t, "create core namespaces", 1)
	namespaces.Created = []string{ci}
	configMaps := use(t, "create core configmaps in "+ci, 3)
	configMaps.Created = []string{"a", "b", "c"}
	uses := []api.Use{namespaces, configMaps}
	for _, name := range configMaps.Created {
		uses = append(uses, use(t, "get core configmaps/"+name+" in "+ci, 1), use(t, "patch core configmaps/"+name+" in "+ci, 1))
	}
	var want *rbac.Fitted
	for range 30 {
		got, err := rbac.Fit(rbac.ServiceAccount("x", "app"), []api.Access{{Uses: uses}}, rbac.FitOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	}
}

// TestInForce: roles of the same names are replaced, bindings to others are not, and only a
// binding that names nobody else may go.
func TestInForce(t *testing.T) {
	role := func(namespace, name string, verbs ...string) rbacv1.Role {
		return rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Rules: []rbacv1.PolicyRule{{Verbs: verbs, APIGroups: []string{""}, Resources: []string{"pods"}}}}
	}
	binding := func(name, to string, subjects ...rbacv1.Subject) rbacv1.RoleBinding {
		return rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}, Subjects: subjects,
			RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: to},
		}
	}
	account := rbacv1.Subject{Kind: "ServiceAccount", Namespace: "shop", Name: "checkout"}
	other := rbacv1.Subject{Kind: "ServiceAccount", Namespace: "shop", Name: "other"}
	everyone := rbacv1.Subject{Kind: "Group", APIGroup: rbacv1.GroupName, Name: "system:serviceaccounts"}
	policy := rbac.New(rbac.Objects{
		Roles: []rbacv1.Role{role("shop", "checkout", "get", "list"), role("shop", "wide", "get", "delete")},
		RoleBindings: []rbacv1.RoleBinding{
			binding("checkout", "wide", account), binding("old", "checkout", account, other), binding("mine", "wide", account),
			binding("both", "wide", account, other), binding("all", "wide", everyone),
		},
	})
	drafts := []api.RoleDraft{{Name: "checkout", Namespace: "shop", Rules: []api.RuleDraft{{PolicyRule: role("", "", "get").Rules[0]}}}}
	id := rbac.ServiceAccount("shop", "checkout")
	var got []string
	for _, b := range policy.InForce(id, drafts, []rbacv1.Subject{account}) {
		got = append(got, fmt.Sprint(b.Binding.Name, " ", b.Alone, " ", b.Conflict, " ", b.More))
	}
	more := " [delete pods in shop, any name]"
	want := []string{"all false false" + more, "both false false" + more, "checkout true true" + more, "mine true false" + more}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, b := range policy.InForce(id, drafts, nil) {
		if b.Alone || b.Conflict {
			t.Errorf("nothing is bound, and %+v may go", b)
		}
	}
	others, found := policy.Holders("shop", "checkout", []rbacv1.Subject{account})
	if diff := cmp.Diff([]string{"ServiceAccount shop/other by RoleBinding shop/old"}, others); diff != "" || !found {
		t.Error(found, diff)
	}
}
