package netpol

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// gather sorts what was observed of a subject.
func (f *fitter) gather(s *fitSubject) {
	for _, dropped := range f.dropped[s.ref] {
		for d := range s.sides {
			if end, own := ends(dropped.edge, d); own.Workload != nil && *own.Workload == s.ref {
				add(s.leftOut, useWords(s, d, dropped.edge, end), dropped.edge.Count, dropped.by)
			}
		}
	}
	for _, e := range f.servers[s.ref] {
		f.observe(s, ingress, e)
	}
	for _, e := range f.clients[s.ref] {
		f.observe(s, egress, e)
	}
	for d := range s.sides {
		for use, n := range s.sides[d].needs {
			if n.reason == "" && len(s.denied) > 0 {
				delete(s.denied, s.words(d, use)+"\x00")
			}
		}
	}
}

// ends are the peer's end of an edge in a direction, and the subject's own.
func ends(e *api.Edge, d int) (peer, own *api.EdgeEnd) {
	if d == ingress {
		return &e.Client, &e.Server
	}
	return &e.Server, &e.Client
}

func add(counts map[string]fitCount, use string, count int64, by string) {
	counts[use+"\x00"+by] = fitCount{counts[use+"\x00"+by].count + count, by}
}

// observe sorts one edge of a direction.
func (f *fitter) observe(s *fitSubject, d int, e *api.Edge) {
	peerEnd, _ := ends(e, d)
	protocol := protocolIndex(corev1.Protocol(e.Protocol))
	why := refused(e)
	scan := f.scanned(e)
	if scan != nil && (!e.AnyPort || why != "") {
		at := endWords(peerEnd, s.ref.Namespace)
		s.scans[fmt.Sprintf("%s %s %s", e.Protocol, [...]string{"from", "of"}[d], at)] = fitCount{by: scan.reason()}
		return
	}
	if _, own := ends(e, 1-d); (why == "" || f.opts.grantsDenied()) && (d == ingress || own.Workload == nil || *own.Workload != s.ref) {
		s.edges++ // one to itself counts once
	}
	if scan != nil {
		f.wantAmong(s, d, e)
		return
	}
	stuck := fitStuck{edge: e, protocol: protocol, span: span{e.Port, e.Port}}
	if e.AnyPort {
		stuck.span = span{1, maxPort}
	} else if !f.opts.Exact && f.behindService(d, e) {
		stuck.span = span{1, maxPort}
	}
	side := &s.sides[d]
	switch {
	case peerEnd.Kind == api.EndOwnNode:
		add(s.leftOut, useWords(s, d, e, peerEnd), e.Count, api.ByOwnNode)
	case why != "" && !f.opts.grantsDenied():
		add(s.denied, useWords(s, d, e, peerEnd), e.Count, "")
	case protocol < 0:
		stuck.use, stuck.reason = useWords(s, d, e, peerEnd), "NetworkPolicies know TCP, UDP and SCTP alone"
		side.portless = append(side.portless, stuck)
	case !e.AnyPort && !validPort(e.Port):
		stuck.use, stuck.reason = useWords(s, d, e, peerEnd), fmt.Sprintf("%d is not a port from 1 to %d", e.Port, maxPort)
		side.portless = append(side.portless, stuck)
	default:
		f.want(s, d, e, stuck, why)
	}
}

// want adds the need for an edge, or that nothing can let it through.
func (f *fitter) want(s *fitSubject, d int, e *api.Edge, stuck fitStuck, why string) {
	side := &s.sides[d]
	peerEnd, _ := ends(e, d)
	peer, reason := f.edgePeer(s, d, e)
	if near := f.nodeServer(d, peerEnd, stuck); near != nil {
		peer, reason = near, ""
	}
	if reason == "" && f.opts.Exact && f.behindService(d, e) {
		reason = portBehindService
	}
	switch {
	case reason != "" && why != "":
		add(s.denied, useWords(s, d, e, peerEnd), e.Count, "")
		return
	case reason != "":
		stuck.use, stuck.reason = useWords(s, d, e, peerEnd), reason
		side.stuck = append(side.stuck, stuck)
		return
	case why != "":
		why += " when it was tried"
	case e.AnyPort:
		why = "its ports were too many to keep"
	case peerEnd.AnyAddress:
		why = manyAddresses
	case f.behindService(d, e):
		why = portBehindService
	}
	side.need(peer, stuck.protocol, stuck.span, why, e)
	f.wantServicePorts(s, d, e, peer, stuck.protocol)
	f.wantBothDNS(s, d, e, peer)
	f.wantHost(s, d, peer, fitUse{peer, stuck.protocol, stuck.span})
}

// wantAmong adds the ports that the server declares where more were answered than are kept; which
// others it needs is not known.
func (f *fitter) wantAmong(s *fitSubject, d int, e *api.Edge) {
	side := &s.sides[d]
	peerEnd, _ := ends(e, d)
	peer, reason := f.peerOf(s, d, peerEnd, 0)
	if reason == "" {
		reason = amongMore + ", and some of them answered"
		for _, r := range f.declaredBy(&e.Server).Ranges() {
			if protocol := protocolIndex(r.Protocol); string(r.Protocol) == e.Protocol {
				for port := r.First; port <= r.Last; port++ {
					side.need(peer, protocol, span{port, port}, "among "+amongMore, e)
				}
			}
		}
	}
	protocol := protocolIndex(corev1.Protocol(e.Protocol))
	side.stuck = append(side.stuck, fitStuck{use: useWords(s, d, e, peerEnd), reason: reason, edge: e, protocol: protocol, span: span{1, maxPort}})
}

const amongMore = "more ports than are kept"

// declaredBy are the ports that an end declares, none where it is no workload that is there.
func (f *fitter) declaredBy(end *api.EdgeEnd) Ports {
	if w := f.workload(end); w != nil {
		return declaredPorts(w.pods)
	}
	return Ports{}
}

// need is the need for a use; one that is observed stays so.
func (side *fitSide) need(peer *fitPeer, protocol int, ports span, reason string, e *api.Edge) {
	if known := side.peers[peer.key]; known != nil {
		known.addBlocks(peer)
		peer = known
	} else if !peer.shared {
		side.peers[peer.key] = peer
	}
	use := fitUse{peer, protocol, ports}
	n := side.needs[use]
	if n == nil {
		n = &fitNeed{use: use, reason: reason}
		side.needs[use] = n
	}
	if reason == "" {
		n.reason = ""
	}
	n.dialled = false
	if e != nil {
		n.edges, n.count = append(n.edges, e), n.count+e.Count
	}
}
