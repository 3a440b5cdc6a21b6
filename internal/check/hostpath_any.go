package check

import "github.com/kubectl-harden/kubectl-harden/internal/api"

// HostPathAny finds volumes that are directories or files of the node.
func HostPathAny() Check {
	return Check{
		ID:        hostPathAny,
		Title:     "Volume is a path of the node",
		Severity:  api.SeverityMedium,
		Standards: []string{"pss:baseline", "cis-1.12:5.2.11", "owasp-2025:K01", "attack:T1611"},
		Doc: "A hostPath volume puts a file or directory of the node into the pod: data that other " +
			"workloads may share, that stays when the pod goes, and that the next pod on the node " +
			"finds. Pod Security baseline refuses every path, read-only or not. Paths that give more " +
			"are left to hostpath-escape and runtime-socket. A claim whose PersistentVolume is a " +
			"hostPath or a local one counts too, one step lower, as Pod Security does not see it but " +
			"the administrator chose the path. Low where no container mounts the volume: an ephemeral " +
			"one still can. One step higher where mountPropagation is Bidirectional.",
		Fix:      "a PersistentVolumeClaim, an emptyDir, or a projected volume in place of hostPath",
		MayBreak: "agents that read the node's files; data that was kept on the node",
		Eval:     func(s Subject) []Violation { return hostViolations(s, hostPathAny) },
	}
}
