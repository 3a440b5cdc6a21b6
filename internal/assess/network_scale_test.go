package assess

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// crowdOf is one Service before n pods, of which each has a label of its own, and as many
// policies as are asked for: every one selects all pods, and every second is refused.
func crowdOf(tb testing.TB, pods, policies int) *cluster.Inventory {
	tb.Helper()
	inv := cluster.NewInventory()
	for i := range pods {
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: fmt.Sprint("web-", i), Labels: map[string]string{"app": "web", "pod": fmt.Sprint(i)}},
			Spec: corev1.PodSpec{Containers: []corev1.Container{{
				Name: "c", Image: "a", Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: int32(8000 + i%3)}},
			}}},
			Status: corev1.PodStatus{Phase: corev1.PodRunning, PodIPs: []corev1.PodIP{{IP: fmt.Sprintf("10.1.%d.%d", i/250, i%250)}}},
		}
		pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "StatefulSet", Name: "web", Controller: new(true)}}
		if err := inv.Add(pod, corev1.SchemeGroupVersion.WithKind("Pod"), workload.Source{}); err != nil {
			tb.Fatal(err)
		}
	}
	service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}, Spec: corev1.ServiceSpec{
		Selector: map[string]string{"app": "web"}, Type: corev1.ServiceTypeNodePort,
		Ports: []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromString("http"), NodePort: 30080}},
	}}
	if err := inv.Add(service, corev1.SchemeGroupVersion.WithKind("Service"), workload.Source{}); err != nil {
		tb.Fatal(err)
	}
	for i := range policies {
		policy := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: fmt.Sprintf("p%04d", i)}}
		policy.Spec.PodSelector = metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
		from := metav1.LabelSelector{MatchLabels: map[string]string{"pod": fmt.Sprint(i)}}
		port := intstr.FromInt32(int32(i%2) * 8000)
		policy.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{{
			From: []networkingv1.NetworkPolicyPeer{{PodSelector: &from}}, Ports: []networkingv1.NetworkPolicyPort{{Port: &port}},
		}}
		if err := inv.Add(policy, networkingv1.SchemeGroupVersion.WithKind("NetworkPolicy"), workload.Source{}); err != nil {
			tb.Fatal(err)
		}
	}
	return inv
}

// TestManyPodsBehindAService answers about all of them, and its page stays small.
func TestManyPodsBehindAService(t *testing.T) {
	ref := api.Ref{APIVersion: "v1", Kind: "Service", Namespace: "shop", Name: "web"}
	for name, test := range map[string]struct {
		pods, policies int
		allowed        string
	}{
		"5,000 pods":                  {5000, 1, "unknown"},
		"5,000 pods, 20 policies":     {5000, 20, "no"},
		"50 pods, 3,000 bad policies": {50, 3000, "no"},
	} {
		inv := crowdOf(t, test.pods, test.policies)
		from, to := ends(t, "internet svc/web:80")
		answer, err := CanReach(Side{from, "shop", inv}, Side{to, "shop", inv})
		if err != nil || answer.Allowed != test.allowed || answer.Ports != "TCP 8000-8002" {
			t.Errorf("%s: %+v %v", name, answer.Allowed, err)
		}
		if !strings.Contains(strings.Join(answer.Notes, "\n"), "svc/web leads to sts/web") {
			t.Errorf("%s: %d notes", name, len(answer.Notes))
		}
		report := Report(inv, Options{Services: []api.Ref{ref}, Selection: Selection{Workloads: []api.Ref{}}})
		page := report.Pages[0]
		if len(page.Rows) > 3*test.policies+10 { // by the number of the port
			t.Errorf("%s: %d rows", name, len(page.Rows))
		}
	}
}

func BenchmarkManyPodsBehindAService(b *testing.B) {
	inv := crowdOf(b, 5000, 20)
	from, _ := ParseEnd("internet")
	to, _ := ParseEnd("svc/web:80")
	ref := api.Ref{APIVersion: "v1", Kind: "Service", Namespace: "shop", Name: "web"}
	b.Run("can-reach", func(b *testing.B) {
		for b.Loop() {
			if _, err := CanReach(Side{from, "shop", inv}, Side{to, "shop", inv}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("page", func(b *testing.B) {
		for b.Loop() {
			Report(inv, Options{Services: []api.Ref{ref}, Selection: Selection{Workloads: []api.Ref{}}})
		}
	})
}
