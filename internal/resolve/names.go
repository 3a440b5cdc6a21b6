package resolve

import (
	"net/netip"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
)

// name gives the names that a flow tells to the sink.
func (r *Resolver) name(f *flow.Flow) {
	for _, name := range f.Client.Names {
		r.named(f.Client.Addr, name)
	}
	for _, name := range f.Server.Names {
		r.named(f.Server.Addr, name)
	}
	if f.Answer == nil || f.Answer.Code != 0 {
		return
	}
	for _, a := range f.Answer.Addrs {
		r.named(a, f.Answer.Query)
	}
}

// named leaves out addresses that are of the cluster for sure: no edge has their names.
func (r *Resolver) named(a netip.Addr, name string) {
	if a = clean(a); !a.IsValid() {
		return
	}
	s := r.siteOf(a)
	if s.drop != "" || len(s.holders) > 0 || s.isNode || s.service != "" {
		return
	}
	if s.rest.Kind == api.EndAddress || s.byNearness || s.perhaps {
		r.sink.Named(a, name)
	}
}
