package check

import (
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// CapsAdded finds added capabilities that do not lead out of the container by themselves.
func CapsAdded() Check {
	return Check{
		ID:        "caps-added",
		Title:     "Capability is added",
		Severity:  api.SeverityMedium,
		Standards: []string{"pss:restricted", "cis-1.12:5.2.9", "owasp-2025:K01"},
		Doc: "Every entry of capabilities.add but NET_BIND_SERVICE, which Pod Security restricted " +
			"allows, and those of caps-added-escape. Medium where baseline refuses it, such as " +
			"NET_RAW (forges packets to the pods around) or SYS_TIME (sets the node's clock). Low " +
			"where it is one that container runtimes grant by default, such as CHOWN, so that it only " +
			"comes back after drop: [ALL], and where drop takes it away again. One step lower where " +
			"the process is not root, as no process then starts with it.",
		Fix:       "securityContext.capabilities.add without it",
		MayBreak:  "what the program uses the capability for",
		ImpliedBy: []string{"privileged"},
		Root:      true,
		Eval: onLinux(eachContainer(api.SeverityMedium, func(s Subject, c workload.Container) []Violation {
			var out []Violation
			added := additions(s, c)
			for _, a := range added {
				if a.raw == "NET_BIND_SERVICE" {
					continue
				}
				if severity, _ := escape(s, a.name, added); severity != "" {
					continue
				}
				out = append(out, addedViolation(s, c, a))
			}
			return out
		})),
	}
}

func addedViolation(s Subject, c workload.Container, a addition) Violation {
	if slices.Contains(c.Capabilities(s.Context.Runtime).Kept, a.name) {
		return a.violation(s, c, api.SeverityLow, a.name+" is added, though the runtime grants it anyway")
	}
	if len(s.refusing(capabilitySpec(a.name), "capabilities_baseline")) == 0 {
		return a.violation(s, c, api.SeverityLow, a.name+" is added back after drop")
	}
	return a.violation(s, c, api.SeverityMedium, a.name+" is added to what the runtime grants")
}
