package flow

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// netobservFormat is what NetObserv exports and its command line writes: one direction of a
// connection on each line (docs/flows-format.adoc of netobserv/network-observability-operator), and
// what goflow2-kube-enricher wrote before it, with SrcPod and SrcWorkload.
func netobservFormat() format {
	return format{name: api.FormatNetObserv, is: isNetObserv, delimiter: "\n", decoder: newNetObserv}
}

// netobservRecord is a line, reduced to what is used.
type netobservRecord struct {
	SrcAddr, DstAddr string
	SrcPort, DstPort int64
	Proto            *int64
	IcmpType         uint8
	IcmpCode         uint8
	// Flags are a number, or names.
	Flags      json.RawMessage
	RecordType string `json:"_RecordType"`
	AgentIP    string
	Cluster    string `json:"K8S_ClusterName"`

	TimeFlowStartMs, TimeFlowEndMs           int64
	TimeFlowStart, TimeFlowEnd, TimeReceived int64

	Packets, PktDropPackets int64
	PktDropLatestDropCause  string
	NetworkEvents           json.RawMessage

	SrcKind      string `json:"SrcK8S_Type"`
	SrcNamespace string `json:"SrcK8S_Namespace"`
	SrcName      string `json:"SrcK8S_Name"`
	SrcOwnerKind string `json:"SrcK8S_OwnerType"`
	SrcOwner     string `json:"SrcK8S_OwnerName"`
	DstKind      string `json:"DstK8S_Type"`
	DstNamespace string `json:"DstK8S_Namespace"`
	DstName      string `json:"DstK8S_Name"`
	DstOwnerKind string `json:"DstK8S_OwnerType"`
	DstOwner     string `json:"DstK8S_OwnerName"`

	OldSrcPod          string `json:"SrcPod"`
	OldSrcNamespace    string `json:"SrcNamespace"`
	OldSrcWorkload     string `json:"SrcWorkload"`
	OldSrcWorkloadKind string `json:"SrcWorkloadKind"`
	OldDstPod          string `json:"DstPod"`
	OldDstNamespace    string `json:"DstNamespace"`
	OldDstWorkload     string `json:"DstWorkload"`
	OldDstWorkloadKind string `json:"DstWorkloadKind"`
}

func isNetObserv(line []byte) bool {
	r := firstObject[netobservRecord](line)
	return r != nil && r.isFlow()
}

// isFlow tells a flow by what each has.
func (r *netobservRecord) isFlow() bool {
	return r.SrcAddr != "" && r.DstAddr != "" && r.Proto != nil && r.seconds() != 0
}

// seconds is when the flow was seen, in seconds since 1970.
func (r *netobservRecord) seconds() int64 {
	const milli = 1000
	for _, sec := range []int64{r.TimeFlowEndMs / milli, r.TimeFlowStartMs / milli, r.TimeFlowEnd, r.TimeFlowStart, r.TimeReceived} {
		if sec != 0 {
			return sec
		}
	}
	return 0
}

// netobserv decodes lines. It remembers ends, which repeat.
type netobserv struct {
	opts  *Options
	peers peers[netobservEnd]
}

func newNetObserv(opts *Options) decoder {
	return &netobserv{opts: opts, peers: peers[netobservEnd]{}}
}

func (*netobserv) end(*batch) {}

func (n *netobserv) record(out *batch, line []byte, cut bool) string {
	return jsonLine(out, line, cut, func(r *netobservRecord) string {
		if r.Proto == nil && r.SrcAddr == "" && r.DstAddr == "" {
			return faultNotFlow
		}
		return n.flow(out, r)
	})
}

// flow makes a Flow of a line.
func (n *netobserv) flow(out *batch, r *netobservRecord) string {
	f := Flow{Count: 1, Time: n.opts.credible(time.Unix(r.seconds(), 0)), Point: Point{Node: r.AgentIP}}
	var known bool
	if f.Client.Addr, known = address(r.SrcAddr); !known {
		return faultAddress
	}
	if f.Server.Addr, known = address(r.DstAddr); !known {
		return faultAddress
	}
	if r.Proto == nil || *r.Proto <= 0 || *r.Proto > 255 {
		return faultProtocol
	}
	if !isPort(r.SrcPort) || !isPort(r.DstPort) {
		return faultPort
	}
	f.Protocol = Protocol(*r.Proto)
	switch f.Protocol {
	case ICMP, ICMPv6:
		f.ICMPType, f.ICMPCode = r.IcmpType, r.IcmpCode
	default:
		f.Client.Port, f.Server.Port = uint16(r.SrcPort), uint16(r.DstPort)
	}
	f.Client.Peer, f.Server.Peer = n.peer(r.source()), n.peer(r.destination())
	if f.Verdict, f.Reason = r.verdict(); f.Verdict == VerdictUnknown && r.Packets == 0 && r.PktDropPackets > 0 {
		out.tally.Note(faultDropped, out.offset)
		out.parsed(f.Time)
		return ""
	}
	if r.direct(&f); f.Verdict == VerdictDenied && !f.Direction.Known() && f.backwards() {
		out.tally.Note(faultAnswer, out.offset)
		out.parsed(f.Time)
		return ""
	}
	f.Ageless = f.Time == 0
	out.flow(f)
	return ""
}

// Flags of TCP as NetObserv has them (bpf/types.h of netobserv/netobserv-ebpf-agent): a packet with
// SYN and ACK has one of its own, and neither of these.
const (
	netobservSYN    = 0x02
	netobservSYNACK = 0x100
)

// direct finds the client. A record is of one direction, and its flags of all its packets; those
// that track a conversation are of both. Flags that the ports speak against are not believed: other
// exporters have them otherwise. The ports are not believed then, either.
func (r *netobservRecord) direct(f *Flow) {
	syn, both := r.flags()
	if f.Protocol != TCP || r.RecordType != "" && r.RecordType != "flowLog" {
		syn, both = false, false
	}
	seen := *f
	if both && !syn {
		f.turn()
	}
	switch {
	case syn != both && !f.backwards():
		f.Direction, f.Final = DirectionHandshake, f.Server.Peer.isEndpoint()
	case syn != both:
		*f = seen
		f.Disputed = true
	case f.toward():
		f.Direction = DirectionGuessed
	}
}

// flags tells whether there was a SYN, and one with ACK.
func (r *netobservRecord) flags() (syn, both bool) {
	var bits int64
	if json.Unmarshal(r.Flags, &bits) == nil {
		return bits&netobservSYN != 0, bits&netobservSYNACK != 0
	}
	var names []string
	if json.Unmarshal(r.Flags, &names) == nil {
		return slices.Contains(names, "SYN"), slices.Contains(names, "SYN_ACK")
	}
	return false, false
}

// verdict is what policies said, where that is told, or what a firewall of the kernel did to all
// packets. The kernel drops packets of good connections, too.
func (r *netobservRecord) verdict() (v Verdict, reason string) {
	var events []struct{ Action string }
	if json.Unmarshal(r.NetworkEvents, &events) != nil {
		events = nil
	}
	for _, e := range events {
		switch {
		case e.Action == "drop" || e.Action == "reject":
			return VerdictDenied, e.Action
		case strings.HasPrefix(e.Action, "allow"):
			v = VerdictAllowed
		}
	}
	if r.PktDropPackets > 0 && r.Packets <= r.PktDropPackets {
		switch cause := r.PktDropLatestDropCause; cause {
		case "OVS_DROP_EXPLICIT", "SKB_DROP_REASON_NETFILTER_DROP":
			return VerdictDenied, cause
		}
	}
	return v, ""
}
