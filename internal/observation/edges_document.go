package observation

import (
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// document is all edges, sorted, with the names of their outside addresses.
func (m *edges) document(named *answers) []api.Edge {
	var all []*api.Edge
	for key, sq := range m.squares {
		put := func(c cell, e *EdgeEntry) bool {
			edge := key.edge(c, e)
			edge.Names = named.ofEnds(key, c)
			all = append(all, edge)
			return false
		}
		sq.each(put)
		if f := sq.full; f != nil {
			for port, e := range f.ports {
				put(cell{port: port, anyAddress: true}, e)
			}
			for at, e := range f.addresses {
				put(cell{addresses: at, anyPort: true}, e)
			}
			if f.all != nil {
				put(cell{anyAddress: true, anyPort: true}, f.all)
			}
		}
	}
	slices.SortFunc(all, (*api.Edge).Compare)
	sorted := make([]api.Edge, 0, len(all))
	for _, e := range all {
		sorted = append(sorted, *e)
	}
	return sorted
}

// edge is an edge as it is written.
func (k squareKey) edge(c cell, e *EdgeEntry) *api.Edge {
	return &api.Edge{
		Client: written(k.client, c.client, c.anyAddress), Server: written(k.server, c.server, c.anyAddress),
		Protocol: k.protocol, Port: c.port, AnyPort: c.anyPort, Denied: k.denied,
		Count: e.count, First: stamp(e.first), Last: stamp(e.last), Days: e.dates(),
		Services: slices.Clone(e.services), Seen: e.seen.words(), Formats: slices.Clone(e.formats),
		Certain: e.certain, Answered: e.answered,
	}
}

// mergeEdge adds an edge of a document that was checked.
func (s *Set) mergeEdge(edge *api.Edge, span Span) {
	s.nameEdge(edge)
	from := &EdgeEntry{times: timesOf(edge.Count, edge.First, edge.Last, edge.Days), certain: edge.Certain, answered: edge.Answered}
	if some, _ := from.within(span); !some {
		return
	}
	for _, service := range edge.Services {
		from.services.add(service)
	}
	for _, word := range edge.Seen {
		from.seen |= seenFromOf(word)
	}
	for _, name := range edge.Formats {
		from.format(s, name)
	}
	sq, c, ok := s.edges.find(s, &Sighting{Client: edge.Client, Server: edge.Server, Protocol: edge.Protocol, Port: edge.Port, Denied: edge.Denied})
	if !ok {
		return
	}
	c.anyPort = edge.AnyPort
	sq.entry(c).merge(s, from)
	s.extend(from.first)
	s.extend(from.last)
}
