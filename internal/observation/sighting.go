package observation

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Sighting is an edge, and what one or more observations of it show.
type Sighting struct {
	// Client, Server, Protocol, Port and Denied are which edge it is; api.Edge has the meaning.
	// One end may have AnyAddress where the address is not known, both where neither is.
	Client, Server api.EdgeEnd
	Protocol       string
	Port           int32
	Denied         bool

	// At is in seconds since 1970, 0 for none that is credible.
	At int64
	// Count is how many observations this stands for.
	Count int64
	// Service is that dialled, as namespace/name:port, empty for none.
	Service string
	// Seen is from where, such as api.SeenFromClient, empty where that is not known.
	Seen string
	// Format is that of the source.
	Format string
	// Certain is set where it shows who began, Answered where it shows an answer, or cannot.
	Certain, Answered bool
}

// EdgeEntry is the evidence for one edge.
type EdgeEntry struct {
	// into is where this one went when the addresses or ports became too many.
	into *EdgeEntry
	times
	services samples
	formats  []string
	seen     seenFrom
	certain  bool
	answered bool
}

// Edge is where the evidence for the edge of a sighting adds up, nil where it makes no sense, as an
// edge from one outside address to another, a workload without a name, or a port of ICMP. It stays
// good while the Set grows: for one edge it need not be asked twice.
func (s *Set) Edge(sighting *Sighting) *EdgeEntry {
	g, c, ok := s.edges.find(s, sighting)
	if !ok {
		return nil
	}
	return g.entry(c)
}

// AddEdge adds what a sighting says, but for which edge it is, to an entry of this Set.
func (s *Set) AddEdge(e *EdgeEntry, sighting *Sighting) {
	at := sighting.At
	if at < 0 || at > latest {
		at = 0
	}
	e = e.end()
	e.see(at, max(sighting.Count, 0))
	s.extend(at)
	s.sample(&e.services, sighting.Service)
	e.format(s, sighting.Format)
	e.seen |= seenFromOf(sighting.Seen)
	e.certain = e.certain || sighting.Certain
	e.answered = e.answered || sighting.Answered
}

// sample adds a text that a document can have.
func (s *Set) sample(to *samples, text string) {
	if to.wants(text) {
		to.add(s.text(text))
	}
}

// text is one copy of what documents can have of a text.
func (s *Set) text(text string) string {
	return s.intern(strings.ToValidUTF8(text, "\uFFFD"))
}

func (e *EdgeEntry) format(s *Set, name string) {
	if name == "" || slices.Contains(e.formats, name) {
		return
	}
	name = s.text(name)
	if i, known := slices.BinarySearch(e.formats, name); !known {
		e.formats = slices.Insert(e.formats, i, name)
	}
}

func (e *EdgeEntry) end() *EdgeEntry {
	for e.into != nil {
		e = e.into
	}
	return e
}

// merge adds all of another entry.
func (e *EdgeEntry) merge(s *Set, o *EdgeEntry) {
	e.add(&o.times)
	for _, service := range o.services {
		s.sample(&e.services, service)
	}
	for _, name := range o.formats {
		e.format(s, name)
	}
	e.seen |= o.seen
	e.certain = e.certain || o.certain
	e.answered = e.answered || o.answered
}

// seenFrom has a bit for each of seenWords.
type seenFrom uint8

// seenWords come sorted.
func seenWords() [3]string {
	return [3]string{api.SeenFromBetween, api.SeenFromClient, api.SeenFromServer}
}

// seenFromOf is 0 for what is none.
func seenFromOf(word string) seenFrom {
	for i, known := range seenWords() {
		if word == known {
			return 1 << i
		}
	}
	return 0
}

// words are those of the bits, nil for none.
func (f seenFrom) words() []string {
	if f == 0 {
		return nil
	}
	words := make([]string, 0, bits.OnesCount8(uint8(f)))
	for i, word := range seenWords() {
		if f&(1<<i) != 0 {
			words = append(words, word)
		}
	}
	return words
}
