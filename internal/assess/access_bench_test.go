package assess

import (
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// BenchmarkAccess judges 1,000 workloads with an account each, first without and then with
// 5,000 bindings: what RBAC adds is the difference.
func BenchmarkAccess(b *testing.B) {
	for _, bindings := range []int{0, 5000} {
		b.Run(fmt.Sprintf("bindings=%d", bindings), func(b *testing.B) {
			inv := crowd(b, 1000, bindings)
			for b.Loop() {
				if report := Report(inv, Options{}); len(report.Items) != 1000 {
					b.Fatalf("%d items", len(report.Items))
				}
			}
		})
	}
}

// crowd is a cluster of Deployments in namespaces of ten, each with an account of its own and
// a live pod, and of bindings to roles of all sorts.
func crowd(b *testing.B, deployments, bindings int) *cluster.Inventory {
	b.Helper()
	inv := cluster.NewInventory()
	add := func(obj runtime.Object, gv schema.GroupVersion, kind string) {
		if err := inv.Add(obj, gv.WithKind(kind), workload.Source{}); err != nil {
			b.Fatal(err)
		}
	}
	for i := range deployments {
		ns, name := fmt.Sprintf("ns-%d", i/10), fmt.Sprintf("app-%d", i)
		meta := metav1.ObjectMeta{Namespace: ns, Name: name}
		spec := corev1.PodSpec{ServiceAccountName: name, Containers: []corev1.Container{{Name: "app", Image: "app:" + name}}}
		add(&corev1.ServiceAccount{ObjectMeta: meta}, corev1.SchemeGroupVersion, "ServiceAccount")
		add(&appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{Spec: spec}}}, appsv1.SchemeGroupVersion, "Deployment")
		spec.NodeName = fmt.Sprintf("node-%d", i%50)
		add(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name + "-x", UID: "1", OwnerReferences: []metav1.OwnerReference{
			{APIVersion: "apps/v1", Kind: "Deployment", Name: name, Controller: new(true)},
		}}, Spec: spec}, corev1.SchemeGroupVersion, "Pod")
	}
	rules := [][]rbacv1.PolicyRule{
		{{Verbs: []string{"get", "list", "watch"}, APIGroups: []string{"", "apps"}, Resources: []string{"pods", "configmaps", "deployments"}}},
		{{Verbs: []string{"*"}, APIGroups: []string{""}, Resources: []string{"events", "secrets"}}},
		{{Verbs: []string{"create", "get"}, APIGroups: []string{""}, Resources: []string{"pods/exec", "pods"}}},
		{{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"secrets"}, ResourceNames: []string{"a", "b"}}},
	}
	for i := range bindings {
		ns, name := fmt.Sprintf("ns-%d", i/10%(deployments/10)), fmt.Sprintf("b-%d", i)
		subjects := []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: ns, Name: fmt.Sprintf("app-%d", i%deployments)}}
		if i%20 == 0 {
			add(&rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: rules[i/20%4]}, rbacv1.SchemeGroupVersion, "ClusterRole")
			add(&rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: name}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: name}, Subjects: subjects}, rbacv1.SchemeGroupVersion, "ClusterRoleBinding")
			continue
		}
		meta := metav1.ObjectMeta{Namespace: ns, Name: name}
		add(&rbacv1.Role{ObjectMeta: meta, Rules: rules[i%4]}, rbacv1.SchemeGroupVersion, "Role")
		add(&rbacv1.RoleBinding{ObjectMeta: meta, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name}, Subjects: subjects}, rbacv1.SchemeGroupVersion, "RoleBinding")
	}
	return inv
}
