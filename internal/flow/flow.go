// Package flow reads observed network flows: each format is a file, and all end in Flows, in
// which the client is who began the connection, whatever the direction of the packet that
// was seen. Addresses are as observed; internal/resolve makes workloads of them.
package flow

import (
	"net/netip"
	"strconv"
)

// Protocol is a number of the IANA registry "Assigned Internet Protocol Numbers".
type Protocol uint8

// The protocols that a source names, of which a NetworkPolicy knows TCP, UDP and SCTP.
const (
	ICMP   Protocol = 1
	TCP    Protocol = 6
	UDP    Protocol = 17
	ICMPv6 Protocol = 58
	SCTP   Protocol = 132
)

// String is the name that Kubernetes has for it, or a number.
func (p Protocol) String() string {
	switch p {
	case TCP:
		return "TCP"
	case UDP:
		return "UDP"
	case SCTP:
		return "SCTP"
	case ICMP:
		return "ICMP"
	case ICMPv6:
		return "ICMPv6"
	}
	return "protocol " + strconv.Itoa(int(p))
}

// Expressible tells whether a NetworkPolicy can name the protocol
// (k8s.io/api/networking/v1, NetworkPolicyPort).
func (p Protocol) Expressible() bool { return p == TCP || p == UDP || p == SCTP }

// Direction tells how it is known which end is the client.
type Direction uint8

// How the client is known, in no order but for the first two, which are no knowledge.
const (
	// DirectionUnknown leaves the ends as they were seen: the client sent the packet, or is
	// where the socket is. Nothing may be made of its ports before Servers.Settle.
	DirectionUnknown Direction = iota
	// DirectionGuessed stands on the ports alone: one is of the ephemeral range
	// and the other is not.
	DirectionGuessed
	// DirectionFlag is what the source says itself, such as is_reply of Hubble.
	DirectionFlag
	// DirectionHandshake is known from the state of the connection: SYN, SYN-SENT, SYN-RECV.
	DirectionHandshake
	// DirectionVerdict is known from a policy's verdict, which is given on what opens
	// a connection.
	DirectionVerdict
	// DirectionListener is known from the listening sockets of the same network namespace.
	DirectionListener
	// DirectionTuple is known from the original tuple of conntrack.
	DirectionTuple
	// DirectionServer is known from other flows, in which one end is the server.
	DirectionServer
)

// Known tells whether it is certain which end is the client.
func (d Direction) Known() bool { return d > DirectionGuessed }

// Verdict is what became of a flow.
type Verdict uint8

// The verdicts. Most sources know none.
const (
	VerdictUnknown Verdict = iota
	// VerdictAllowed is also that of what a policy in audit mode let pass: Reason is AUDIT.
	VerdictAllowed
	// VerdictDenied is that of all that was dropped; Reason says why where that is known.
	VerdictDenied
)

// Side is where a flow was seen.
type Side uint8

// The sides. Between is a node on the way, whichever ends are on it.
const (
	SideUnknown Side = iota
	SideClient
	SideServer
	SideBetween
)

// Flow is one observation of a connection. Several sources, points and times may show one
// connection: see Connection.
type Flow struct {
	// Time is in seconds since 1970, 0 for none that is known and credible.
	Time     int64
	Protocol Protocol
	// Client began it, as far as Direction knows. With DirectionUnknown or DirectionGuessed
	// it may be the other one.
	Client, Server Endpoint
	Direction      Direction
	// Disputed is set where the packets that the source shows speak against the ports in who began it:
	// the ports alone are no guess then. Direction is unknown.
	Disputed bool

	// Final is set where Server is who answers, behind all translation: its port is the target
	// port. Where it is not, Server is as the client dialled it, and may be a Service.
	Final bool
	// Dialled is what the client asked for where that is known to be another address or port
	// than Server; else it is zero.
	Dialled netip.AddrPort
	// Masqueraded is the client as the server sees it where that is known to be another
	// address or port than Client; else it is zero.
	Masqueraded netip.AddrPort

	Verdict Verdict
	// Reason is the source's word for the verdict, such as POLICY_DENIED; mostly empty.
	Reason string
	// Unanswered is set where the source shows that nobody had answered yet.
	Unanswered bool
	// ICMPType and ICMPCode are those of ICMP and ICMPv6, where known.
	ICMPType, ICMPCode uint8
	// Answer is a DNS answer that this is; nil for none.
	Answer *Answer
	// Ageless is set where the source does not say when, and it may be long ago: an address that
	// is a pod's by now may have been another's.
	Ageless bool

	Point Point
	// Count is how many observations this stands for; not connections, nor packets.
	Count int64
}

// Endpoint is one end.
type Endpoint struct {
	// Addr is never IPv4-mapped, and has no zone. It is not valid where the source tells none:
	// there is a Peer then.
	Addr netip.Addr
	// Port is 0 where it is not known, and for protocols without ports.
	Port uint16
	// Peer is what the source knows of it, nil for nothing. Several flows share it: it is
	// not to be changed.
	Peer *Peer
	// Names are those that the source has for the address, from DNS.
	Names []string
}

// AddrPort is the address with the port.
func (e Endpoint) AddrPort() netip.AddrPort { return netip.AddrPortFrom(e.Addr, e.Port) }

// Peer is what a source says of an end.
type Peer struct {
	Cluster, Namespace, Pod, ServiceAccount string
	// Labels are those of the pod, NamespaceLabels of its namespace: without the prefixes of
	// the source, and without what it adds. At an end without an address, the pod may have more.
	Labels, NamespaceLabels map[string]string
	Workloads               []Workload
	// Identity is the number that Cilium knows the labels by, 0 for none.
	Identity uint32
	// Reserved are the names of Cilium's reserved identities, such as world, host,
	// remote-node, kube-apiserver.
	Reserved []string
	// Service is one that the source names beside an address; it need not be the one dialled.
	Service Workload
	// PodPrefix is what the names of its pods begin with, where the source says no more of them
	// (metadata.generateName).
	PodPrefix string
	// Host is the name of something without a namespace, which may be that of a node.
	Host string
	// Undisclosed is why the source does not say who it is, in a few words; empty where it does.
	Undisclosed string
}

// Workload is a name with its kind; Namespace may be empty.
type Workload struct{ Kind, Namespace, Name string }

// Answer is what a DNS server said.
type Answer struct {
	// Query is the name asked for, without the last dot.
	Query string
	// Addrs are those of the answer, CNAMEs the names on the way.
	Addrs  []netip.Addr
	CNAMEs []string
	// Code is the RCODE of RFC 1035; 0 is no error.
	Code uint32
}

// Point is where and by what a flow was seen.
type Point struct {
	// Source is the name of the file, Format one of api's names of formats.
	Source, Format string
	// Snapshot counts the readings in the source, from 0: a client's port belongs to one
	// connection within a snapshot, not beyond.
	Snapshot int
	// Node is as the source names it, often empty.
	Node string
	// At is the source's word for the place, such as TO_ENDPOINT; for sockets their state.
	At   string
	Side Side
	// Zone is that of conntrack.
	Zone uint16
}

// Connection is what observations of one connection have in common, in one snapshot.
type Connection struct {
	Protocol Protocol
	Snapshot int
	Client   netip.AddrPort
}

// Connection is the key to join what a client's side shows with what a server's side does. That
// of the server's side is the client as it was masqueraded, if it was: see Masqueraded. It is of
// use only where the direction is known and the client has a port.
func (f *Flow) Connection() Connection {
	return Connection{Protocol: f.Protocol, Snapshot: f.Point.Snapshot, Client: f.Client.AddrPort()}
}

// turn makes the client the server. It is for flows without translation.
func (f *Flow) turn() {
	f.Client, f.Server = f.Server, f.Client
	switch f.Point.Side {
	case SideClient:
		f.Point.Side = SideServer
	case SideServer:
		f.Point.Side = SideClient
	}
}

// Listener is a socket that takes connections, or, for UDP, one that is bound and has no peer,
// which may be that of a client as well.
type Listener struct {
	Protocol Protocol
	// Local has the unspecified address for any.
	Local netip.AddrPort
	Point Point
}

// Ports of Linux that tell clients from servers.
const (
	// Ephemeral is the first one that clients are given (net.ipv4.ip_local_port_range).
	Ephemeral = 32768
	// Unprivileged is the first one that takes no privilege (net.ipv4.ip_unprivileged_port_start).
	Unprivileged = 1024
)

// SidecarPort tells the ports that Istio's sidecar takes connections over at (istio.io,
// Application Requirements).
func SidecarPort(port uint16) bool {
	const outbound, inbound = 15001, 15006
	return port == outbound || port == inbound
}

// backwards tells whether the ports speak against the client being the client.
func (f *Flow) backwards() bool {
	return f.Protocol.Expressible() && f.Server.Port >= Ephemeral && f.Client.Port != 0 && f.Client.Port < Ephemeral
}

// toward tells whether the ports agree with the client being the client.
func (f *Flow) toward() bool {
	return f.Protocol.Expressible() && f.Client.Port >= Ephemeral && f.Server.Port != 0 && f.Server.Port < Ephemeral
}

// guess takes the end with an ephemeral port for the client where the other one has none.
func (f *Flow) guess() {
	switch {
	case f.backwards():
		f.turn()
		f.Direction = DirectionGuessed
	case f.toward():
		f.Direction = DirectionGuessed
	}
}
