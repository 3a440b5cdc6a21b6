package check

import "github.com/kubectl-harden/kubectl-harden/internal/api"

// HostPID finds pods in the node's process namespace.
func HostPID() Check {
	return Check{
		ID:        "host-pid",
		Title:     "Pod sees the processes of the node",
		Severity:  api.SeverityHigh,
		Standards: []string{"pss:baseline", "cis-1.12:5.2.3", "owasp-2025:K01", "attack:T1611"},
		Doc: "With hostPID every process of the node is visible to the pod: their command lines, and to " +
			"the same uid their environment and files, so that root reads the secrets of other pods " +
			"through /proc/PID/root and signals any process. With SYS_PTRACE or privileged it is the " +
			"node. A user namespace cannot be combined with it.",
		Fix:      "no hostPID",
		MayBreak: "monitoring and debugging agents that read the node's /proc",
		Eval: func(s Subject) []Violation {
			return hostNamespace(s, "hostPID", s.Spec.HostPID, "sees and signals every process of the node")
		},
	}
}
