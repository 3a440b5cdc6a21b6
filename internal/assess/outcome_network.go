package assess

import (
	"fmt"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// reach is what code can connect to. A policy keeps nobody back where nothing enforces it.
func (s *situation) reach() api.Outcome {
	const id, text = "network", "any address"
	n := s.item.Network
	if n == nil {
		return api.Outcome{}
	}
	hold, unknown := s.findings("netpol-none-egress", "hostnetwork-bypass")
	void := strings.HasPrefix(n.Enforced, "nothing")
	switch {
	case len(hold) > 0:
		o := possible(id, text, api.SeverityMedium, hold)
		o.Detail = "API server, " + metadataAddress + ", internet and pods, but where their own policies keep it out"
		if n.Host {
			o.Detail = "all that its node reaches, the node's own loopback among it"
		}
		return o
	case len(unknown) > 0:
		return notKnown(id, text, api.SeverityMedium, unknown)
	}
	if n.Egress.Unknown {
		o := api.Outcome{ID: id, Severity: api.SeverityInfo, Unknown: true, Text: text, Detail: "what isolates its egress is not known"}
		if len(n.Unknown) > 0 {
			o.Detail += ": " + n.Unknown[0]
		} else if n.Derived {
			o.Detail = "the files hold no NetworkPolicy: " + o.Detail
		}
		return o
	}
	yes, no := s.sides()
	by := workload.SomeOf(n.Egress.Policies)
	switch {
	case void:
		o := possible(id, text, api.SeverityMedium, nil)
		o.Detail = "policies keep it from " + no + ", and " + strings.TrimPrefix(n.Enforced, "nothing: ")
		return o
	case s.allowed(internet) != string(netpol.No):
		return api.Outcome{
			ID: id, Severity: api.SeverityMedium, Possible: true, Text: "the internet", Because: []string{"netpol-allow-all"},
			Detail: fmt.Sprintf("policy %s: %s", by, orWords(yes)), Fix: "the addresses and ports that it needs in their rules",
		}
	case len(n.Unknown) > 0:
		return api.Outcome{ID: id, Severity: api.SeverityInfo, Unknown: true, Text: "the internet", Detail: n.Unknown[0]}
	case n.Enforced == "" && !n.Derived:
		return api.Outcome{
			ID: id, Severity: api.SeverityInfo, Unknown: true, Text: "the internet",
			Detail: fmt.Sprintf("policy %s lets it reach %s, not %s; nothing shows that policies are enforced", by, orWords(yes), no),
		}
	}
	return notPossible(id, "the internet", fmt.Sprintf("policy %s lets it reach %s, not %s", by, orWords(yes), no))
}

// allowed is what is told of a peer of the egress.
func (s *situation) allowed(peer string) string {
	for _, r := range s.item.Network.Egress.Reach {
		if r.Peer == peer {
			return r.Allowed
		}
	}
	return unknownWord
}

func orWords(words string) string {
	if words == "" {
		return "nothing"
	}
	return words
}

// sides are the peers that policies let it reach, and those that they do not.
func (s *situation) sides() (yes, no string) {
	var in, out []string
	for _, r := range s.item.Network.Egress.Reach {
		switch r.Allowed {
		case string(netpol.No):
			out = append(out, r.Peer)
		case string(netpol.Yes):
			in = append(in, r.Peer)
		case string(netpol.Partly):
			in = append(in, "some of "+r.Peer)
		default:
			in = append(in, "perhaps "+r.Peer)
		}
	}
	return strings.Join(in, ", "), strings.Join(out, ", ")
}
