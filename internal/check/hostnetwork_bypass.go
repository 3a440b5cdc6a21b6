package check

import (
	"fmt"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// HostNetworkBypass finds pods for which no NetworkPolicy holds.
func HostNetworkBypass() Check {
	return Check{
		ID:        "hostnetwork-bypass",
		Title:     "NetworkPolicies do not hold for the pod",
		Severity:  api.SeverityHigh,
		Standards: []string{"cis-1.12:5.2.5", "owasp-2025:K05"},
		Doc: "A pod on the host's network has the node's addresses: policies that select it have no effect, and " +
			"those of other pods see its traffic as the node's, which most network plugins let in " +
			"(https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-and-hostnetwork-pods).",
		Fix:      "hostNetwork: false",
		MayBreak: "programs that need the node's addresses or interfaces",
		Eval: func(s Subject) []Violation {
			if !s.Spec.HostNetwork {
				return nil
			}
			v := Violation{
				Path: s.Join("spec.hostNetwork"), Got: "true", Want: "false",
				Message: "no NetworkPolicy holds for it: it reaches what its node reaches",
			}
			if n := s.Context.Network; n != nil && len(n.Ingress.Policies)+len(n.Egress.Policies) > 0 {
				names := slices.Compact(slices.Sorted(slices.Values(slices.Concat(n.Ingress.Policies, n.Egress.Policies))))
				v.Message = fmt.Sprintf("NetworkPolicies select it and do not hold: %s", workload.SomeOf(names))
			}
			return []Violation{v}
		},
	}
}
