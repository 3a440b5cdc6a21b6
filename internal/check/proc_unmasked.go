package check

import (
	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// ProcUnmasked finds containers that see all of /proc.
func ProcUnmasked() Check {
	return Check{
		ID:        "proc-unmasked",
		Title:     "/proc is not masked",
		Severity:  api.SeverityHigh,
		Standards: []string{"pss:baseline", "cis-1.12:5.6.3", "owasp-2025:K01", "attack:T1611"},
		Doc: "procMount Unmasked leaves out the masks and read-only mounts over parts of /proc, such as " +
			"/proc/sys and /proc/kcore: root in the container writes settings of the node's kernel " +
			"(core_pattern runs a program on the node). The API server takes it with hostUsers: false " +
			"alone, where root is not the node's; so from 1.35 Pod Security baseline allows it there, " +
			"and restricted refuses it. The pod as a whole has no such field.",
		Fix:       "no securityContext.procMount, or Default",
		MayBreak:  "containers that start containers",
		ImpliedBy: []string{"privileged"},
		Root:      true,
		Eval: onLinux(eachContainer(api.SeverityHigh, func(_ Subject, c workload.Container) []Violation {
			v := c.ProcMount()
			if v.Value == "Default" {
				return nil
			}
			return []Violation{{
				Path: v.Path, Got: string(v.Value), Want: "Default",
				Message:  "the kernel's settings in /proc can be written",
				Controls: []podsecurity.Control{"procMount", "procMount_restricted"},
			}}
		})),
	}
}
