package check

import (
	"fmt"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// What the checks of NetworkPolicies share.
const netpolDoc = "Policies of networking.k8s.io/v1 that select the pods are added up for each direction " +
	"(https://kubernetes.io/docs/concepts/services-networking/network-policies/): a pod is isolated in a " +
	"direction once one policy with it among its policyTypes selects the pod. Not reported for pods on the " +
	"host's network (hostnetwork-bypass). Unknown where policies could not be read, or where those of another " +
	"kind are there, such as Cilium's; derived where files alone tell; not reported of files that hold no NetworkPolicy at all."

// netpolPath stands where other findings have a field: what is missing or wrong is in no field
// of the workload.
const netpolPath = "NetworkPolicies of its namespace"

// NetpolNoneIngress finds pods that no policy isolates against what comes in.
func NetpolNoneIngress() Check {
	return Check{
		ID:        "netpol-none-ingress",
		Title:     "No NetworkPolicy isolates the pod's ingress",
		Severity:  api.SeverityMedium,
		Standards: []string{"cis-1.12:5.3.2", "owasp-2025:K05", "attack:T1046"},
		Doc:       "Anything that reaches the pod network can connect to every port that the pod listens on. " + netpolDoc,
		Fix:       "a NetworkPolicy that selects the pod, with Ingress among its policyTypes and a rule for each caller",
		MayBreak:  "callers that no rule names: other namespaces, the ingress controller, Prometheus, webhooks of the API server",
		Eval: func(s Subject) []Violation {
			return notIsolated(s, "ingress", "any port can be connected to", func(n *api.Network) api.Direction { return n.Ingress })
		},
	}
}

// NetpolNoneEgress finds pods that no policy isolates in what goes out.
func NetpolNoneEgress() Check {
	return Check{
		ID:        "netpol-none-egress",
		Title:     "No NetworkPolicy isolates the pod's egress",
		Severity:  api.SeverityMedium,
		Standards: []string{"cis-1.12:5.3.2", "owasp-2025:K05", "attack:T1046"},
		Doc: "Code in the pod can connect to the API server, to the address where clouds give credentials, to the " +
			"internet and to every other pod. " + netpolDoc,
		Fix:      "a NetworkPolicy that selects the pod, with Egress among its policyTypes and a rule for DNS and each peer",
		MayBreak: "peers that no rule names; names stop resolving without a rule for DNS, UDP and TCP",
		Eval: func(s Subject) []Violation {
			return notIsolated(s, "egress", "any address can be connected to", func(n *api.Network) api.Direction { return n.Egress })
		},
	}
}

func notIsolated(s Subject, direction, follows string, of func(*api.Network) api.Direction) []Violation {
	n := s.Context.Network
	if n == nil || n.Host || s.Spec.HostNetwork {
		return nil
	}
	v := Violation{Path: netpolPath, Got: "no policy", Want: "a NetworkPolicy", Key: direction, Derived: n.Derived}
	switch d := of(n); {
	case d.Unknown && n.Derived && len(n.Unknown) == 0:
		return nil // files without a NetworkPolicy: it is elsewhere, or nowhere
	case d.Unknown || !d.Isolated && len(n.Unknown) > 0:
		v.Unknown, v.Message = true, fmt.Sprintf("whether a policy isolates its %s is not known", direction)
		if len(n.Unknown) > 0 {
			v.Message += ": " + n.Unknown[0]
		}
	case d.Isolated:
		return nil
	default:
		v.Message = fmt.Sprintf("no policy selects it for %s: %s", direction, follows)
	}
	return []Violation{v}
}
