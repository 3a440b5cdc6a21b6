package flow

import (
	"encoding/json"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// traceFormat is what Inspektor Gadget prints with -o json: events of the gadgets trace_tcp and
// trace_dns, and of "trace tcp", "trace network" and the advisor of network policies before them
// (gadgets/ and pkg/types of inspektor-gadget/inspektor-gadget). What the newer advisor has is not
// read: its "egress" meant the other direction at first.
func traceFormat() format {
	return format{name: api.FormatTrace, is: isTrace, delimiter: "\n", decoder: newTrace}
}

// traceRecord is an event, reduced to what is used.
type traceRecord struct {
	Type      string          `json:"type"`
	Operation string          `json:"operation"`
	Timestamp json.RawMessage `json:"timestamp"`
	Src       *traceEndpoint  `json:"src"`
	Dst       *traceEndpoint  `json:"dst"`
	K8s       traceK8s        `json:"k8s"`
	// Error is the name of an errno; empty for none.
	Error string `json:"error"`

	QR        string          `json:"qr"`
	Name      string          `json:"name"`
	Addresses json.RawMessage `json:"addresses"`
	Code      *uint32         `json:"rcode_raw"`
	CodeName  string          `json:"rcode"`

	// PktType and OldPktType are kinds of packets of Linux, such as OUTGOING.
	PktType    string `json:"pkt_type"`
	OldPktType string `json:"pktType"`
	// These are of the events of networks, the last ones of older ones.
	Proto     traceProtocol `json:"proto"`
	Port      int64         `json:"port"`
	PodIP     string        `json:"podIP"`
	PodLabels traceLabels   `json:"podLabels"`
	Namespace string        `json:"namespace"`
	Pod       string        `json:"pod"`
	Node      string        `json:"node"`
	IP        string        `json:"ip"`

	// These are of older events of TCP.
	Saddr string `json:"saddr"`
	Daddr string `json:"daddr"`
	Sport int64  `json:"sport"`
	Dport int64  `json:"dport"`
}

// traceKind is what an event is of.
type traceKind int

const (
	traceNone traceKind = iota
	// traceMessage is of the tracer itself.
	traceMessage
	traceTCP
	traceDNS
	traceNetwork
)

// What events of TCP are of: program.bpf.c of trace_tcp.
const (
	traceConnect = "connect"
	traceAccept  = "accept"
	traceClose   = "close"
)

func isTrace(line []byte) bool {
	r := firstObject[traceRecord](line)
	return r != nil && r.kind() > traceMessage
}

// kind also brings older events into the shape of newer ones.
func (r *traceRecord) kind() traceKind {
	if r.Operation != "" {
		r.Type = r.Operation
	}
	if r.PktType == "" {
		r.PktType = r.OldPktType
	}
	if r.Operation != "" && r.Src == nil && r.Dst == nil && r.Daddr != "" {
		r.Src, r.Dst = &traceEndpoint{Addr: r.Saddr, Port: r.Sport}, &traceEndpoint{Addr: r.Daddr, Port: r.Dport}
	}
	if r.Dst == nil && r.IP != "" {
		r.Dst = &traceEndpoint{Addr: r.IP}
	}
	ends := r.Src != nil && r.Dst != nil
	switch {
	case ends && slices.Contains([]string{traceConnect, traceAccept, traceClose}, r.Type):
		return traceTCP
	case ends && (r.QR == dnsQuery || r.QR == dnsResponse):
		return traceDNS
	case r.Src == nil && r.Dst != nil && r.PktType != "" && r.Proto != 0:
		return traceNetwork
	case slices.Contains([]string{"debug", "info", "warn", "err", "ready"}, r.Type):
		return traceMessage
	}
	return traceNone
}

type tracer struct{ opts *Options }

func newTrace(opts *Options) decoder { return &tracer{opts} }

func (*tracer) end(*batch) {}

func (t *tracer) record(out *batch, line []byte, cut bool) string {
	return jsonLine(out, line, cut, func(r *traceRecord) string { return t.flow(out, r) })
}

// flow makes a Flow of an event.
func (t *tracer) flow(out *batch, r *traceRecord) string {
	kind := r.kind()
	f := Flow{Count: 1, Time: t.opts.jsonTime(r.Timestamp), Point: Point{Node: r.K8s.Node, At: r.Type}}
	if r.Node != "" {
		f.Point.Node = r.Node
	}
	var fault string
	switch kind {
	case traceMessage:
		return ""
	case traceTCP:
		fault = r.tcp(&f)
	case traceDNS:
		fault = r.dns(&f)
	case traceNetwork:
		if f.Point.Side = r.side(); f.Point.Side == SideUnknown { // such as a broadcast
			out.parsed(f.Time)
			return ""
		}
		fault = r.network(&f)
	default:
		fault = faultNotFlow
	}
	if fault != "" {
		return fault
	}
	f.Ageless = f.Time == 0
	f.Final = f.Direction.Known() && (f.Point.Side == SideServer || f.Server.Peer.isEndpoint())
	out.flow(f)
	return ""
}

// tcp reads an event of a socket, whose own end is the source. connect is told once there is
// a connection, or an error. A close tells nothing of who began, nor for sure that there was a
// connection: none is told of in SYN_SENT and SYN_RECV, but one whose connect failed meanwhile is closed
// like another one. It is an observed use all the same: what began before the trace has nothing else.
func (r *traceRecord) tcp(f *Flow) (fault string) {
	if f.Client, fault = r.Src.endpoint(); fault != "" {
		return fault
	}
	if f.Server, fault = r.Dst.endpoint(); fault != "" {
		return fault
	}
	f.Protocol, f.Point.Side = TCP, SideClient
	f.Client.Peer = r.local(f.Client.Peer)
	switch r.Type {
	case traceConnect:
		f.Direction = DirectionHandshake
		if r.Error != "" {
			f.Verdict, f.Reason, f.Unanswered = VerdictDenied, r.Error, true
		}
	case traceAccept:
		f.turn()
		f.Direction = DirectionHandshake
	}
	return ""
}

// side tells by the kind of a packet (include/uapi/linux/if_packet.h) where it was seen, if its source
// is the client.
func (r *traceRecord) side() Side {
	switch r.PktType {
	case "OUTGOING", "PACKET_OUTGOING":
		return SideClient
	case "HOST", "PACKET_HOST":
		return SideServer
	}
	return SideUnknown
}

// network reads an event of a packet that the pod sent or got: for TCP one with SYN alone, for UDP
// one to a port below 1024, which is that of the server. Of the pod's own end no more than a name
// may be known.
func (r *traceRecord) network(f *Flow) (fault string) {
	local := Endpoint{Peer: r.local(nil)}
	if local.Addr, _ = address(r.PodIP); !local.Addr.IsValid() && local.Peer == nil {
		return faultAddress
	}
	remote, fault := r.Dst.endpoint()
	switch {
	case fault != "":
		return fault
	case !isPort(r.Port):
		return faultPort
	}
	f.Protocol, f.Point.At, f.Direction = Protocol(r.Proto), r.PktType, DirectionHandshake
	if f.Protocol != TCP {
		f.Direction = DirectionGuessed
	}
	f.Client, f.Server = local, remote
	if f.Point.Side == SideServer {
		f.Client, f.Server = remote, local
	}
	f.Client.Port, f.Server.Port = 0, uint16(r.Port)
	return ""
}
