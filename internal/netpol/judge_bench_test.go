package netpol_test

import (
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
)

// BenchmarkJudge judges the policies that a fit wrote for a thousand workloads.
func BenchmarkJudge(b *testing.B) {
	c := manyEdges()
	sets, err := netpol.Fit(&c.in, c.edges, c.subjects, c.opts)
	if err != nil {
		b.Fatal(err)
	}
	written := policiesOf(sets)
	for b.Loop() {
		got, err := netpol.Judge(&c.in, written, c.edges, netpol.JudgeOptions{})
		if err != nil || len(got.Subjects) < 900 {
			b.Fatal(err)
		}
	}
}
