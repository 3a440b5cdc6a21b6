package netpol_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// crowd is a namespace of many workloads, of which each is used by a few.
func crowd(count int, closed bool) (*fitCase, []api.PolicySet) {
	random := rand.New(rand.NewPCG(5, 6))
	c := &fitCase{}
	for i := range count {
		ref := refOf(fmt.Sprintf("shop/deploy/w%d", i))
		c.add(ref, map[string]string{"app": ref.Name}, 3)
		for _, pod := range c.in.Workloads[i].Pods {
			pod.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 8080}}
		}
		c.subjects = append(c.subjects, ref)
	}
	for range 5 * count {
		client, server := c.subjects[random.IntN(count)], c.subjects[random.IntN(count)]
		c.edges = append(c.edges, api.Edge{
			Client: api.EdgeEnd{Kind: api.EndWorkload, Workload: &client}, Server: api.EdgeEnd{Kind: api.EndWorkload, Workload: &server},
			Protocol: "TCP", Port: 8080, Count: 9, Answered: true, Certain: true,
		})
	}
	if !closed {
		return c, nil
	}
	sets, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
	if err != nil {
		panic(err)
	}
	return c, sets
}

// TestMapOfCrowd: of 300 workloads every pair is told, in a bounded space; of too many none is.
func TestMapOfCrowd(t *testing.T) {
	c, sets := crowd(300, true)
	before := heapInUse()
	m := netpol.Map(&c.in, c.edges, c.subjects, sets, netpol.MapOptions{})
	if kept := int(heapInUse()) - int(before); kept > 50<<20 {
		t.Errorf("%d MB are kept", kept>>20)
	}
	if len(m.Links) != 300*300+2*300 || m.UnusedLeftOut {
		t.Errorf("%d links", len(m.Links))
	}
	c, _ = crowd(410, false)
	m = netpol.Map(&c.in, c.edges, c.subjects, nil, netpol.MapOptions{})
	if !m.UnusedLeftOut || len(m.Links) > 5*410 || !strings.Contains(strings.Join(m.Notes, "\n"), "168,100 pairs") {
		t.Errorf("%d links, %q", len(m.Links), m.Notes)
	}
}

func BenchmarkMap(b *testing.B) {
	for _, closed := range []bool{false, true} {
		b.Run(fmt.Sprintf("closed=%t", closed), func(b *testing.B) {
			c, sets := crowd(300, closed)
			b.ReportAllocs()
			for b.Loop() {
				netpol.Map(&c.in, c.edges, c.subjects, sets, netpol.MapOptions{})
			}
		})
	}
}
