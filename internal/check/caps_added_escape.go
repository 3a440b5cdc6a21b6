package check

import (
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// CapsAddedEscape finds added capabilities that lead out of the container.
func CapsAddedEscape() Check {
	return Check{
		ID:        "caps-added-escape",
		Title:     "Added capability leads out of the container",
		Severity:  api.SeverityCritical,
		Standards: []string{"pss:baseline", "cis-1.12:5.2.9", "owasp-2025:K01", "attack:T1611"},
		Doc: "Critical where the capability alone takes the node: ALL; SYS_ADMIN (mounts, and kernel " +
			"settings such as core_pattern that run programs on the node); SYS_MODULE (loads kernel " +
			"modules); SYS_RAWIO (I/O ports); DAC_READ_SEARCH (open_by_handle_at reads every file of " +
			"the file system behind any mount, the kubelet's key with it); SYS_PTRACE with hostPID " +
			"(injects code into the node's processes); BPF with PERFMON (trace the kernel and read the " +
			"memory of every process). High where one more thing is needed: SYS_PTRACE (a shared " +
			"process namespace), BPF or PERFMON alone, SYS_BOOT (kexec needs a lax seccomp profile), " +
			"NET_ADMIN (a bug in nf_tables or its like, or hostNetwork). One step lower where the " +
			"process is not root: Kubernetes sets no ambient capabilities, so that it stays in the " +
			"bounding set and waits for a setuid or file-capability program. See capabilities(7).",
		Fix:       "securityContext.capabilities.add without it",
		MayBreak:  "what the program uses the capability for",
		ImpliedBy: []string{"privileged"},
		Root:      true,
		Eval: onLinux(eachContainer(api.SeverityCritical, func(s Subject, c workload.Container) []Violation {
			var out []Violation
			added := additions(s, c)
			for _, a := range added {
				if severity, message := escape(s, a.name, added); severity != "" {
					out = append(out, a.violation(s, c, severity, a.name+" "+message))
				}
			}
			return out
		})),
	}
}

// escape says what a capability gives; the severity is empty for one that leads nowhere.
func escape(s Subject, name string, added []addition) (severity api.Severity, message string) {
	with := func(other string) bool {
		return slices.ContainsFunc(added, func(a addition) bool { return a.name == other && a.inEffect })
	}
	switch name {
	case "ALL":
		return api.SeverityCritical, "gives every capability: root on the node"
	case "SYS_ADMIN":
		return api.SeverityCritical, "mounts and rewrites kernel settings: root on the node"
	case "SYS_MODULE":
		return api.SeverityCritical, "loads kernel modules: root on the node"
	case "SYS_RAWIO":
		return api.SeverityCritical, "drives the node's hardware through I/O ports"
	case "DAC_READ_SEARCH":
		return api.SeverityCritical, "reads any file of the node, the kubelet's key with it"
	case "SYS_PTRACE":
		if s.Spec.HostPID {
			return api.SeverityCritical, "with hostPID takes over any process of the node"
		}
		return api.SeverityHigh, "takes over every process that the container sees"
	case "BPF", "PERFMON":
		if with("BPF") && with("PERFMON") {
			return api.SeverityCritical, "with BPF and PERFMON both, reads the memory of every process of the node"
		}
		return api.SeverityHigh, "looks into the kernel beyond the container"
	case "SYS_BOOT":
		return api.SeverityHigh, "loads another kernel where seccomp lets it"
	case "NET_ADMIN":
		if s.Spec.HostNetwork {
			return api.SeverityHigh, "rewrites the network of the node"
		}
		return api.SeverityHigh, "rewrites the pod's network, and reaches kernel code with a history of escapes"
	}
	return "", ""
}
