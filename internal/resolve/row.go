package resolve

import (
	"net/netip"

	"github.com/kubectl-harden/kubectl-harden/internal/flow"
)

// row is what is alike in flows that are one thing to be settled.
type row struct {
	protocol   flow.Protocol
	side       flow.Side
	how        knowledge
	denied     bool
	unanswered bool
	// audited tells that a policy would have refused it.
	audited bool
	// disputed is as in flow.Flow.
	disputed bool
	final    bool
	snapshot int
	day      int64
	// minute since 1970 is set where the words of others on the time may tell more, else 0.
	minute         int64
	source         *source
	client, server endpoint
	// dialled and masqueraded are as in flow.Flow.
	dialled, masqueraded netip.AddrPort
}

// stay is how often and when flows of a row were seen; the times are 0 for none.
type stay struct{ count, first, last int64 }

func (s *stay) add(o *stay) {
	s.count += o.count
	if o.first != 0 && (s.first == 0 || o.first < s.first) {
		s.first = o.first
	}
	s.last = max(s.last, o.last)
}

// knowledge is how it is known who began.
type knowledge uint8

const (
	unknown knowledge = iota
	guessed
	// loose is what a source says that may have missed the beginning: see isLoose.
	loose
	certain
	// declared stands on the ports that pods and Services say they serve on.
	declared
)

// hash is of what is alike in the rows of a connection.
func (w row) hash() uint64 {
	return mixAddrPort(mixAddrPort(uint64(w.protocol)<<32^uint64(w.snapshot), w.client.at()), w.server.at())
}

// Types of ICMP (RFC 792) and ICMPv6 (RFC 4443). An answer of ICMP is 0, which is also that of
// sources that tell none.
const (
	echoRequest  = 8
	echoRequest6 = 128
	echoReply6   = 129
)

// secondsOfMinute and secondsOfDay are the lengths of these in UTC.
const (
	secondsOfMinute = 60
	secondsOfDay    = 24 * 60 * secondsOfMinute
)

// What Hubble says of a flow beside its verdict, as in flow.Flow.Reason.
const (
	verdictAudit = "AUDIT"
	verdictError = "ERROR"
)

// read makes a row of a flow; drop is why it gives none.
func (r *Resolver) read(f *flow.Flow, src *source) (w row, drop string) {
	if f.Verdict == flow.VerdictUnknown && f.Reason == verdictError {
		return w, Errored
	}
	w = row{
		protocol: f.Protocol, side: f.Point.Side, denied: f.Verdict == flow.VerdictDenied, final: f.Final,
		snapshot: f.Point.Snapshot, day: max(f.Time, 0) / secondsOfDay, source: src,
		audited:  f.Verdict == flow.VerdictAllowed && f.Reason == verdictAudit,
		disputed: f.Disputed, dialled: cleanPort(f.Dialled), masqueraded: cleanPort(f.Masqueraded),
	}
	// What is sent without a handshake need not be answered.
	w.unanswered = f.Unanswered && (f.Protocol == flow.TCP || f.Protocol == flow.SCTP)
	if w.client, drop = r.endpointOf(&f.Client, f); drop != "" {
		return w, drop
	}
	if w.server, drop = r.endpointOf(&f.Server, f); drop != "" {
		return w, drop
	}
	w.server.mends = !f.Final && !w.server.addr.IsValid()
	w.how = r.knowledgeOf(f, &w)
	switch {
	case !f.Protocol.Expressible():
		w.client.port, w.server.port = 0, 0
		if w.how != certain {
			drop = Undirected
		}
	case w.server.port == 0 && (w.how == certain || w.client.port == 0):
		drop = NoPort
	case w.how == certain && w.hop():
		drop = SidecarHop
	}
	return w, drop
}

func (r *Resolver) knowledgeOf(f *flow.Flow, w *row) knowledge {
	switch {
	case f.Direction.Known() && r.isLoose(f, w):
		return loose
	case f.Direction.Known():
		return certain
	case f.Direction == flow.DirectionGuessed:
		return guessed
	case f.Protocol == flow.ICMP && f.ICMPType == echoRequest, f.Protocol == flow.ICMPv6 && f.ICMPType == echoRequest6:
		return certain
	case f.Protocol == flow.ICMPv6 && f.ICMPType == echoReply6:
		w.turn()
		return certain
	}
	return unknown
}

// hop tells a connection that Istio's sidecar took over inside of the pod: on the way to the pod
// it has another port.
func (w *row) hop() bool {
	h := w.server.held
	return w.protocol == flow.TCP && h != nil && h.mesh && flow.SidecarPort(w.server.port)
}

// turn makes the client the server.
func (w *row) turn() {
	w.client, w.server = w.server, w.client
	w.dialled, w.masqueraded = w.masqueraded, w.dialled
	switch w.side {
	case flow.SideClient:
		w.side = flow.SideServer
	case flow.SideServer:
		w.side = flow.SideClient
	}
}

func cleanPort(a netip.AddrPort) netip.AddrPort {
	if !a.IsValid() {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(clean(a.Addr()), a.Port())
}

// plain leaves out the port of the end that cannot be the server, so that the connections to one
// server are one row.
func (w *row) plain(x *index) *row {
	out := *w
	client, server := x.declares(&w.client, w.protocol), x.declares(&w.server, w.protocol)
	switch {
	case w.disputed:
	case w.server.port != 0 && w.client.port >= flow.Ephemeral && !client && (server || w.server.port < flow.Ephemeral):
		out.client.port = 0
	case w.client.port != 0 && w.server.port >= flow.Ephemeral && !server && (client || w.client.port < flow.Ephemeral):
		out.server.port = 0
	}
	return &out
}

// declares tells whether a pod, a Service or the API server says that it serves on a port.
func (x *index) declares(e *endpoint, p flow.Protocol) bool {
	at := socket{e.addr, e.port, p}
	if e.port == 0 {
		return false
	}
	if x.declared[at] || x.services[at] != nil {
		return true
	}
	s := x.sites[e.addr]
	return s != nil && s.isNode && x.nodePorts[nodePort{e.port, p}] != nil
}
