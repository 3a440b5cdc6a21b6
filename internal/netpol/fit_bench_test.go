package netpol_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// manyEdges are a thousand workloads in 20 namespaces that talk to each other.
func manyEdges() *fitCase {
	random := rand.New(rand.NewPCG(3, 4))
	c := &fitCase{}
	for i := range 1_000 {
		ref := refOf(fmt.Sprintf("ns%d/deploy/w%d", i%20, i))
		c.add(ref, map[string]string{"app": ref.Name, "team": fmt.Sprint(i % 7)}, 3)
		c.subjects = append(c.subjects, ref)
	}
	for range 5_000 {
		client, server := c.subjects[random.IntN(1_000)], c.subjects[random.IntN(1_000)]
		c.edges = append(c.edges, api.Edge{
			Client: api.EdgeEnd{Kind: api.EndWorkload, Workload: &client}, Server: api.EdgeEnd{Kind: api.EndWorkload, Workload: &server},
			Protocol: "TCP", Port: int32(8000 + random.IntN(3)), Count: 9, Answered: true, Certain: true,
		})
	}
	return c
}

func BenchmarkFit(b *testing.B) {
	c := manyEdges()
	for b.Loop() {
		if _, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFitLarge is one namespace of a cluster of 5,000 pods and 14,000 policies.
func BenchmarkFitLarge(b *testing.B) {
	c := manyEdges()
	c.in.Objects.Policies = large().Policies
	objects := large()
	c.in.Objects.Pods = append(c.in.Objects.Pods, objects.Pods...)
	c.in.Objects.Namespaces = append(c.in.Objects.Namespaces, objects.Namespaces...)
	for _, pod := range objects.Pods {
		c.in.Workloads = append(c.in.Workloads, podWorkload(pod))
	}
	c.subjects = c.subjects[:20]
	for b.Loop() {
		if _, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts); err != nil {
			b.Fatal(err)
		}
	}
}
