package cluster

import (
	"reflect"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

func TestNodesKeepWhereTheyAre(t *testing.T) {
	inv := NewInventory()
	gvk := schema.GroupVersionKind{Version: "v1", Kind: "Node"}
	for _, name := range []string{"b", "a"} {
		node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{
			"projectcalico.org/IPv4VXLANTunnelAddr": "10.244.0.64", "secret": "x",
		}}}
		node.Spec.PodCIDR, node.Spec.PodCIDRs = "10.244.0.0/24", []string{"10.244.0.0/24", "fd00::/64"}
		node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "192.0.2.1"}}
		if err := inv.Add(newReducer().object(node), gvk, workload.Source{}); err != nil {
			t.Fatal(err)
		}
	}
	nodes := inv.Nodes()
	if len(nodes) != 2 || nodes[0].Name != "a" || nodes[1].Name != "b" {
		t.Fatalf("nodes: %v", nodes)
	}
	node := nodes[0]
	if len(node.Status.Addresses) != 1 || len(node.Spec.PodCIDRs) != 2 || node.Spec.PodCIDR == "" {
		t.Errorf("addresses and ranges: %+v %+v", node.Status.Addresses, node.Spec)
	}
	if got := TunnelAddresses(node); !reflect.DeepEqual(got, []string{"10.244.0.64"}) || len(node.Annotations) != 1 {
		t.Errorf("tunnels: %v of %v", got, node.Annotations)
	}
}

func TestEndedPods(t *testing.T) {
	inv := NewInventory()
	for name, phase := range map[string]corev1.PodPhase{"done": corev1.PodSucceeded, "failed": corev1.PodFailed, "live": corev1.PodRunning} {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}}
		pod.Spec.Containers = []corev1.Container{{Name: "c"}}
		pod.Status.Phase = phase
		if err := inv.Add(pod, gvkPod(), workload.Source{}); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for _, pod := range inv.EndedPods() {
		names = append(names, pod.Name)
	}
	if !reflect.DeepEqual(names, []string{"done", "failed"}) {
		t.Errorf("ended: %v", names)
	}
}
