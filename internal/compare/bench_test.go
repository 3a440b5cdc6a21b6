package compare_test

import (
	"fmt"
	"testing"

	"github.com/kubectl-harden/kubectl-harden/internal/compare"
)

// BenchmarkChanges compares a thousand workloads with a baseline.
func BenchmarkChanges(b *testing.B) {
	report := judged(b, strict+rights(`{apiGroups: [""], resources: [pods, configmaps], verbs: [get, list]}`))
	first := report.Items[0]
	for i := range 1000 {
		item := first
		item.Ref.Name = fmt.Sprintf("web-%d", i)
		report.Items = append(report.Items, item)
	}
	was := written(b, compare.OfReport(report))
	b.ReportAllocs()
	for b.Loop() {
		changesOf(b, was, compare.OfReport(report))
	}
}
