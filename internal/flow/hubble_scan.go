package flow

import (
	"bytes"
	"encoding/json"
	"strings"
)

// hubbleScan reads most lines of Hubble faster than encoding/json: see scan.
type hubbleScan struct {
	scan
	body  hubbleBody
	ip    hubbleIP
	ports hubblePorts
	icmp  hubbleICMP
	reply bool
	// words are strings that come again and again.
	words map[string]string
	// seen has a bit for each key of the object at hand: one that comes twice is not plain.
	seen uint32
}

// maxWords is how many strings are remembered.
const maxWords = 1 << 14

// read reads a line, and returns nil where encoding/json has to. What it returns holds until
// the next line.
func (h *hubbleScan) read(line []byte) *hubbleBody {
	h.scan = scan{text: line}
	h.body, h.ip, h.ports, h.icmp = hubbleBody{}, hubbleIP{}, hubblePorts{}, hubbleICMP{}
	if bytes.HasPrefix(line, []byte(`{"flow":`)) {
		h.at = len(`{"flow":`)
		h.flow()
		for key, more := h.member(false); more; key, more = h.member(false) {
			switch string(key) {
			case "node_name", "time":
				h.plain()
			default:
				h.lose()
			}
		}
	} else {
		h.flow()
	}
	if h.peek() != 0 || h.at != len(line) || h.lost || h.body.Verdict == "" || h.body.IP == nil {
		return nil
	}
	return &h.body
}

// text is a string that is remembered.
func (h *hubbleScan) text() string {
	raw := h.plain()
	word, ok := h.words[string(raw)]
	if !ok {
		if len(h.words) >= maxWords {
			clear(h.words)
		}
		word = string(raw)
		h.words[word] = word
	}
	return word
}

// once is lost where the bit of a key was there before.
func (h *hubbleScan) once(bit uint) {
	if h.seen&(1<<bit) != 0 {
		h.lose()
	}
	h.seen |= 1 << bit
}

// flow reads a Flow.
func (h *hubbleScan) flow() {
	h.open()
	b := &h.body
	h.seen = 0
	for key, more := h.member(true); more; key, more = h.member(false) {
		switch string(key) {
		case "time":
			h.once(0)
			b.Time = string(h.plain())
		case "verdict":
			h.once(1)
			b.Verdict = h.text()
		case "IP":
			h.once(2)
			h.addresses()
		case "l4":
			h.once(3)
			h.layer4()
		case "source":
			h.once(4)
			b.Source = h.value()
		case "destination":
			h.once(5)
			b.Destination = h.value()
		case "Type":
			h.once(6)
			b.FlowType = h.text()
		case "node_name":
			h.once(7)
			b.Node = h.text()
		case "event_type":
			h.once(8)
			h.event()
		case "traffic_direction":
			h.once(9)
			b.Side = h.text()
		case "trace_observation_point":
			h.once(10)
			b.Point = h.text()
		case "trace_reason":
			h.once(11)
			b.TraceReason = h.text()
		case "is_reply":
			h.once(12)
			if !h.word("null") {
				h.reply = h.boolean()
				b.IsReply = &h.reply
			}
		case "reply":
			h.once(13)
			b.Reply = h.boolean()
		default:
			h.rare(key)
		}
	}
}

// rare reads members that few lines have, and passes those that are not used. Others that
// encoding/json would take for one that is used, as it does not mind the case, are not plain.
func (h *hubbleScan) rare(key []byte) {
	b := &h.body
	switch string(key) {
	case "uuid", "emitter", "ethernet", "node_labels", "interface", "Summary", "policy_match_type", "proxy_port",
		"egress_allowed_by", "ingress_allowed_by", "egress_denied_by", "ingress_denied_by", "policy_log", "trace_context":
		h.value()
	case "drop_reason":
		h.once(14)
		b.DropReason = uint32(h.number(1<<32 - 1))
	case "drop_reason_desc":
		h.once(15)
		b.DropWord = h.text()
	case "sock_xlate_point":
		h.once(16)
		b.SocketPoint = h.text()
	case "source_names":
		h.decode(17, &b.FromNames)
	case "destination_names":
		h.decode(18, &b.ToNames)
	case "source_service":
		h.decode(19, &b.FromService)
	case "destination_service":
		h.decode(20, &b.ToService)
	case "l7":
		h.decode(21, &b.L7)
	default:
		if folded(key) {
			h.lose()
			return
		}
		h.value()
	}
}

func (h *hubbleScan) decode(bit uint, into any) {
	h.once(bit)
	if raw := h.value(); raw == nil || json.Unmarshal(raw, into) != nil {
		h.lose()
	}
}

// folded tells whether a key is one that is used, in another case, or one of an envelope.
func folded(key []byte) bool {
	for _, known := range []string{
		"flow", "lost_events", "node_status", "agent_event", "debug_event",
		"time", "verdict", "drop_reason", "drop_reason_desc", "IP", "l4", "source", "destination", "Type", "node_name", "source_names",
		"destination_names", "l7", "reply", "event_type", "source_service", "destination_service", "traffic_direction",
		"trace_observation_point", "trace_reason", "is_reply", "sock_xlate_point",
	} {
		if strings.EqualFold(known, string(key)) {
			return true
		}
	}
	return false
}
