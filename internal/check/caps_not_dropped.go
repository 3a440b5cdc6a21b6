package check

import (
	"fmt"
	"slices"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// CapsNotDropped finds containers that keep default capabilities.
func CapsNotDropped() Check {
	return Check{
		ID:        "caps-not-dropped",
		Title:     "Capabilities are not dropped",
		Severity:  api.SeverityMedium,
		Standards: []string{"pss:restricted", "cis-1.12:5.2.8", "owasp-2025:K01"},
		Doc: "Without drop: [ALL] the capabilities that the runtime grants by default stay in the " +
			"bounding set: 14 with containerd, 9 with CRI-O. A process that is root holds them; " +
			"another can gain them through a setuid or file-capability program. NET_RAW among them " +
			"forges packets to the pods around. Low where nothing stays, but ALL is not what the list " +
			"says. Behaviour: containerd internal/cri/opts/spec_linux_opts.go, CRI-O " +
			"internal/factory/container/container.go.",
		Fix:       "securityContext.capabilities.drop: [ALL]",
		MayBreak:  "programs that start as root and change user or owner, and those with file capabilities",
		ImpliedBy: []string{"privileged"},
		Root:      true,
		Eval:      onLinux(eachContainer(api.SeverityMedium, notDropped)),
	}
}

func notDropped(s Subject, c workload.Container) []Violation {
	v := Violation{
		Path: c.Field("securityContext.capabilities.drop"), Got: "unset", Want: "[ALL]",
		Controls: []podsecurity.Control{"capabilities_restricted"},
	}
	if sc := c.SecurityContext; sc != nil && sc.Capabilities != nil && sc.Capabilities.Drop != nil {
		if slices.Contains(sc.Capabilities.Drop, "ALL") {
			return nil
		}
		v.Got = fmt.Sprint(sc.Capabilities.Drop)
	}
	caps := c.Capabilities(s.Context.Runtime)
	switch {
	case caps.All:
		v.Message = "every capability stays within reach"
	case len(caps.Kept) == 0:
		v.Severity = api.SeverityLow
		v.Message = "no default capability stays, but restricted asks for ALL in the list"
	default:
		v.Message = kept(caps.Kept, s.Context.Runtime)
	}
	return []Violation{v}
}

func kept(names []string, runtime workload.Runtime) string {
	of := "the runtime's"
	if runtime.Name != "" {
		of = runtime.Name + "'s"
	}
	message := fmt.Sprintf("%d of %s %d capabilities stay within reach", len(names), of, len(runtime.Capabilities))
	if slices.Contains(names, "NET_RAW") {
		message += ", NET_RAW kept"
	}
	return message
}
