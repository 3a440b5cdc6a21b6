package check

import (
	"fmt"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// SeccompUnset finds containers whose system call filter is left to the kubelet.
func SeccompUnset() Check {
	return Check{
		ID:        "seccomp-unset",
		Title:     "Seccomp profile is not set",
		Severity:  api.SeverityMedium,
		Standards: []string{"pss:restricted", "cis-1.12:5.6.2", "owasp-2025:K01"},
		Doc: "Without a seccompProfile of the container or the pod a container runs Unconfined, unless " +
			"the kubelet's seccompDefault is on. Low where it is on: RuntimeDefault is in force, but " +
			"Pod Security restricted asks for the field. Unknown where the kubelet's configuration " +
			"could not be read, derived where there is none to read. Behaviour: " +
			"pkg/kubelet/kuberuntime/helpers.go of Kubernetes (getSeccompProfile).",
		Fix:       "securityContext.seccompProfile.type: RuntimeDefault",
		MayBreak:  "programs that call mount, unshare, bpf, perf_event_open, io_uring or userfaultfd",
		ImpliedBy: []string{"privileged"},
		Eval: onLinux(eachContainer(api.SeverityMedium, func(s Subject, c workload.Container) []Violation {
			profile := c.Seccomp()
			if profile.Set {
				return nil
			}
			v := Violation{
				Path: profile.Path + ".type", Got: "unset", Want: "RuntimeDefault",
				Controls: []podsecurity.Control{"seccompProfile_restricted"},
			}
			switch s.Context.SeccompDefault {
			case workload.FactYes:
				v.Severity = api.SeverityLow
				v.Message = fmt.Sprintf("RuntimeDefault by the kubelet alone; %s restricted asks for the field", s.policy())
			case workload.FactNo:
				v.Message = "every system call is open: unset, and the kubelet's seccompDefault is off"
			case workload.FactUnknown:
				v.Unknown = true
				v.Message = "unset, and the kubelet's seccompDefault could not be read"
			default:
				v.Derived = true
				v.Message = "every system call is open, unless the kubelet sets seccompDefault"
			}
			return []Violation{v}
		})),
	}
}
