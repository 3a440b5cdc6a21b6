package netpol_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// denseEdges are 400 workloads in 20 namespaces, each of which uses as many others as are asked
// for.
func denseEdges(peers int) *fitCase {
	const workloads = 400
	c := &fitCase{}
	for i := range workloads {
		ref := refOf(fmt.Sprintf("ns%d/deploy/app-%d", i%20, i))
		c.add(ref, map[string]string{"app": ref.Name}, 1)
		c.subjects = append(c.subjects, ref)
	}
	for i := range workloads {
		for j := 1; j <= peers; j++ {
			c.edges = append(c.edges, api.Edge{
				Client:   api.EdgeEnd{Kind: api.EndWorkload, Workload: &c.subjects[i]},
				Server:   api.EdgeEnd{Kind: api.EndWorkload, Workload: &c.subjects[(i+j)%workloads]},
				Protocol: "TCP", Port: 8080, Count: 4, Answered: true, Certain: true, Seen: []string{api.SeenFromClient},
				First: "2026-11-20T00:00:00Z", Last: "2026-11-20T03:00:00Z",
			})
		}
	}
	return c
}

// BenchmarkFitDense tells beside the time what of the heap is in use by the policies.
func BenchmarkFitDense(b *testing.B) {
	for _, peers := range []int{62, 250} {
		b.Run(fmt.Sprint(400*peers), func(b *testing.B) {
			c := denseEdges(peers)
			before := heapInUse()
			var sets []api.PolicySet
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if sets, err = netpol.Fit(&c.in, c.edges, c.subjects, c.opts); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(heapInUse()-before)/1e6, "MB-live")
			runtime.KeepAlive(sets)
			runtime.KeepAlive(c)
		})
	}
}

func heapInUse() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
