package resolve

import (
	"strconv"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
	"github.com/kubectl-harden/kubectl-harden/internal/observation"
)

// What Unclear counts beside: of Errored there is no edge, of the others there is one all the same.
const (
	// Errored are flows that were neither let pass nor refused.
	Errored = "Hubble's verdict ERROR"
	// Audited are flows that a policy in audit mode let pass.
	Audited = api.UnclearAudited
	// Alone are flows that could not wait for others of their connection.
	Alone = api.UnclearAlone
)

// edge is one that evidence is added to. Ends are compared by their pointers.
type edge struct {
	client, server *api.EdgeEnd
	protocol       flow.Protocol
	port           uint16
	denied         bool
}

// take gives what a row shows to the sink, and counts it: as resolved, or why not. Each of the
// workloads behind a Service may be the one that answered. A pod that a Service led to itself
// reaches another one of its workload the next time.
func (r *Resolver) take(w *row, to *found, s *stay, joined bool) {
	lone := r.lone(w, to, joined)
	if joined {
		r.rejoin(w, to, s)
	}
	client := r.client(&w.client, to, w.side)
	server := r.foreign(w, to, &client)
	if to.via == nil && !r.api[w.server.at()] {
		server = r.allege(server, &w.server)
	}
	if !r.siteAt(&w.client).api {
		client = r.allege(client, &w.client)
	}
	r.describe(w, to)
	if lone && to.open && to.via != nil && len(to.via.targets) > 1 {
		r.sighting.Certain = false // which of them answered was too much to remember
	}
	reason := NoPod
	switch {
	case to.open && to.via != nil && len(to.via.targets) > 0:
		for _, t := range to.via.targets {
			if r.give(edge{client, t.end, w.protocol, t.port, w.denied}, s) {
				reason = ""
			}
		}
	case w.client.addr.IsValid() && w.client.addr == w.server.addr && to.via == nil && r.sighting.Service == "":
		reason = Within
	case r.give(edge{client, server, w.protocol, to.port, w.denied}, s):
		reason = ""
	case client.Reason == podEnded || server.Reason == podEnded:
		reason = Ended
	}
	if reason != "" {
		w.source.unclear(reason, s.count)
		return
	}
	w.source.resolved += s.count
	if w.audited {
		w.source.unclear(Audited, s.count)
	}
	if lone && joined {
		w.source.unclear(Alone, s.count)
	}
}

// foreign finds which of two pods is of another cluster, where the source says that they are not
// of one: that which was not read, or whose address is another's here.
func (r *Resolver) foreign(w *row, to *found, client **api.EdgeEnd) (server *api.EdgeEnd) {
	server = to.end
	a, b := w.client.word, w.server.word
	if a == nil || b == nil || a.cluster == "" || b.cluster == "" || a.cluster == b.cluster || a.end == nil || b.end == nil {
		return server
	}
	switch here, there := w.client.here(), w.server.here(); {
	case here && !there:
		server = r.unknown(w.server.addr, otherCluster)
	case there && !here:
		*client = r.unknown(w.client.addr, otherCluster)
	}
	return server
}

// allege keeps the address of an API server that is not where the objects of the cluster say.
func (r *Resolver) allege(end *api.EdgeEnd, e *endpoint) *api.EdgeEnd {
	if end != r.apiServer || !e.addr.IsValid() || r.siteAt(e).service == serverNamespace+"/"+serverName {
		return end
	}
	at := r.alleged[e.addr]
	if at == nil {
		at = keep(r.alleged, maxCached, e.addr, &api.EdgeEnd{Kind: api.EndAPIServer, Address: e.addr.String()})
	}
	return at
}

// here tells whether what a source names is at its address in the inventory.
func (e *endpoint) here() bool {
	return e.word.read && e.held != nil && e.held.end == e.word.end
}

// describe fills in what all sightings of a row share.
func (r *Resolver) describe(w *row, to *found) {
	r.sighting = observation.Sighting{
		Protocol: protocolName(w.protocol), Denied: w.denied, Seen: seenFrom(w.side), Format: w.source.format,
		Certain: w.how == certain, Answered: !w.unanswered && !w.denied,
	}
	switch sp := r.services[socket{w.dialled.Addr(), w.dialled.Port(), w.protocol}]; {
	case to.via != nil:
		r.sighting.Service = to.via.name
	case sp != nil:
		r.sighting.Service = sp.name
	case w.dialled.IsValid():
		e := endpoint{addr: w.dialled.Addr(), port: w.dialled.Port(), service: w.server.service}
		if sp := r.dialled(&e, r.siteOf(e.addr), w.protocol); sp != nil {
			r.sighting.Service = sp.name
		}
	}
}

// protocolName is as api.Edge has it.
func protocolName(p flow.Protocol) string {
	switch p {
	case flow.TCP, flow.UDP, flow.SCTP, flow.ICMP, flow.ICMPv6:
		return p.String()
	}
	return strconv.Itoa(int(p))
}

func seenFrom(side flow.Side) string {
	switch side {
	case flow.SideClient:
		return api.SeenFromClient
	case flow.SideServer:
		return api.SeenFromServer
	case flow.SideBetween:
		return api.SeenFromBetween
	}
	return ""
}

// give adds a sighting of an edge, and tells whether it is one.
func (r *Resolver) give(e edge, s *stay) bool {
	if e.client.Kind != api.EndWorkload && e.server.Kind != api.EndWorkload {
		return false
	}
	at := &r.sighting
	at.Client, at.Server, at.Port = *e.client, *e.server, int32(e.port)
	entry := r.entries[e]
	if entry == nil {
		if entry = r.sink.Edge(at); entry == nil {
			return false
		}
		keep(r.entries, maxEntries, e, entry)
	}
	at.At, at.Count = s.first, s.count
	if s.last != s.first {
		at.Count--
		r.sink.AddEdge(entry, at)
		at.At, at.Count = s.last, 1
	}
	r.sink.AddEdge(entry, at)
	return true
}
