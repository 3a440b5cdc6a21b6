package resolve

import (
	"net/netip"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/flow"
)

// endpoint is one end as it was seen.
type endpoint struct {
	addr netip.Addr
	port uint16
	// word is what the source says of it, nil for nothing.
	word *word
	// held is the pod that had the address at the time; nil for none.
	held *holder
	// lost tells that the address was of the cluster, and that it is not known whose at the time.
	lost bool
	// service is one that the source names, nil for none that was read.
	service *dialable
	// mends tells that its port may be that of a Service in front of it: see mended.
	mends bool
}

func (e *endpoint) at() netip.AddrPort { return netip.AddrPortFrom(e.addr, e.port) }

// endpointOf reads an end of a flow.
func (r *Resolver) endpointOf(e *flow.Endpoint, f *flow.Flow) (out endpoint, drop string) {
	out = endpoint{addr: clean(e.Addr), port: e.Port, service: r.serviceNamed(e.Peer)}
	if out.addr.IsValid() {
		out.word = r.wordOf(e.Peer)
	} else {
		out.word = r.wordAlone(e.Peer)
	}
	switch {
	case out.word != nil && out.word.drop != "":
		return out, out.word.drop
	case out.addr.IsValid():
		s := r.siteOf(out.addr)
		if out.held = s.at(f.Time); f.Ageless && len(s.holders)+len(s.past) > 0 {
			out.held = unsure[0]
		}
		out.lost = s.lost(out.held)
		return out, s.drop
	case out.service != nil:
	case out.word == nil || out.word.end == nil && !out.word.isNode && !out.word.isServer && out.word.otherwise == "":
		return out, NoAddress
	}
	return out, ""
}

// none is the site of what has no address.
var none = &site{}

func (r *Resolver) siteAt(e *endpoint) *site {
	if !e.addr.IsValid() {
		return none
	}
	return r.siteOf(e.addr)
}

// found is a server.
type found struct {
	target
	// via is the Service that was dialled; its targets are the servers. Without any, the end is
	// unknown.
	via *servicePort
	// node is where its pod runs; empty where that is not known, or it is none.
	node string
	// open tells that an observation from the server's side may show who it is.
	open bool
}

// server finds who answers.
func (r *Resolver) server(e *endpoint, p flow.Protocol) found {
	out := found{target: target{port: e.port}}
	w, s := e.word, r.siteAt(e)
	if e.mends && w != nil && !w.isNode {
		if sp := r.mended(e, p); sp != nil {
			return r.behindPort(out, sp, e)
		}
	}
	if w != nil && w.end != nil && !w.isNode {
		out.end, out.node = w.end, w.node
		if w.labels != nil && w.agrees(e.held) {
			out.end, out.node = e.held.end, e.held.node
		}
		return out
	}
	if sp := r.dialled(e, s, p); sp != nil {
		return r.behindPort(out, sp, e)
	}
	isNode, isServer := s.isNode, r.api[e.at()]
	if w != nil {
		isNode = isNode || w.isNode
		isServer = isServer || w.isServer && (!isNode || r.serves(e.port))
	}
	switch {
	case isServer:
		out.end = r.apiServer
	case w != nil && w.isNode:
		out.end = r.node
	case w != nil && w.otherwise == podUnread && !isNode:
		out.end = r.unknown(e.addr, podUnread)
	case e.held != nil:
		out.end, out.node = r.holding(e)
	case isNode:
		out.end = r.node
	case s.service != "":
		out.end, out.open = r.unknown(e.addr, "Service "+s.service+" has no such port"), true
	default:
		if out.end = r.rest(e, s); out.end.Kind == api.EndAddress && (w == nil || !w.isWorld) {
			out.end = r.perNode(out.end, e, p)
		}
		out.open = s.open && out.end == s.rest
	}
	return out
}

// behindPort is the server behind a port of a Service.
func (r *Resolver) behindPort(out found, sp *servicePort, e *endpoint) found {
	out.via, out.open = sp, len(sp.targets) != 1
	if len(sp.targets) == 0 {
		out.end = r.unknown(e.addr, sp.why)
	} else if !out.open {
		out.target = sp.targets[0]
	}
	return out
}

// dialled is the port of a Service at an address, or that of all nodes; else that of a Service that
// the source names, where nothing is known of the address.
func (r *Resolver) dialled(e *endpoint, s *site, p flow.Protocol) *servicePort {
	if e.port == 0 {
		return nil
	}
	if sp := r.services[socket{e.addr, e.port, p}]; sp != nil {
		return sp
	}
	switch {
	case s.isNode || e.word != nil && e.word.isNode:
		if s == none {
			return nil
		}
		return r.nodePorts[nodePort{e.port, p}]
	case e.service == nil, s.api, s.service != "", e.held != nil, e.word != nil && e.word.end != nil:
		return nil
	}
	return e.service.ports[nodePort{e.port, p}]
}

// serves tells whether a port may be that of the API server, where it shares a node's address.
func (r *Resolver) serves(port uint16) bool {
	const usual, secure = 6443, 443
	return r.apiPorts[port] || len(r.apiPorts) == 0 && (port == usual || port == secure)
}

// holding is the end that has the address.
func (r *Resolver) holding(e *endpoint) (end *api.EdgeEnd, node string) {
	if e.held.reason != "" {
		return r.unknown(e.addr, e.held.reason), ""
	}
	return e.held.end, e.held.node
}

// rest is an end at whose address neither pod, node nor Service is.
func (r *Resolver) rest(e *endpoint, s *site) *api.EdgeEnd {
	switch w := e.word; {
	case w != nil && w.otherwise != "":
		return r.unknown(e.addr, w.otherwise)
	case !e.addr.IsValid():
		return r.unknown(e.addr, noSuchPort)
	case w != nil && w.isWorld && s.byNearness:
		return r.outside(e.addr)
	}
	return s.rest
}

// client finds who began, where it is known who answers.
func (r *Resolver) client(e *endpoint, to *found, side flow.Side) *api.EdgeEnd {
	w, s := e.word, r.siteAt(e)
	if w != nil && w.end != nil && !w.isNode {
		if w.labels != nil && w.agrees(e.held) {
			return e.held.end
		}
		return w.end
	}
	isNode := s.isNode || w != nil && w.isNode
	switch {
	case isNode && (w != nil && w.isNode || e.held == nil):
		return r.nodeOf(w, s, to, side)
	case w != nil && w.isServer, s.api && e.held == nil:
		return r.apiServer
	case w != nil && w.otherwise == podUnread:
		return r.unknown(e.addr, podUnread)
	case e.held != nil:
		end, _ := r.holding(e)
		return end
	case s.service != "", !e.addr.IsValid() && (w == nil || w.otherwise == ""):
		return r.unknown(e.addr, serviceCalls)
	case s.perhaps && (w == nil || w.otherwise == ""):
		if s.near != "" && (w == nil || !w.isWorld) {
			return r.unknown(e.addr, s.near)
		}
		return r.outside(e.addr)
	}
	return r.rest(e, s)
}

// nodeOf tells the node of the server's pod from others.
func (r *Resolver) nodeOf(w *word, s *site, to *found, side flow.Side) *api.EdgeEnd {
	here := w != nil && w.isHost && side == flow.SideServer
	if to.end != nil && to.end.Kind == api.EndWorkload && (here || s.node != "" && s.node == to.node) {
		return r.ownNode
	}
	return r.node
}
