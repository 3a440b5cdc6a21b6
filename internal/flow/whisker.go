package flow

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// whiskerFormat is what the flows endpoint of Calico's Whisker answers (FlowResponse of
// projectcalico/calico, whisker-backend/pkg/apis/v1/flows.go): a list, the events of a stream
// (watch=true), or an object on each line.
func whiskerFormat() format {
	return format{name: api.FormatWhisker, is: isWhisker, delimiter: "}", ordered: true, decoder: newWhisker}
}

// isWhisker knows a line by what each flow has. The line may be a list, and cut.
func isWhisker(line []byte) bool {
	return bytes.Contains(line, []byte(`"reporter":`)) && regexp.MustCompile(`^\s*(data:\s*)?[\[{]`).Match(line) &&
		regexp.MustCompile(`"source_labels":\s*"`).Match(line) && regexp.MustCompile(`"dest_labels":\s*"`).Match(line) &&
		regexp.MustCompile(`"reporter":\s*"(Src|Dst)"`).Match(line)
}

// whiskerFlow is a FlowResponse, reduced to what is used.
type whiskerFlow struct {
	Start     string `json:"start_time"`
	Action    string `json:"action"`
	From      string `json:"source_name"`
	FromSpace string `json:"source_namespace"`
	FromText  string `json:"source_labels"`
	To        string `json:"dest_name"`
	ToSpace   string `json:"dest_namespace"`
	ToText    string `json:"dest_labels"`
	Protocol  string `json:"protocol"`
	Port      int64  `json:"dest_port"`
	Reporter  string `json:"reporter"`
}

// whisker decodes flows. It remembers ends, which repeat.
type whisker struct {
	opts  *Options
	peers peers[whiskerEnd]
	docs  documents
	out   *batch
}

type whiskerEnd struct{ name, namespace, labels string }

func newWhisker(opts *Options) decoder {
	w := &whisker{opts: opts, peers: peers[whiskerEnd]{}}
	w.docs = documents{
		found: w.found, ignored: isEventWord,
		fault: func(reason string, at int64) { w.out.tally.Fault(reason, at) },
	}
	return w
}

// isEventWord knows the lines of a stream of events, but for their data
// (html.spec.whatwg.org, Server-sent events).
func isEventWord(line []byte) bool {
	field, _, ok := bytes.Cut(line, []byte(":"))
	switch string(field) {
	case "", "event", "id", "retry", "data":
		return ok
	}
	return false
}

func (w *whisker) record(out *batch, part []byte, _ bool) string {
	w.out = out
	w.docs.feed(part, out.offset)
	return ""
}

func (w *whisker) end(out *batch) {
	w.out = out
	w.docs.end()
}

func (w *whisker) found(text []byte, at int64) {
	if reason := jsonObject(text, false, w.flow); reason != "" {
		w.out.tally.Fault(reason, at)
	}
}

// flow makes a Flow of what both or either of the ends report.
func (w *whisker) flow(r *whiskerFlow) string {
	f := Flow{Count: 1, Time: w.opts.textTime(r.Start), Direction: DirectionFlag, Final: true}
	var known bool
	switch {
	case r.From == "" || r.To == "":
		return faultNotFlow
	case !isPort(r.Port):
		return faultPort
	}
	if f.Protocol, known = protocolNumber(strings.ToLower(r.Protocol)); !known {
		return faultProtocol
	}
	switch r.Action {
	case "Allow":
		f.Verdict = VerdictAllowed
	case "Deny":
		f.Verdict = VerdictDenied
	default:
		return faultAction
	}
	switch r.Reporter {
	case "Src":
		f.Point.Side = SideClient
	case "Dst":
		f.Point.Side = SideServer
	default:
		return faultNotFlow
	}
	f.Client.Peer = w.peer(whiskerEnd{r.From, r.FromSpace, r.FromText})
	f.Server = Endpoint{Port: uint16(r.Port), Peer: w.peer(whiskerEnd{r.To, r.ToSpace, r.ToText})}
	w.out.flow(f)
	return ""
}

// peer is what there is of an end.
func (w *whisker) peer(e whiskerEnd) *Peer {
	p := w.peers[e]
	if p == nil {
		p = w.peers.keep(e, e.peer())
	}
	return p
}

// Names of what is no endpoint that Calico knows, in Whisker and in Goldmane (convert.go of
// whisker-backend/pkg/upstream/goldmane). Their addresses are nowhere.
const (
	hiddenPublic  = "a public address, which Calico does not tell"
	hiddenPrivate = "an address of a private network, which Calico does not tell: it may be a node or the API server"
)

func (e whiskerEnd) peer() *Peer {
	switch e.name {
	case "PUBLIC NETWORK", "pub":
		return &Peer{Undisclosed: hiddenPublic}
	case "PRIVATE NETWORK", "pvt":
		return &Peer{Undisclosed: hiddenPrivate}
	}
	switch e.namespace {
	case "", "-", "Global":
		return &Peer{Host: e.name}
	}
	p := &Peer{Namespace: e.namespace}
	prefix, generated := strings.CutSuffix(e.name, "*")
	if !generated {
		// It may be a network set: its labels are none of a pod's.
		p.Pod = e.name
		return p
	}
	p.PodPrefix = prefix
	for label := range strings.SplitSeq(e.labels, " | ") {
		if key, value, ok := strings.Cut(strings.TrimSpace(label), "="); ok {
			p.calicoLabel(key, value)
		}
	}
	return p
}

// calicoLabel adds a label, unless it is one that Calico adds (libcalico-go
// lib/apis/v3/labels.go).
func (p *Peer) calicoLabel(key, value string) {
	switch {
	case key == "projectcalico.org/serviceaccount":
		p.ServiceAccount = value
	case strings.HasPrefix(key, "projectcalico.org/"), strings.HasPrefix(key, "pcns."), strings.HasPrefix(key, "pcsa."):
	default:
		if p.Labels == nil {
			p.Labels = map[string]string{}
		}
		p.Labels[key] = value
	}
}
