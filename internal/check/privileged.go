package check

import (
	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// Privileged finds privileged containers.
func Privileged() Check {
	return Check{
		ID:        "privileged",
		Title:     "Container is privileged",
		Severity:  api.SeverityCritical,
		Standards: []string{"pss:baseline", "cis-1.12:5.2.2", "owasp-2025:K01", "attack:T1611"},
		Doc: "A privileged container has every capability, every device of the node, no seccomp, " +
			"AppArmor or SELinux confinement, and an unmasked /proc: code in it is root on the node. " +
			"One finding stands for all of these. Field: securityContext.privileged, which the pod " +
			"as a whole does not have.",
		Fix: "securityContext.privileged: false",
		MayBreak: "programs that load modules, mount, or use devices of the node: give them the one " +
			"capability or device they need",
		Root: true,
		Eval: onLinux(eachContainer(api.SeverityCritical, func(_ Subject, c workload.Container) []Violation {
			v := c.Privileged()
			if !v.Value {
				return nil
			}
			return []Violation{{
				Path: v.Path, Got: "true", Want: "false",
				Message:  "privileged: root on the node, with every capability and device and no confinement",
				Controls: []podsecurity.Control{"privileged"},
			}}
		})),
	}
}
