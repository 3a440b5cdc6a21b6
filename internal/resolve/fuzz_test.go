package resolve_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
	"github.com/kubectl-harden/kubectl-harden/internal/resolve"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// drawn is an inventory of what the dice give, with a text where a name or an address may be.
func drawn(dice *rand.Rand, text string) (inv *cluster.Inventory, served map[int]bool) {
	served = map[int]bool{}
	inv = cluster.NewInventory()
	inv.DefaultNamespace = "default"
	word := func(words ...string) string { return append(words, text)[dice.IntN(len(words)+1)] }
	ip := func() string {
		return word(web, web2, cart, db, "10.96.0.50", "10.96.0.52", "192.0.2.1", "::ffff:10.244.1.5", "None", "", "fe80::1%eth0", "198.51.100.7")
	}
	port := func() int32 {
		n := []int32{0, -1, 80, 8080, 40000, 50051, 70000}[dice.IntN(7)]
		served[int(n)] = true
		return n
	}
	labels := func() map[string]string { return map[string]string{word("app", "tier"): word("a", "b", "back")} }
	for i := range dice.IntN(6) {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: word("shop"), Name: fmt.Sprint(word("cart-7f9c8-aaaaa", "pod"), i), Labels: labels()}}
		pod.CreationTimestamp = metav1.NewTime(time.Unix(noon+dice.Int64N(86400)-43200, 0))
		pod.Spec.NodeName, pod.Spec.HostNetwork = word("node-a", ""), dice.IntN(4) == 0
		pod.Spec.Containers = []corev1.Container{{Name: word("istio-proxy", "c"), Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: port(), HostPort: port(), Protocol: corev1.Protocol(word("", "UDP"))}}}}
		pod.Status.Phase = []corev1.PodPhase{corev1.PodRunning, corev1.PodSucceeded}[dice.IntN(2)]
		pod.Status.PodIPs, pod.Status.HostIPs = []corev1.PodIP{{IP: ip()}, {IP: ip()}}, []corev1.HostIP{{IP: ip()}}
		add(inv, pod, "Pod")
	}
	for i := range dice.IntN(6) {
		s := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: word("shop", "default"), Name: fmt.Sprint(word("cart"), i)}}
		if dice.IntN(4) == 0 {
			s.Namespace, s.Name = "default", "kubernetes"
		}
		s.Spec.ClusterIP, s.Spec.ClusterIPs, s.Spec.ExternalIPs = ip(), []string{ip()}, []string{ip()}
		if dice.IntN(3) > 0 {
			s.Spec.Selector = labels()
		}
		target := intstr.FromInt32(port())
		if dice.IntN(2) == 0 {
			target = intstr.FromString(word("http"))
		}
		s.Spec.Ports = []corev1.ServicePort{{Port: port(), NodePort: port(), TargetPort: target, Protocol: corev1.Protocol(word("", "TCP", "UDP"))}}
		s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{{IP: ip()}}
		add(inv, s, "Service")
	}
	for i := range dice.IntN(3) {
		node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint("node", i)}}
		node.Spec.PodCIDR, node.Spec.PodCIDRs = word("10.244.1.0/24", "10.244.1.1/32", "0.0.0.0/0"), []string{word("fd00::/64", "10.244.0.0/99", "::/0")}
		node.Status.Addresses = []corev1.NodeAddress{{Address: ip()}}
		add(inv, node, "Node")
	}
	return inv, served
}

// add leaves out what an inventory refuses, such as a pod of a name that is there.
func add(inv *cluster.Inventory, obj runtime.Object, kind string) {
	_ = inv.Add(obj, schema.GroupVersionKind{Version: "v1", Kind: kind}, workload.Source{})
}

func FuzzResolve(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, "x")
	}
	f.Add(uint64(99), "\x1b[31m\x00\"'{}<&>,=/")
	f.Add(uint64(100), "0.0.0.0")
	f.Fuzz(func(t *testing.T, seed uint64, text string) {
		dice := rand.New(rand.NewPCG(seed, uint64(len(text))))
		inv, served := drawn(dice, text)
		flows := append(crowd(dice, 200), tenancies(dice, 3)...)
		total := int64(0)
		for _, f := range flows {
			total += f.Count
			if dice.IntN(10) == 0 {
				f.Client.Peer = &flow.Peer{Namespace: text, Pod: text, Labels: map[string]string{text: text}, Cluster: text, Workloads: []flow.Workload{{Kind: text, Name: text}}}
			}
			if dice.IntN(20) == 0 {
				f.Client.Addr, f.Server.Names = f.Client.Addr.WithZone("x"), []string{text}
			}
			if f.Direction.Known() {
				served[int(f.Server.Port)] = true
			}
		}
		got := run(inv, flows)
		counted := got.resolved
		for reason, n := range got.unclear {
			if reason != resolve.Audited {
				counted += n
			}
		}
		if counted != total {
			t.Errorf("%d of %d are counted", counted, total)
		}
		for i := range got.doc.Edges {
			if e := &got.doc.Edges[i]; e.Port >= 32768 && !served[int(e.Port)] {
				t.Errorf("nobody serves on the port of %s", edgeLine(e))
			}
		}
		if diff := cmp.Diff(got.doc.Names, parted(t, inv, flows, dice).Names); diff != "" {
			t.Errorf("parts have other names: %s", diff)
		}
		want := bytesOf(t, got)
		dice.Shuffle(len(flows), func(i, j int) { flows[i], flows[j] = flows[j], flows[i] })
		if bytesOf(t, run(inv, flows)) != want {
			t.Error("another order gives another document")
		}
	})
}
