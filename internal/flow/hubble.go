package flow

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// hubbleFormat is what "hubble observe -o json" and Hubble's exporter write: a GetFlowsResponse
// of cilium/cilium api/v1/observer/observer.proto on each line, or, as older ones do, the Flow
// of api/v1/flow/flow.proto alone.
func hubbleFormat() format {
	return format{name: api.FormatHubble, is: isHubble, delimiter: "\n", tellsLost: true, decoder: newHubble}
}

// isHubble knows a line by what it must have.
func isHubble(line []byte) bool {
	if bytes.HasPrefix(line, []byte(`{"flow":{`)) {
		return true
	}
	r, err := parseHubble(line)
	return err == nil && r.kind() != hubbleOther
}

// hubbleKind is what a line has.
type hubbleKind int

const (
	hubbleOther hubbleKind = iota
	hubbleFlow
	hubbleLost
	hubbleNodes
	hubbleEvent
)

// hubbleRecord is a line, reduced to what is used.
type hubbleRecord struct {
	Flow *hubbleBody `json:"flow"`
	Lost *struct {
		Events protoNumber `json:"num_events_lost"`
	} `json:"lost_events"`
	Nodes *struct {
		State string `json:"state_change"`
	} `json:"node_status"`
	Agent json.RawMessage `json:"agent_event"`
	Debug json.RawMessage `json:"debug_event"`
	hubbleBody
}

// hubbleBody is a Flow.
type hubbleBody struct {
	Time        string          `json:"time"`
	Verdict     string          `json:"verdict"`
	DropReason  uint32          `json:"drop_reason"`
	DropWord    string          `json:"drop_reason_desc"`
	IP          *hubbleIP       `json:"IP"`
	L4          hubbleL4        `json:"l4"`
	Source      json.RawMessage `json:"source"`
	Destination json.RawMessage `json:"destination"`
	FlowType    string          `json:"Type"`
	Node        string          `json:"node_name"`
	FromNames   []string        `json:"source_names"`
	ToNames     []string        `json:"destination_names"`
	L7          *hubbleL7       `json:"l7"`
	Reply       bool            `json:"reply"`
	Event       struct {
		Type int `json:"type"`
	} `json:"event_type"`
	FromService *hubbleService `json:"source_service"`
	ToService   *hubbleService `json:"destination_service"`
	Side        string         `json:"traffic_direction"`
	Point       string         `json:"trace_observation_point"`
	TraceReason string         `json:"trace_reason"`
	IsReply     *bool          `json:"is_reply"`
	SocketPoint string         `json:"sock_xlate_point"`
}

type hubbleIP struct {
	Source      string `json:"source"`
	Destination string `json:"destination"`
	Translated  string `json:"source_xlated"`
}

type hubbleService struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

// hubblePorts are of TCP, UDP and SCTP.
type hubblePorts struct {
	Source      int64 `json:"source_port"`
	Destination int64 `json:"destination_port"`
	Flags       struct {
		SYN bool `json:"SYN"`
		ACK bool `json:"ACK"`
	} `json:"flags"`
}

type hubbleICMP struct {
	Type uint8 `json:"type"`
	Code uint8 `json:"code"`
}

type hubbleL4 struct {
	TCP    *hubblePorts `json:"TCP"`
	UDP    *hubblePorts `json:"UDP"`
	SCTP   *hubblePorts `json:"SCTP"`
	ICMPv4 *hubbleICMP  `json:"ICMPv4"`
	ICMPv6 *hubbleICMP  `json:"ICMPv6"`
	// These have no ports.
	VRRP json.RawMessage `json:"VRRP"`
	IGMP json.RawMessage `json:"IGMP"`
}

type hubbleL7 struct {
	Type string `json:"type"`
	DNS  *struct {
		Query  string   `json:"query"`
		IPs    []string `json:"ips"`
		CNAMEs []string `json:"cnames"`
		Code   uint32   `json:"rcode"`
	} `json:"dns"`
}

// protoNumber is a number of 64 bits, which protocol buffers write as a string.
type protoNumber int64

// UnmarshalJSON takes a number or a string of one.
func (n *protoNumber) UnmarshalJSON(data []byte) error {
	v, err := strconv.ParseUint(strings.Trim(string(data), `"`), 10, 63)
	*n = protoNumber(v)
	return err
}

func parseHubble(line []byte) (*hubbleRecord, error) {
	r := &hubbleRecord{}
	return r, json.Unmarshal(line, r)
}

func (r *hubbleRecord) kind() hubbleKind {
	switch {
	case r.Flow != nil:
		return hubbleFlow
	case r.Lost != nil:
		return hubbleLost
	case r.Nodes != nil:
		return hubbleNodes
	case r.Agent != nil, r.Debug != nil:
		return hubbleEvent
	case r.Verdict != "" && r.IP != nil:
		return hubbleFlow
	}
	return hubbleOther
}

// hubble decodes lines. It remembers ends, which repeat.
type hubble struct {
	opts  *Options
	peers peers[string]
	scan  hubbleScan
}

func newHubble(opts *Options) decoder {
	return &hubble{opts: opts, peers: peers[string]{}, scan: hubbleScan{words: map[string]string{}}}
}

func (*hubble) end(*batch) {}

func (h *hubble) record(out *batch, line []byte, cut bool) string {
	if b := h.scan.read(line); b != nil {
		return h.flow(out, b)
	}
	return h.slow(out, line, cut)
}

// slow reads a line with encoding/json.
func (h *hubble) slow(out *batch, line []byte, cut bool) string {
	r, err := parseHubble(line)
	if err != nil {
		if len(bytes.TrimSpace(line)) == 0 {
			return ""
		}
		return jsonFault(line, cut)
	}
	switch r.kind() {
	case hubbleFlow:
		body := r.Flow
		if body == nil {
			body = &r.hubbleBody
		}
		return h.flow(out, body)
	case hubbleLost:
		out.tally.lost += int64(r.Lost.Events)
	case hubbleNodes:
		if r.Nodes.State != "NODE_CONNECTED" {
			out.tally.Note(faultNodes, out.offset)
		}
	case hubbleOther:
		return faultNotFlow
	}
	return ""
}

// flow makes a Flow of a line.
func (h *hubble) flow(out *batch, b *hubbleBody) string {
	if b.IP == nil {
		return faultAddress
	}
	f := Flow{Count: 1, Point: Point{Node: b.Node, At: b.Point}}
	var ok bool
	if f.Client.Addr, ok = address(b.IP.Source); !ok {
		return faultAddress
	}
	if f.Server.Addr, ok = address(b.IP.Destination); !ok {
		return faultAddress
	}
	ports, reason := f.layer4(&b.L4)
	if reason != "" {
		return reason
	}
	f.Client.Names, f.Server.Names = b.FromNames, b.ToNames
	f.Client.Peer = h.peer(b.Source, b.FromService)
	f.Server.Peer = h.peer(b.Destination, b.ToService)
	f.Time = h.opts.textTime(b.Time)
	f.Verdict, f.Reason = b.verdict()
	if b.L7 != nil && b.L7.Type == "RESPONSE" {
		f.Answer = b.L7.answer()
	}
	b.point(&f)
	b.direct(&f, ports)
	if masked, ok := address(b.IP.Translated); ok {
		f.Masqueraded = netip.AddrPortFrom(masked, 0) // the port is not told
	}
	out.flow(f)
	return ""
}

// address reads an address as Flows have them.
func address(text string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(text)
	return a.Unmap().WithZone(""), err == nil
}
