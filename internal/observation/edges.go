package observation

import (
	"net/netip"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// edges are those of a Set. The edges that differ in outside addresses and ports alone are
// together, since their number is limited.
type edges struct {
	ends    map[endKey]*api.EdgeEnd
	squares map[squareKey]*square
}

// endKey is an end but for its address.
type endKey struct {
	kind     api.EndKind
	workload api.Ref
	labels   string
	reason   string
	// addressed tells the API server at addresses from where the cluster has it.
	addressed bool
}

// squareKey is an edge but for addresses and the port. Equal ends are one.
type squareKey struct {
	client, server *api.EdgeEnd
	protocol       string
	denied         bool
}

// cell is where in a square an edge is.
type cell struct {
	addresses
	port int32
	// anyAddress and anyPort stand for too many to keep.
	anyAddress, anyPort bool
}

// addresses are those of the ends that have one; of two ends that do, both are one thing.
type addresses struct{ client, server netip.Addr }

func newEdges() edges {
	return edges{ends: map[endKey]*api.EdgeEnd{}, squares: map[squareKey]*square{}}
}

// find is where the edge of a sighting is; ok is false where it makes no sense.
func (m *edges) find(s *Set, at *Sighting) (sq *square, c cell, ok bool) {
	c = cell{port: at.Port, anyAddress: at.Client.AnyAddress || at.Server.AnyAddress}
	if !portFits(at.Protocol, at.Port) || !c.place(&at.Client, &at.Server) {
		return nil, c, false
	}
	client, server := m.ends[keyOfEnd(&at.Client)], m.ends[keyOfEnd(&at.Server)]
	if client != nil && server != nil {
		sq = m.squares[squareKey{client, server, at.Protocol, at.Denied}]
	}
	if sq == nil {
		if checkEnds(&at.Client, &at.Server) != nil {
			return nil, c, false
		}
		sq = m.square(s, at)
	}
	return sq, c, true
}

// square is that of a sighting, made when it is new.
func (m *edges) square(s *Set, at *Sighting) *square {
	key := squareKey{m.end(s, &at.Client), m.end(s, &at.Server), s.intern(at.Protocol), at.Denied}
	sq := m.squares[key]
	if sq == nil {
		sq = &square{set: s}
		m.squares[key] = sq
	}
	return sq
}

// place reads the addresses, and tells whether they are where they have to be.
func (c *cell) place(client, server *api.EdgeEnd) (ok bool) {
	var fits [2]bool
	c.client, fits[0] = addressOf(client, c.anyAddress)
	c.server, fits[1] = addressOf(server, c.anyAddress)
	return fits[0] && fits[1]
}

// addressOf is the address of an end as it is kept, and whether there is one where one has to be.
func addressOf(e *api.EdgeEnd, all bool) (addr netip.Addr, ok bool) {
	if !addressed(e) || all {
		return addr, e.Address == "" && e.AnyAddress == (addressed(e) && all)
	}
	addr, err := netip.ParseAddr(e.Address)
	if err != nil || addr.Zone() != "" {
		return netip.Addr{}, false
	}
	return addr.Unmap(), true
}

// addressed tells the ends that have an address. The API server has one where only a source says
// that it is there.
func addressed(e *api.EdgeEnd) bool {
	return e.Kind == api.EndAddress || e.Kind == api.EndUnknown || e.Kind == api.EndAPIServer && (e.Address != "" || e.AnyAddress)
}

func keyOfEnd(e *api.EdgeEnd) endKey {
	key := endKey{kind: e.Kind, reason: e.Reason, addressed: addressed(e)}
	if e.Workload != nil {
		key.workload = *e.Workload
	}
	if len(e.Labels) > 0 {
		key.labels = e.LabelText()
	}
	return key
}

// end is the one copy of an end, without its address.
func (m *edges) end(s *Set, e *api.EdgeEnd) *api.EdgeEnd {
	kept := &api.EdgeEnd{Kind: api.EndKind(s.text(string(e.Kind))), Reason: s.text(e.Reason), AnyAddress: addressed(e)}
	if e.Workload != nil {
		w := api.Ref{APIVersion: s.text(e.Workload.APIVersion), Kind: s.text(e.Workload.Kind), Namespace: s.text(e.Workload.Namespace), Name: s.text(e.Workload.Name)}
		kept.Workload = &w
	}
	for name, value := range e.Labels {
		if kept.Labels == nil {
			kept.Labels = map[string]string{}
		}
		kept.Labels[s.text(name)] = s.text(value)
	}
	key := keyOfEnd(kept)
	if known := m.ends[key]; known != nil {
		return known
	}
	m.ends[key] = kept
	return kept
}

// written is an end as documents have it.
func written(e *api.EdgeEnd, addr netip.Addr, anyAddress bool) api.EdgeEnd {
	end := *e
	if !addressed(e) {
		return end
	}
	if end.AnyAddress = anyAddress; !anyAddress {
		end.Address = addr.String()
	}
	return end
}
