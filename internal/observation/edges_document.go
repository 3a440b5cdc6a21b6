package observation

import (
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// document is all edges, sorted, with the names of their outside addresses. They share what they
// point to.
func (m *edges) document(named *answers) []api.Edge {
	count := 0
	m.each(func(squareKey, cell, *EdgeEntry) { count++ })
	all := make([]api.Edge, 0, count)
	common := inCommon{stamps: map[int64]string{}, seen: map[seenFrom][]string{}}
	m.each(func(key squareKey, c cell, e *EdgeEntry) {
		edge := common.edge(&key, c, e)
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

// inCommon is what edges of a document share: there may be many, of few workloads and times.
type inCommon struct {
	stamps map[int64]string
	seen   map[seenFrom][]string
	// formats are those of the edge before.
	formats []string
}

// edge is an edge as it is written.
func (s *inCommon) edge(k *squareKey, c cell, e *EdgeEntry) api.Edge {
	if !slices.Equal(s.formats, e.formats) {
		s.formats = slices.Clone(e.formats)
	}
	if s.seen[e.seen] == nil {
		s.seen[e.seen] = e.seen.words()
	}
	return api.Edge{
		Client: written(k.client, c.client, c.anyAddress), Server: written(k.server, c.server, c.anyAddress),
		Protocol: k.protocol, Port: c.port, AnyPort: c.anyPort, Denied: k.denied,
		Count: e.count, First: s.stamp(e.first), Last: s.stamp(e.last), Days: e.dates(),
		Services: slices.Clone(e.services), Seen: s.seen[e.seen], Formats: s.formats,
		Certain: e.certain, Answered: e.answered,
	}
}

func (s *inCommon) stamp(at int64) string {
	text, found := s.stamps[at]
	if !found {
		text = stamp(at)
		s.stamps[at] = text
	}
	return text
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
