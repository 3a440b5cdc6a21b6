package resolve

import (
	"net/netip"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
)

// connection is what the rows of one connection have in common: see flow.Connection.
type connection flow.Connection

func (c connection) hash() uint64 {
	return mixAddrPort(uint64(c.Protocol)<<32^uint64(c.Snapshot), c.Client)
}

// fact is what some row shows of a connection: who answers it, and who is behind the address of
// its client where that was rewritten.
type fact struct {
	server, client netip.AddrPort
	// first and last are when it was seen, 0 for not known.
	first, last int64
	// void tells that rows contradict each other: the port was used again.
	void bool
}

// survivor is a connection to a Service by the port of its client, which mostly stays when its
// address is rewritten.
type survivor struct {
	protocol flow.Protocol
	port     uint16
	snapshot int
	to       *servicePort
}

func (s survivor) hash() uint64 {
	hash := mix(uint64(s.protocol)<<32^uint64(s.snapshot), uint64(s.port))
	for _, c := range []byte(s.to.name) {
		hash = mix(hash, uint64(c))
	}
	return hash
}

// join keeps what a row shows of its connection. Of use is what was seen of a pod that answers.
func (r *Resolver) join(w *row, to *found, s *stay) {
	if !w.connected() {
		return
	}
	if to.via != nil && to.via.name != "" && s.first == 0 && w.side == flow.SideClient && w.client.held != nil {
		key := survivor{w.protocol, w.client.port, w.snapshot, to.via}
		at := w.client.at()
		if known, ok := r.survived.all[key]; ok && known != at {
			at = netip.AddrPort{} // of two clients
		}
		r.survived.put(key, at)
	}
	if !w.final || to.via != nil || w.server.held == nil {
		return
	}
	known := fact{server: w.server.at(), first: s.first, last: s.last}
	r.know(connection{w.protocol, w.snapshot, w.client.at()}, known)
	if w.masqueraded.IsValid() && w.masqueraded.Port() != 0 {
		known.client = w.client.at()
		r.know(connection{w.protocol, w.snapshot, w.masqueraded}, known)
	}
}

func (r *Resolver) know(key connection, f fact) {
	if known, ok := r.facts.all[key]; ok {
		f = known.with(f)
		if f == known {
			return
		}
	}
	r.facts.put(key, f)
}

func (f fact) with(o fact) fact {
	if f.void || o.void || f.server != o.server || f.client.IsValid() && o.client.IsValid() && f.client != o.client {
		return fact{void: true}
	}
	if !f.client.IsValid() {
		f.client = o.client
	}
	if f.first == 0 || o.first == 0 {
		f.first, f.last = 0, 0 // some row has no time: it fits any
		return f
	}
	f.first, f.last = min(f.first, o.first), max(f.last, o.last)
	return f
}

// slack is by how many seconds the clocks and the moments of two sides may differ.
const slack = 60

// near tells whether a fact may be of the same connection as a row.
func (f *fact) near(s *stay) bool {
	return f.first == 0 || s.first == 0 || s.first <= f.last+slack && f.first <= s.last+slack
}

// connected tells whether the row is of one connection that can be told from others.
func (w *row) connected() bool {
	return w.client.port != 0 && w.client.addr.IsValid() && w.protocol.Expressible()
}

// waits tells whether another row may show more of a row: which of several workloads behind a
// Service answered, or who is behind the address of a node.
func (r *Resolver) waits(w *row, to *found) bool {
	if !w.connected() {
		return false
	}
	return to.open || r.masked(w, to)
}

// masked tells whether the client may be one whose address was rewritten to that of a node.
func (r *Resolver) masked(w *row, to *found) bool {
	return w.client.word == nil && w.client.held == nil && w.side != flow.SideClient &&
		to.end != nil && to.end.Kind == api.EndWorkload && r.siteAt(&w.client).isNode
}

// lone tells that there was no room for what other rows show of a row that waits for them.
func (r *Resolver) lone(w *row, to *found, joined bool) bool {
	return r.waits(w, to) && (!joined || !r.facts.holds(connection{w.protocol, w.snapshot, w.client.at()}))
}

// rejoin completes a row by what other rows show of its connection.
func (r *Resolver) rejoin(w *row, to *found, s *stay) {
	if !r.waits(w, to) {
		return
	}
	key := connection{w.protocol, w.snapshot, w.client.at()}
	f, known := r.facts.all[key]
	known = known && !f.void && f.near(s)
	masked := r.masked(w, to)
	if known && to.open {
		r.narrow(w, to, f.server, s)
	}
	switch {
	case !masked:
	case known && f.client.IsValid() && f.server == w.server.at():
		w.client = r.seen(f.client, s.first)
	case s.first == 0:
		r.survivor(w, to)
	}
}

// seen is an end that another row shows.
func (r *Resolver) seen(at netip.AddrPort, time int64) endpoint {
	return endpoint{addr: at.Addr(), port: at.Port(), held: r.siteOf(at.Addr()).at(time)}
}

// narrow makes a server of the one that a row of its side shows. It has to be one of those behind
// the Service, where they are known.
func (r *Resolver) narrow(w *row, to *found, at netip.AddrPort, s *stay) {
	e := r.seen(at, s.first)
	by := r.server(&e, w.protocol)
	if by.via != nil || by.end.Kind != api.EndWorkload {
		return
	}
	if to.via != nil && len(to.via.targets) > 0 && !slices.Contains(to.via.targets, by.target) {
		return
	}
	to.target, to.node, to.open = by.target, by.node, false
	w.server.held = e.held
}

// survivor finds the one client of a Service in front of the server that has the same port.
func (r *Resolver) survivor(w *row, to *found) {
	var client netip.AddrPort
	for _, sp := range r.behind[to.target] {
		at, ok := r.survived.all[survivor{w.protocol, w.client.port, w.snapshot, sp}]
		switch {
		case !ok:
		case !at.IsValid(), client.IsValid() && client != at:
			return
		default:
			client = at
		}
	}
	if client.IsValid() {
		w.client = r.seen(client, 0)
	}
}
