package resolve

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/cluster"
)

// NewLimited is New with room for n of everything.
func NewLimited(inv *cluster.Inventory, sink Sink, n int) *Resolver {
	return newResolver(inv, sink, limits{n, n, n, n, n})
}

// Resolved counts the flows of a source that gave edges.
func (r *Resolver) Resolved(source string) int64 {
	if s := r.sources[source]; s != nil {
		return s.resolved
	}
	return 0
}

// Span is from when to when a pod that has ended had its addresses.
func Span(pod *corev1.Pod) (first, last int64) { return span(pod) }
