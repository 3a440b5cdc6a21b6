package check

import "github.com/kubectl-harden/kubectl-harden/internal/api"

// HostIPC finds pods in the node's IPC namespace.
func HostIPC() Check {
	return Check{
		ID:        "host-ipc",
		Title:     "Pod shares the node's IPC",
		Severity:  api.SeverityHigh,
		Standards: []string{"pss:baseline", "cis-1.12:5.2.4", "owasp-2025:K01"},
		Doc: "With hostIPC the pod shares the shared memory, semaphores and message queues of the " +
			"node's processes and of every other pod with hostIPC, and /dev/shm: it reads and changes " +
			"what they keep there, as far as their file modes let its uid.",
		Fix:      "no hostIPC",
		MayBreak: "programs that talk to a process of the node through shared memory",
		Eval: func(s Subject) []Violation {
			return hostNamespace(s, "hostIPC", s.Spec.HostIPC, "shares the memory segments of the node's processes")
		},
	}
}
