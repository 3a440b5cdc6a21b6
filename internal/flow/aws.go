package flow

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// awsFormat is what the network policy agent of the AWS VPC CNI logs of flows (pkg/ebpf/events of
// aws/aws-network-policy-agent): in members of their own, and since 1.2.2 in the message. Its
// other lines are passed over.
func awsFormat() format {
	return format{name: api.FormatAWS, is: isAWS, delimiter: "\n", decoder: newAWS}
}

// awsRecord is a line.
type awsRecord struct {
	Time     json.RawMessage `json:"ts"`
	Logger   string          `json:"logger"`
	Message  *string         `json:"msg"`
	From     string          `json:"Src IP"`
	FromPort json.Number     `json:"Src Port"`
	To       string          `json:"Dest IP"`
	ToPort   json.Number     `json:"Dest Port"`
	Protocol string          `json:"Proto"`
	Verdict  string          `json:"Verdict"`
	// way is egress or ingress of the pod, where that is told.
	way string
}

// What the message of a flow begins with, and who writes it in older versions.
const (
	awsFlow   = "Flow Info:"
	awsLogger = "ebpf-client"
)

func isAWS(line []byte) bool {
	r := firstObject[awsRecord](line)
	return r != nil && r.Message != nil && (strings.HasPrefix(*r.Message, awsFlow) || r.Logger == awsLogger)
}

type awsLog struct{ opts *Options }

func newAWS(opts *Options) decoder { return &awsLog{opts} }

func (*awsLog) end(*batch) {}

func (a *awsLog) record(out *batch, line []byte, cut bool) string {
	return jsonLine(out, line, cut, func(r *awsRecord) string {
		if r.Message == nil {
			return faultNotFlow
		}
		text, found := strings.CutPrefix(*r.Message, awsFlow)
		if !found {
			return ""
		}
		r.message(text)
		return a.flow(out, r)
	})
}

// message reads what newer versions have in the message, such as
//
//	Src IP: 10.0.0.1 Src Port: 40000 Dest IP: 10.0.0.2 Dest Port: 80 Proto TCP Verdict ACCEPT Direction egress, Tier DEFAULT
func (r *awsRecord) message(text string) {
	words := strings.Fields(text)
	for len(words) > 1 {
		key := strings.TrimSuffix(words[0], ":")
		words = words[1:]
		if key == "Src" || key == "Dest" {
			key += " " + strings.TrimSuffix(words[0], ":")
			words = words[1:]
		}
		if len(words) == 0 {
			return
		}
		value := strings.TrimSuffix(words[0], ",")
		words = words[1:]
		switch key {
		case "Src IP":
			r.From = value
		case "Src Port":
			r.FromPort = json.Number(value)
		case "Dest IP":
			r.To = value
		case "Dest Port":
			r.ToPort = json.Number(value)
		case "Proto":
			r.Protocol = value
		case "Verdict":
			r.Verdict = value
		case "Direction":
			r.way = value
		}
	}
}

// flow makes a Flow of a line.
func (a *awsLog) flow(out *batch, r *awsRecord) string {
	f := Flow{Count: 1, Time: a.opts.jsonTime(r.Time), Point: Point{At: r.way}}
	var known bool
	if f.Client.Addr, known = address(r.From); !known {
		return faultAddress
	}
	if f.Server.Addr, known = address(r.To); !known {
		return faultAddress
	}
	if f.Protocol, known = protocolNumber(strings.ToLower(r.Protocol)); !known {
		return faultProtocol
	}
	if f.Client.Port, known = awsPort(r.FromPort); !known {
		return faultPort
	}
	if f.Server.Port, known = awsPort(r.ToPort); !known {
		return faultPort
	}
	switch r.Verdict {
	case "ACCEPT":
		f.Verdict = VerdictAllowed
	case "DENY":
		f.Verdict, f.Reason = VerdictDenied, r.Verdict
	case "EXPIRED/DELETED": // an entry of its table is gone
		out.parsed(f.Time)
		return ""
	default:
		return faultVerdict
	}
	if !r.direct(&f) {
		out.tally.Note(faultAnswer, out.offset)
		out.parsed(f.Time)
		return ""
	}
	f.Ageless = f.Time == 0
	out.flow(f)
	return ""
}

func awsPort(text json.Number) (port uint16, known bool) {
	n, err := strconv.ParseUint(text.String(), 10, 16)
	return uint16(n), err == nil
}

// direct finds the client; it is false where a packet that was refused may be an answer.
//
// The program looks at the policies for what is in its table of connections in neither direction
// (pkg/ebpf/c/tc.v4ingress.bpf.c): that is what opens a connection, but also an answer on one that
// is older than the policy, or whose entry is gone (issues 73, 175, 189 and 236 of
// aws/aws-network-policy-agent). So the source is the client where the ports agree. At egress,
// the destination is seen before a Service is resolved, at ingress behind it.
func (r *awsRecord) direct(f *Flow) bool {
	if side := slices.Index([]string{"egress", "ingress"}, strings.ToLower(r.way)); side >= 0 {
		f.Point.Side = []Side{SideClient, SideServer}[side]
	}
	switch {
	case !f.Protocol.Expressible():
	case f.toward():
		f.Direction, f.Final = DirectionVerdict, f.Point.Side == SideServer
	case !f.backwards():
		f.Direction = DirectionGuessed
	case f.Verdict == VerdictDenied:
		return false
	}
	return true
}
