package flow

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// add makes Flows of a line.
func (e *envoy) add(out *batch, l *envoyLine) string {
	to := clusterOf(l.Cluster.text)
	f := Flow{Protocol: TCP, Count: 1, Time: e.opts.textTime(l.Start.text), Direction: DirectionListener, Point: Point{At: string(to.word)}}
	for _, of := range []envoyText{l.Host, l.Near, l.Local, l.Remote} {
		if portOutOfRange(of.text) {
			return faultPort
		}
	}
	switch to.word {
	case clusterInbound:
		return e.inbound(out, l, f)
	case clusterOther:
		return faultCluster
	}
	return e.outbound(out, l, f, &to)
}

// portOutOfRange tells an address whose port is a number, and none of a port.
func portOutOfRange(text string) bool {
	host, port, ok := cutLast(text, ':')
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err != nil || !ok {
		return false
	}
	_, err := strconv.ParseUint(port, 10, 16)
	return err != nil
}

func cutLast(text string, sep byte) (before, after string, found bool) {
	if i := strings.LastIndexByte(text, sep); i >= 0 {
		return text[:i], text[i+1:], true
	}
	return text, "", false
}

// inbound is what a proxy took for its own pod: the port is that of the pod, as it was dialled.
func (e *envoy) inbound(out *batch, l *envoyLine, f Flow) string {
	local := envoyAddress(l.Local)
	if !local.IsValid() || hop(local) {
		out.tally.Note(faultHop, out.offset)
		return ""
	}
	f.Point.Side, f.Final = SideServer, true
	f.Server = Endpoint{Addr: local.Addr(), Port: local.Port()}
	f.Client = e.remote(l)
	l.refused(&f)
	out.flow(f)
	return ""
}

// hiddenForwarded is for a caller that a header names: who connected is another one, mostly.
const hiddenForwarded = "who connected is not told: the log has what the header X-Forwarded-For says"

// remote is who called. An address without a port is not that of the connection.
func (e *envoy) remote(l *envoyLine) Endpoint {
	at := envoyAddress(l.Remote)
	if at.IsValid() && at.Port() != 0 {
		return Endpoint{Addr: at.Addr(), Port: at.Port()}
	}
	return Endpoint{Peer: e.forwarded}
}

// outbound is what a proxy sent: that of a pod, what the pod dialled, that of a gateway, what
// came from others.
func (e *envoy) outbound(out *batch, l *envoyLine, f Flow, to *envoyCluster) string {
	host, near, local := envoyAddress(l.Host), envoyAddress(l.Near), envoyAddress(l.Local)
	called := envoyAddress(l.Remote)
	gateway := near.IsValid() && local.IsValid() && near.Addr() == local.Addr() && called.Addr() != near.Addr()
	if gateway && !hop(local) {
		e.taken(out, l, f, local)
	}
	f.Point.Side = SideClient
	if near.IsValid() {
		f.Client.Addr, f.Client.Port = near.Addr(), near.Port()
	} else {
		f.Client = e.remote(l)
	}
	switch {
	case host.IsValid():
		f.Server = Endpoint{Addr: host.Addr(), Port: host.Port()}
		f.Final = to.word == clusterOutbound
		if !gateway && f.Final && local.IsValid() && local != host && !hop(local) {
			f.Dialled = local
		}
	case l.Host.text == "" && local.IsValid():
		f.Server = Endpoint{Addr: local.Addr(), Port: local.Port()}
	}
	if !f.Server.Addr.IsValid() || hop(f.Server.AddrPort()) || hop(f.Client.AddrPort()) {
		out.tally.Note(faultHop, out.offset)
		return ""
	}
	f.Server.Peer = e.peer(to.service)
	l.refused(&f)
	if to.word == clusterBlackHole {
		f.Verdict, f.Reason = VerdictDenied, string(to.word)
	}
	out.flow(f)
	return ""
}

// taken is the connection that a gateway took, beside the one that it made.
func (e *envoy) taken(out *batch, l *envoyLine, f Flow, local netip.AddrPort) {
	f.Point.Side, f.Final = SideServer, true
	if l.Protocol.text == "HTTP/3" {
		f.Protocol = UDP
	}
	f.Server = Endpoint{Addr: local.Addr(), Port: local.Port()}
	f.Client = e.remote(l)
	out.flow(f)
}

// refused tells what became of it. The proxy of the server refuses what an AuthorizationPolicy
// denies; where nobody is behind the proxy, or none could be reached, nobody answered
// (envoyproxy.io, Access logging, RESPONSE_FLAGS).
func (l *envoyLine) refused(f *Flow) {
	const denied = "rbac_access_denied"
	if strings.HasPrefix(l.Details.text, denied) || strings.HasPrefix(l.Termination.text, denied) {
		f.Verdict, f.Reason = VerdictDenied, denied
		return
	}
	flags := strings.Split(l.Flags.text, ",")
	f.Unanswered = l.Host.text == "" || slices.ContainsFunc(flags, func(flag string) bool {
		return flag == "UF" || flag == "UH" || flag == "NR" || flag == "NC"
	})
}

// hop tells an address that connections have within a pod.
func hop(at netip.AddrPort) bool { return at.Addr().IsLoopback() || SidecarPort(at.Port()) }
