package observation

import "slices"

// square holds the edges between two ends that differ in outside addresses and in ports. Those of
// one port become one when their addresses are too many, and those of one address when their
// ports are. Where both happened, all become one: what is of neither could not be told from it
// any more. What stays does not depend on the order: each rule goes by what the square stands
// for, and holds for all that stands for more.
type square struct {
	set *Set
	// few has the edges while they are few, many then.
	few  []placed
	many map[cell]*EdgeEntry
	full *fullness
}

// placed is an edge and where it is.
type placed struct {
	cell
	entry *EdgeEntry
}

// fullness is what a square needs when it has more edges than one limit, or some became one.
type fullness struct {
	// ports are those with any address, addresses those with any port.
	ports     map[int32]*EdgeEntry
	addresses map[addresses]*EdgeEntry
	// all is there where there is any address with any port, and then nothing else is.
	all *EdgeEntry
	// byPort and byAddress count the edges of their own.
	byPort    map[int32]int
	byAddress map[addresses]int
}

// usuallyFew is how many edges are looked through one by one.
const usuallyFew = 8

// entry is that of a cell, made when it is new.
func (q *square) entry(c cell) *EdgeEntry {
	if c.anyAddress || c.anyPort {
		return q.gathered(c)
	}
	if e := q.find(c); e != nil {
		return e
	}
	e := &EdgeEntry{}
	q.put(c, e)
	q.limit(c)
	return e.end()
}

// find is nil for what is not there.
func (q *square) find(c cell) *EdgeEntry {
	for i := range q.few {
		if q.few[i].cell == c {
			return q.few[i].entry
		}
	}
	if e := q.many[c]; e != nil || q.full == nil {
		return e
	}
	if e := q.full.all; e != nil {
		return e
	}
	if e := q.full.ports[c.port]; e != nil {
		return e
	}
	return q.full.addresses[c.addresses]
}

func (q *square) put(c cell, e *EdgeEntry) {
	switch {
	case q.many != nil:
		q.many[c] = e
	case len(q.few) < usuallyFew:
		q.few = append(q.few, placed{c, e})
	default:
		q.many = map[cell]*EdgeEntry{c: e}
		for _, p := range q.few {
			q.many[p.cell] = p.entry
		}
		q.few = nil
	}
	if q.full != nil {
		q.full.count(c, 1)
	}
}

// len is how many edges stand alone.
func (q *square) len() int { return len(q.few) + len(q.many) }

// each calls f for the edges that stand alone, and takes out those for which it says so.
func (q *square) each(f func(c cell, e *EdgeEntry) (out bool)) {
	q.few = slices.DeleteFunc(q.few, func(p placed) bool { return f(p.cell, p.entry) })
	for c, e := range q.many {
		if f(c, e) {
			delete(q.many, c)
		}
	}
}

// fill counts the edges, from when on that matters.
func (q *square) fill() *fullness {
	if q.full == nil {
		q.full = &fullness{ports: map[int32]*EdgeEntry{}, addresses: map[addresses]*EdgeEntry{}, byPort: map[int32]int{}, byAddress: map[addresses]int{}}
		q.each(func(c cell, _ *EdgeEntry) bool {
			q.full.count(c, 1)
			return false
		})
	}
	return q.full
}

func (f *fullness) count(c cell, n int) {
	if f.byPort[c.port] += n; f.byPort[c.port] == 0 {
		delete(f.byPort, c.port)
	}
	if f.byAddress[c.addresses] += n; f.byAddress[c.addresses] == 0 {
		delete(f.byAddress, c.addresses)
	}
}
