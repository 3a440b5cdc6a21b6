package resolve

import (
	"net/netip"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
)

// A source may name the pod of an address in some of its lines and not in others: Hubble knows
// no identity on the way between nodes, and may not know it before translation. Of an address
// that nobody has any more, what is named at the time tells whose it was.

// talk is an end of a connection, as it is seen at one point. The directions need not be known.
type talk struct {
	protocol  flow.Protocol
	snapshot  int
	end, peer netip.AddrPort
}

func (t talk) hash() uint64 {
	return mixAddrPort(mixAddrPort(uint64(t.protocol)<<32^uint64(t.snapshot), t.end), t.peer)
}

// talkOf is that of an end of a row; ok is false where its connections cannot be told apart.
func (w *row) talkOf(e, peer *endpoint) (t talk, ok bool) {
	ok = w.protocol.Expressible() && e.port != 0 && peer.port != 0 && peer.addr.IsValid()
	return talk{w.protocol, w.snapshot, e.at(), peer.at()}, ok
}

// lost tells that only the words of other lines can say whose an address was at a time.
func (s *site) lost(held *holder) bool {
	switch {
	case s.drop != "" || s.isNode || s.api || s.service != "":
		return false
	case held != nil:
		return held.reason != ""
	}
	return s.rest.Kind == api.EndUnknown
}

// mute tells whether some end of a row is lost, and the row does not say whose it is.
func (w *row) mute() bool {
	return w.client.lost && w.client.word == nil || w.server.lost && w.server.word == nil
}

// remember keeps what a row says of addresses that are lost. A packet that was dropped may have
// had an address that was not its sender's.
func (r *Resolver) remember(w *row, time int64) {
	if w.denied || !w.client.names() && !w.server.names() {
		return
	}
	for _, ends := range [][2]*endpoint{{&w.client, &w.server}, {&w.server, &w.client}} {
		e := ends[0]
		if !e.names() {
			continue
		}
		note(r.places, e.addr, e.word, time)
		if t, ok := w.talkOf(e, ends[1]); ok {
			note(r.talks, t, e.word, time)
		}
	}
}

// names tells whether a source names a pod at an address that is lost, be it one that is not
// among those read. What is Cilium's own is no pod.
func (e *endpoint) names() bool {
	return e.lost && e.word != nil && e.word.drop == "" && (e.word.end != nil || e.word.otherwise == podUnread)
}

// recall gives the ends of a row that waited the words of others.
func (r *Resolver) recall(w *row, s *stay) {
	client, server := r.recalled(w, &w.client, &w.server, s), r.recalled(w, &w.server, &w.client, s)
	w.client.word, w.server.word = client, server
}

// recalled is the word on an end: that of the same connection, else that of the address.
func (r *Resolver) recalled(w *row, e, peer *endpoint, s *stay) *word {
	if !e.lost || e.word != nil {
		return e.word
	}
	place := r.places.all[e.addr]
	if t, ok := w.talkOf(e, peer); ok {
		switch found := r.talks.all[t].at(s, slack); {
		case found != nil && place.denies(found, s):
			return nil
		case found != nil:
			return found
		}
	}
	if e.held != nil { // pods were made later, or share the address
		return place.at(s, 0)
	}
	return place.at(s, vicinity)
}
