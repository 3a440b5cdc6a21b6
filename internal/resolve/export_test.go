package resolve

import "github.com/kubectl-harden/kubectl-harden/internal/cluster"

// NewLimited is New with room for n of everything.
func NewLimited(inv *cluster.Inventory, sink Sink, n int) *Resolver {
	return newResolver(inv, nil, sink, limits{n, n, n, n, n})
}
