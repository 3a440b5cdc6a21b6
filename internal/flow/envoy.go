package flow

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"strings"
	"time"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// envoyFormat is the access log that Istio has its proxies write: the default text, of Istio 1.9
// and later or of those from 1.3 on, and the default JSON (istio/istio,
// pilot/pkg/model/telemetry_logging.go). The layout is the user's to change; another one is not
// read.
func envoyFormat() format {
	return format{name: api.FormatEnvoy, is: isEnvoy, delimiter: "\n", decoder: newEnvoy}
}

func isEnvoy(line []byte) bool {
	l, fault := envoyRecord(line)
	return fault == "" && l != nil
}

// envoyLine is a line, reduced to what is used.
type envoyLine struct {
	Start       envoyText `json:"start_time"`
	Protocol    envoyText `json:"protocol"`
	Flags       envoyText `json:"response_flags"`
	Details     envoyText `json:"response_code_details"`
	Termination envoyText `json:"connection_termination_details"`
	// Host is who answered behind the proxy, Cluster what the proxy knows it by.
	Host    envoyText `json:"upstream_host"`
	Cluster envoyText `json:"upstream_cluster"`
	// Near is the proxy's own end of the connection to Host; Local and Remote are the ends of
	// the one that it took: what was dialled, and who called.
	Near   envoyText `json:"upstream_local_address"`
	Local  envoyText `json:"downstream_local_address"`
	Remote envoyText `json:"downstream_remote_address"`
}

// envoyText is text, or another plain value as text. What Envoy writes as "-" or null is empty.
type envoyText struct {
	text string
	// told is set where the line has the field.
	told bool
}

// UnmarshalJSON takes any plain value.
func (t *envoyText) UnmarshalJSON(data []byte) error {
	text := string(data)
	if data[0] == '"' {
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
	}
	*t = plainText(text)
	return nil
}

func plainText(text string) envoyText {
	if text == "-" || text == "null" {
		text = ""
	}
	return envoyText{text, true}
}

// envoy decodes lines. It remembers Services, which repeat.
type envoy struct {
	opts      *Options
	peers     peers[Workload]
	forwarded *Peer
}

func newEnvoy(opts *Options) decoder {
	return &envoy{opts: opts, peers: peers[Workload]{}, forwarded: &Peer{Undisclosed: hiddenForwarded}}
}

// peer names a Service, nil for none.
func (e *envoy) peer(service Workload) *Peer {
	if service.Name == "" {
		return nil
	}
	p := e.peers[service]
	if p == nil {
		p = e.peers.keep(service, &Peer{Service: service})
	}
	return p
}

func (*envoy) end(*batch) {}

func (e *envoy) record(out *batch, line []byte, cut bool) string {
	l, fault := envoyRecord(line)
	switch {
	case cut && fault != "" && len(bytes.TrimSpace(line)) > 0:
		return faultCut
	case l == nil:
		return fault
	}
	return e.add(out, l)
}

// envoyRecord reads a line; it is nil for none of an access log.
func envoyRecord(line []byte) (*envoyLine, string) {
	line = bytes.TrimSpace(line)
	switch {
	case len(line) == 0:
		return nil, ""
	case line[0] == '{':
		return envoyJSON(line)
	case line[0] == '[':
		return envoyDefault(line)
	case isProxyLog(line):
		return nil, ""
	}
	return nil, faultLayout
}

// isProxyLog knows what the proxy and its agent log of themselves: a time, a tab, a level.
func isProxyLog(line []byte) bool {
	at, rest, _ := strings.Cut(string(line[:min(len(line), maxOutside)]), "\t")
	level, _, found := strings.Cut(rest, "\t")
	if _, err := time.Parse(time.RFC3339Nano, at); err != nil || !found {
		return false
	}
	switch level {
	case "trace", "debug", "info", "warn", "warning", "error", "critical", "fatal":
		return true
	}
	return false
}

// envoyJSON wants the fields that edges are made of, whatever else there is.
func envoyJSON(line []byte) (*envoyLine, string) {
	l := &envoyLine{}
	var own struct{ Level, Msg *string }
	switch err := json.Unmarshal(line, l); {
	case err != nil && json.Valid(line):
		return nil, faultNotFlow
	case err != nil:
		return nil, faultNotJSON
	case l.Start.text != "" && l.Host.told && l.Cluster.told && l.Near.told && l.Local.told && l.Remote.told:
		return l, ""
	case json.Unmarshal(line, &own) == nil && own.Level != nil && own.Msg != nil:
		return nil, ""
	}
	return nil, faultLayout
}

// envoyDefault reads the default text. What callers send, such as a user agent, stands there as it
// came: a line with a quote too many is none, so that nobody writes the fields behind it.
func envoyDefault(line []byte) (*envoyLine, string) {
	parts := strings.Split(string(line), `"`)
	const now, before = 15, 17 // parts of the layouts
	if len(parts) != now && len(parts) != before {
		return nil, faultLayout
	}
	start, ok := strings.CutSuffix(strings.TrimPrefix(parts[0], "["), "] ")
	if _, err := time.Parse(time.RFC3339Nano, start); err != nil || !ok {
		return nil, faultLayout
	}
	request, codes, last := strings.Fields(parts[1]), strings.Fields(parts[2]), strings.Fields(parts[len(parts)-1])
	if len(request) == 0 || len(last) != 6 || len(codes) != 4-(len(parts)-now) {
		return nil, faultLayout
	}
	l := &envoyLine{Start: plainText(start), Protocol: plainText(request[len(request)-1]), Flags: plainText(codes[1])}
	if len(parts) == now {
		l.Details, l.Termination = plainText(codes[2]), plainText(codes[3])
	}
	if fields := strings.Fields(parts[len(parts)-11]); len(fields) != 4 {
		return nil, faultLayout
	}
	l.Cluster, l.Near, l.Local, l.Remote = plainText(last[0]), plainText(last[1]), plainText(last[2]), plainText(last[3])
	l.Host = plainText(parts[len(parts)-2])
	return l, ""
}

// envoyAddress reads an address with a port. One that is none is of the proxy itself, such as a
// socket of Unix.
func envoyAddress(of envoyText) netip.AddrPort {
	at, err := netip.ParseAddrPort(of.text)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(at.Addr().Unmap().WithZone(""), at.Port())
}
