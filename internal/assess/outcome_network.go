package assess

import (
	"fmt"
	"strings"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/netpol"
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
		return api.Outcome{
			ID: id, Severity: api.SeverityInfo, Unknown: true, Text: text,
			Detail: "the files hold no NetworkPolicy: what isolates its egress is not known",
		}
	}
	yes, no := s.sides()
	switch {
	case void && n.Egress.Isolated:
		o := possible(id, text, api.SeverityMedium, nil)
		o.Detail = "policies keep it from " + no + ", and " + strings.TrimPrefix(n.Enforced, "nothing: ")
		return o
	case no == "":
		return api.Outcome{
			ID: id, Severity: api.SeverityMedium, Possible: true, Text: text, Because: []string{"netpol-allow-all"},
			Detail: "its policies let everything through", Fix: "peers and ports in their rules",
		}
	case n.Enforced == "" && !n.Derived:
		return api.Outcome{
			ID: id, Severity: api.SeverityInfo, Unknown: true, Text: text,
			Detail: fmt.Sprintf("by policy %s alone, not %s; nothing shows that policies are enforced", yes, no),
		}
	}
	return notPossible(id, text, fmt.Sprintf("policy %s: not %s", someNames(n.Egress.Policies), no))
}

// sides are the peers that policies let it reach, and those that they do not.
func (s *situation) sides() (yes, no string) {
	var in, out []string
	for _, r := range s.item.Network.Egress.Reach {
		if r.Allowed == string(netpol.No) {
			out = append(out, r.Peer)
		} else {
			in = append(in, r.Peer)
		}
	}
	return strings.Join(in, ", "), strings.Join(out, ", ")
}
