package resolve_test

import (
	"fmt"
	"net/netip"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
	"github.com/kubectl-harden/kubectl-harden/internal/resolve"
)

// large is an inventory of n pods, each a workload of its own, and n Services.
func large(n int) *cluster.Inventory {
	inv := cluster.NewInventory()
	for i := range n {
		a := netip.AddrFrom4([4]byte{10, byte(128 + i>>16), byte(i >> 8), byte(i)})
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: fmt.Sprint("pod", i), Labels: map[string]string{"app": fmt.Sprint(i)}}}
		pod.Spec.Containers = []corev1.Container{{Name: "c", Ports: []corev1.ContainerPort{{ContainerPort: 8080}}}}
		pod.Status.Phase, pod.Status.PodIPs = corev1.PodRunning, []corev1.PodIP{{IP: a.String()}}
		add(inv, pod, "Pod")
	}
	return inv
}

// stream is n flows between pods, as Hubble tells them: each connection has a port of its own,
// and some are replies of unknown direction.
func stream(n, pods, edges int) []*flow.Flow {
	peers := make([]*flow.Peer, pods)
	addrs := make([]netip.Addr, pods)
	for i := range peers {
		peers[i] = &flow.Peer{Namespace: "shop", Pod: fmt.Sprint("pod", i)}
		addrs[i] = netip.AddrFrom4([4]byte{10, byte(128 + i>>16), byte(i >> 8), byte(i)})
	}
	flows := make([]*flow.Flow, n)
	for i := range flows {
		edge := i % edges
		a, b := edge%pods, (edge/pods+edge+1)%pods
		f := &flow.Flow{Time: noon + int64(i/1000), Protocol: flow.TCP, Direction: flow.DirectionFlag, Final: true, Count: 1, Point: flow.Point{Source: "hubble", Side: flow.SideServer}}
		f.Client = flow.Endpoint{Addr: addrs[a], Port: uint16(32768 + i%28000), Peer: peers[a]}
		f.Server = flow.Endpoint{Addr: addrs[b], Port: 8080, Peer: peers[b]}
		if i%14 == 0 {
			f.Client, f.Server, f.Direction = f.Server, f.Client, flow.DirectionUnknown
		}
		flows[i] = f
	}
	return flows
}

func BenchmarkAdd(b *testing.B) {
	for name, edges := range map[string]int{"1000 edges": 1000, "100000 edges": 100000} {
		b.Run(name, func(b *testing.B) {
			inv, flows := large(2000), stream(400000, 2000, edges)
			r := resolve.New(inv, observation.NewSet())
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				r.Add(flows[i%len(flows)])
				i++
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "flows/s")
		})
	}
}

// A flow of an edge that is known takes no memory of its own.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	inv := shop(t)
	r := resolve.New(inv, observation.NewSet())
	peer := named("shop", "web-6d4f5-aaaaa")
	flows := []*flow.Flow{
		tcp(web+":40000 > "+cart+":8080", final, from(peer), atServer, at(noon)), tcp(web+":40000 > 10.96.0.50:80", atClient, at(noon)),
		tcp(web+":40000 > 198.51.100.7:443", at(noon)), udp("192.0.2.1:40000 > "+web+":80", from(reserved("host")), at(noon)),
	}
	all := func() {
		for _, f := range flows {
			r.Add(f)
		}
	}
	all()
	if n := testing.AllocsPerRun(100, all); n != 0 {
		t.Errorf("%v allocations for %d flows", n, len(flows))
	}
}
