package check

import (
	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
)

// HostNetwork finds pods in the node's network namespace.
func HostNetwork() Check {
	return Check{
		ID:        "host-network",
		Title:     "Pod uses the node's network",
		Severity:  api.SeverityHigh,
		Standards: []string{"pss:baseline", "cis-1.12:5.2.5", "owasp-2025:K05"},
		Doc: "With hostNetwork the pod has the node's addresses and interfaces. It reaches what listens " +
			"on the node's loopback, such as the kubelet and agents without authentication, and the " +
			"cloud's metadata service as the node does; no NetworkPolicy holds for it. With NET_RAW, " +
			"which containerd grants by default, root in it reads the traffic of every pod on the node. " +
			"Each of its ports is a host port, which host-port does not repeat.",
		Fix:      "no hostNetwork",
		MayBreak: "network plugins, ingress controllers without a load balancer, node agents",
		Eval: func(s Subject) []Violation {
			return hostNamespace(s, "hostNetwork", s.Spec.HostNetwork, "has the node's addresses and loopback; no NetworkPolicy holds")
		},
	}
}

// hostNamespace is the violation of a field that puts the pod into a namespace of the node.
func hostNamespace(s Subject, field string, set bool, message string) []Violation {
	if !set {
		return nil
	}
	return []Violation{{
		Path: s.Join("spec." + field), Got: "true", Want: "false", Message: message,
		Controls: []podsecurity.Control{"hostNamespaces"},
	}}
}
