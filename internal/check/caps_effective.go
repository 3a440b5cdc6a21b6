package check

import (
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// CapsEffective tells what is left where capabilities are dropped as they should be.
func CapsEffective() Check {
	return Check{
		ID:        "caps-effective",
		Title:     "A capability stays after drop: [ALL]",
		Severity:  api.SeverityInfo,
		Standards: []string{"pss:restricted", "cis-1.12:5.2.9"},
		Doc: "The capabilities within reach are the runtime's default, less drop, plus add. Where " +
			"drop holds ALL, and add what Pod Security restricted allows, NET_BIND_SERVICE alone " +
			"stays. It is inert for a process that is not root: Kubernetes sets no ambient " +
			"capabilities, so that only a program with file capabilities could hold it.",
		Fix:       "securityContext.capabilities.add: [] where the program listens on ports from 1024 up",
		MayBreak:  "programs that listen on ports below 1024",
		ImpliedBy: []string{"privileged"},
		Root:      true,
		Eval: onLinux(eachContainer(api.SeverityInfo, func(s Subject, c workload.Container) []Violation {
			var out []Violation
			for _, a := range additions(s, c) {
				if a.raw != "NET_BIND_SERVICE" || !a.inEffect ||
					!slices.Contains(c.SecurityContext.Capabilities.Drop, "ALL") {
					continue
				}
				message := "NET_BIND_SERVICE stays within reach"
				if reason := inert(c); reason != "" {
					message += "; inert: " + reason
				}
				out = append(out, Violation{Path: a.path, Got: a.raw, Want: "unset", Key: a.raw, Message: message})
			}
			return out
		})),
	}
}
