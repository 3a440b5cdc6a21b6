package resolve

import (
	"net/netip"

	"github.com/kubectl-harden/kubectl-harden/internal/flow"
)

// source is one file, or a live source.
type source struct {
	format   string
	reasons  map[string]int64
	resolved int64

	// ports listen at any address of the network namespace that the source is of. own are its
	// addresses, one of each family: a source with more is of several.
	ports   map[nodePort]bool
	own     [2]netip.Addr
	several bool
}

// maxListeners is that of the ports of a source; one with more is not of a pod.
const maxListeners = 1 << 12

// source is that of a point, with the format that its first flow or listener has.
func (r *Resolver) source(p *flow.Point) *source {
	if r.last != nil && r.lastName == p.Source {
		return r.last
	}
	s := r.sources[p.Source]
	if s == nil {
		s = &source{format: p.Format}
		r.sources[p.Source] = s
	}
	r.last, r.lastName = s, p.Source
	return s
}

func (s *source) unclear(reason string, n int64) {
	if s.reasons == nil {
		s.reasons = map[string]int64{}
	}
	s.reasons[reason] += n
}

func (s *source) listen(p nodePort) {
	if s.ports == nil {
		s.ports = map[nodePort]bool{}
	}
	if s.ports[p] = true; len(s.ports) > maxListeners {
		s.several = true
		clear(s.ports)
	}
}

// locate learns where a table of sockets was read, from its rows.
func (s *source) locate(f *flow.Flow) {
	if s.several || f.Time != 0 || f.Client.Peer != nil || f.Server.Peer != nil {
		return
	}
	var at netip.Addr
	switch f.Point.Side {
	case flow.SideClient:
		at = clean(f.Client.Addr)
	case flow.SideServer:
		at = clean(f.Server.Addr)
	}
	if !at.IsValid() {
		return
	}
	family := 0
	if at.Is6() {
		family = 1
	}
	if s.own[family].IsValid() && s.own[family] != at {
		s.several = true
	}
	s.own[family] = at
}

// sockets are the listening ones at the addresses of the source.
func (s *source) sockets() []socket {
	var out []socket
	for _, at := range s.own {
		for p := range s.ports {
			if at.IsValid() && !s.several {
				out = append(out, socket{at, p.port, p.protocol})
			}
		}
	}
	return out
}
