package check

import (
	"fmt"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// NetpolAllowAll finds pods that policies isolate and then let everything through to.
func NetpolAllowAll() Check {
	return Check{
		ID:        "netpol-allow-all",
		Title:     "A NetworkPolicy lets everything through",
		Severity:  api.SeverityMedium,
		Standards: []string{"cis-1.12:5.3.2", "owasp-2025:K05"},
		Doc: "One rule without peers and ports, as in \"ingress: [{}]\", undoes every other policy that selects the " +
			"pod: policies add up, and none takes away. " + netpolDoc,
		Fix:      "peers and ports in the rule, or no such rule",
		MayBreak: "peers that no other rule names",
		Eval: func(s Subject) []Violation {
			n := s.Context.Network
			if n == nil || n.Host || s.Spec.HostNetwork {
				return nil
			}
			return append(allowedAll(s, "ingress", n.Ingress), allowedAll(s, "egress", n.Egress)...)
		},
	}
}

func allowedAll(s Subject, direction string, d api.Direction) []Violation {
	at := slices.IndexFunc(d.Rules, func(r api.NetworkRule) bool { return r.Peer == "anyone" && slices.Equal(r.Ports, []string{"any port"}) })
	if at < 0 || !d.Isolated {
		return nil
	}
	rule := d.Rules[at]
	return []Violation{{
		Path: netpolPath, Got: "any peer, any port", Want: "the peers that it has", Key: direction,
		Derived: s.Context.Network.Derived,
		Message: fmt.Sprintf("rule %d of NetworkPolicy %s lets any %s through, whatever other policies say", rule.Rule, rule.Policy, direction),
	}}
}
