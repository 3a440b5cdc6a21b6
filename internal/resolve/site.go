package resolve

import (
	"net/netip"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// maxCached is how many addresses, of which nothing was read, are remembered at a time.
const maxCached = 1 << 15

// siteOf is what is known of an address. The index has the sites of which something was read;
// the others are made of the ranges.
func (r *Resolver) siteOf(a netip.Addr) *site {
	s := r.sites[a]
	if s != nil && s.rest != nil {
		return s
	}
	if s == nil {
		if s = r.cached[a]; s != nil {
			return s
		}
		s = keep(r.cached, maxCached, a, &site{})
	}
	r.classify(a, s)
	return s
}

// linkLocal4 is where clouds and NodeLocal DNSCache have addresses that pods call.
func linkLocal4(a netip.Addr) bool { return a.Is4() && a.IsLinkLocalUnicast() }

// classify fills in what an address is where no pod, node or Service has it.
func (r *Resolver) classify(a netip.Addr, s *site) {
	broadcast := netip.AddrFrom4([4]byte{255, 255, 255, 255})
	switch {
	case a.IsLoopback():
		s.drop = Loopback
	case a.IsUnspecified():
		s.drop = Unspecified
	case a.IsMulticast(), a == broadcast:
		s.drop = Multicast
	case a.IsLinkLocalUnicast() && !linkLocal4(a):
		s.drop = LinkLocal
	}
	switch {
	case len(s.past) > 0:
		s.rest = r.unknown(a, podEnded)
	case r.podRanges.holds(a):
		s.rest = r.unknown(a, r.noPod)
	case r.serviceRanges.holds(a):
		s.rest, s.open, s.byNearness = r.unknown(a, r.noService), true, true
	case r.nearPods.holds(a):
		s.rest, s.byNearness = r.unknown(a, r.noPod), true
	default:
		r.outskirts(a, s)
	}
}

// outside is an address that is not of the cluster, as far as a source knows.
func (r *Resolver) outside(a netip.Addr) *api.EdgeEnd { return r.called(a, "") }

// unknown is an end of which it is not known whose address it has.
func (r *Resolver) unknown(a netip.Addr, reason string) *api.EdgeEnd { return r.called(a, reason) }

// about is an address with what is said of it; nothing for one outside.
type about struct {
	addr   netip.Addr
	reason string
}

func (r *Resolver) called(a netip.Addr, reason string) *api.EdgeEnd {
	key := about{a, reason}
	e := r.abouts[key]
	if e != nil {
		return e
	}
	e = &api.EdgeEnd{Kind: api.EndAddress, Reason: reason, AnyAddress: !a.IsValid()}
	if a.IsValid() {
		e.Address = a.String()
	}
	if reason != "" {
		e.Kind = api.EndUnknown
	}
	return keep(r.abouts, maxCached, key, e)
}
