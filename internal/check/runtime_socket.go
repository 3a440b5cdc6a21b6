package check

import "github.com/kubectl-harden/kubectl-harden/internal/api"

// RuntimeSocket finds volumes through which a pod commands the container runtime.
func RuntimeSocket() Check {
	return Check{
		ID:        runtimeSocket,
		Title:     "Container runtime takes commands from the pod",
		Severity:  api.SeverityCritical,
		Standards: []string{"pss:baseline", "cis-1.12:5.2.11", "owasp-2025:K01", "attack:T1611", "attack:T1610"},
		Doc: "Whoever can connect to the socket of Docker, containerd, CRI-O, Podman or cri-dockerd " +
			"starts a privileged container with the node's root mounted. Mounted is the socket itself " +
			"or a directory that holds it, such as /run, under /run or /var/run, of k3s, k0s or MicroK8s " +
			"as well, or on Windows a named pipe. A read-only mount forbids to replace the socket, not " +
			"to connect to it. The check goes by path: whether that runtime is there is the node's " +
			"matter. / is left to hostpath-escape. One step lower for a process that is not root and in " +
			"no added group, or in an init container alone.",
		Fix:      "no volume of the runtime's socket; images are built without it by rootless builders",
		MayBreak: "tools that build images or watch containers through the runtime",
		Eval:     func(s Subject) []Violation { return hostViolations(s, runtimeSocket) },
	}
}
