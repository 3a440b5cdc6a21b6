package observation

// limit keeps the limits after a cell was added.
func (q *square) limit(c cell) {
	if q.full == nil && q.len() <= min(maxAddresses, maxPorts) {
		return
	}
	f := q.fill()
	switch {
	case f.manyAddresses(c.port):
		q.gather(cell{port: c.port, anyAddress: true})
	case f.manyPorts(c.addresses):
		q.gather(cell{addresses: c.addresses, anyPort: true})
	case q.large():
		q.gather(cell{anyAddress: true, anyPort: true})
	}
}

// manyAddresses tells whether those of a port are too many. An address with any port has this
// one, too.
func (f *fullness) manyAddresses(port int32) bool {
	return f.byPort[port]+len(f.addresses) > maxAddresses
}

func (f *fullness) manyPorts(at addresses) bool { return f.byAddress[at]+len(f.ports) > maxPorts }

// large tells whether all is too much. What became one counts for more than it had.
func (q *square) large() bool {
	return q.len()+len(q.full.ports)*(maxAddresses+1)+len(q.full.addresses)*(maxPorts+1) > maxSquare
}

// gathered is the entry of any address, of any port, or of both.
func (q *square) gathered(c cell) *EdgeEntry {
	if e := q.fill().all; e != nil {
		return e
	}
	return q.gather(c).end()
}

// gather makes one of the edges of a cell that stands for several, and of what that leads to.
func (q *square) gather(c cell) *EdgeEntry {
	f, into := q.full, &EdgeEntry{}
	switch {
	case c.anyAddress && c.anyPort:
		q.gatherAll(into)
		return into
	case c.anyAddress && f.ports[c.port] != nil:
		return f.ports[c.port]
	case c.anyAddress:
		f.ports[c.port] = into
	case f.addresses[c.addresses] != nil:
		return f.addresses[c.addresses]
	default:
		f.addresses[c.addresses] = into
	}
	q.each(func(of cell, e *EdgeEntry) bool {
		in := c.anyAddress && of.port == c.port || c.anyPort && of.addresses == c.addresses
		if in {
			f.count(of, -1)
			q.move(e, into)
		}
		return in
	})
	q.settle()
	return into
}

// gatherAll makes one of all edges.
func (q *square) gatherAll(into *EdgeEntry) {
	f := q.full
	q.each(func(_ cell, e *EdgeEntry) bool {
		q.move(e, into)
		return true
	})
	for _, e := range f.ports {
		q.move(e, into)
	}
	for _, e := range f.addresses {
		q.move(e, into)
	}
	q.few, q.many = nil, nil
	q.full = &fullness{all: into}
}

// move adds an entry to another one, which it is from then on.
func (q *square) move(e, into *EdgeEntry) {
	into.merge(q.set, e)
	*e = EdgeEntry{into: into}
}

// settle keeps the limits after edges became one: what did counts for all others.
func (q *square) settle() {
	f := q.full
	all := len(f.ports) > 0 && len(f.addresses) > 0 || q.large()
	for port := range f.byPort {
		all = all || len(f.addresses) > 0 && f.manyAddresses(port)
	}
	for at := range f.byAddress {
		all = all || len(f.ports) > 0 && f.manyPorts(at)
	}
	if all {
		q.gatherAll(&EdgeEntry{})
	}
}
