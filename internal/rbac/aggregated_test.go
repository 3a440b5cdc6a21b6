package rbac_test

import (
	"reflect"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/rbac"
)

// TestAggregated: a role takes the rules of those that it selects in place of what is written in it;
// one that selects nothing keeps them, and so do roles that select none.
func TestAggregated(t *testing.T) {
	read := func(resource string) []rbacv1.PolicyRule {
		return []rbacv1.PolicyRule{{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{resource}}}
	}
	selecting := func(label string) *rbacv1.AggregationRule {
		return &rbacv1.AggregationRule{ClusterRoleSelectors: []metav1.LabelSelector{{MatchLabels: map[string]string{label: "true"}}}}
	}
	roles := []rbacv1.ClusterRole{
		{ObjectMeta: metav1.ObjectMeta{Name: "view"}, Rules: read("old"), AggregationRule: selecting("to-view")},
		{ObjectMeta: metav1.ObjectMeta{Name: "lonely"}, Rules: read("kept"), AggregationRule: selecting("to-nothing")},
		{ObjectMeta: metav1.ObjectMeta{Name: "b", Labels: map[string]string{"to-view": "true"}}, Rules: read("secrets")},
		{ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: map[string]string{"to-view": "true"}}, Rules: read("pods")},
	}
	got := rbac.Aggregated(roles)
	for i, want := range [][]rbacv1.PolicyRule{append(read("pods"), read("secrets")...), read("kept"), read("secrets"), read("pods")} {
		if !reflect.DeepEqual(got[i].Rules, want) || got[i].Name != roles[i].Name {
			t.Errorf("%s: %+v", got[i].Name, got[i].Rules)
		}
	}
	if !reflect.DeepEqual(roles[0].Rules, read("old")) || len(rbac.Aggregated(nil)) > 0 {
		t.Error("the roles given were changed")
	}
}
