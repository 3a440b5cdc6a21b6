package observation

import (
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// document is all edges, sorted, with the names of their outside addresses.
func (m *edges) document(named *answers) []api.Edge {
	count := 0
	m.each(func(squareKey, cell, *EdgeEntry) { count++ })
	all := make([]api.Edge, 0, count)
	m.each(func(key squareKey, c cell, e *EdgeEntry) {
		edge := key.edge(c, e)
		edge.Names = named.ofEnds(key, c)
		all = append(all, edge)
	})
	slices.SortFunc(all, func(x, y api.Edge) int { return x.Compare(&y) })
	return all
}

// each goes over all edges.
func (m *edges) each(put func(squareKey, cell, *EdgeEntry)) {
	for key, sq := range m.squares {
		sq.each(func(c cell, e *EdgeEntry) bool {
			put(key, c, e)
			return false
		})
		f := sq.full
		if f == nil {
			continue
		}
		for port, e := range f.ports {
			put(key, cell{port: port, anyAddress: true}, e)
		}
		for at, e := range f.addresses {
			put(key, cell{addresses: at, anyPort: true}, e)
		}
		if f.all != nil {
			put(key, cell{anyAddress: true, anyPort: true}, f.all)
		}
	}
}

// ForgetDays drops on which days edges were seen: what is made of them at once needs no more than
// the first and the last time.
func (s *Set) ForgetDays() {
	s.edges.each(func(_ squareKey, _ cell, e *EdgeEntry) { e.days = nil })
}

// edge is an edge as it is written.
func (k squareKey) edge(c cell, e *EdgeEntry) api.Edge {
	return api.Edge{
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
