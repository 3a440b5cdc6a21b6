package check

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// SeccompUnconfined finds containers that ask for no system call filter.
func SeccompUnconfined() Check {
	return Check{
		ID:        "seccomp-unconfined",
		Title:     "Seccomp is switched off",
		Severity:  api.SeverityHigh,
		Standards: []string{"pss:baseline", "cis-1.12:5.6.2", "owasp-2025:K01", "attack:T1611"},
		Doc: "seccompProfile Unconfined, of the container or else of the pod, opens every system call " +
			"of the kernel, also where the kubelet would set RuntimeDefault. Most escapes through a " +
			"kernel bug begin with a call that RuntimeDefault forbids. A pod's field that every " +
			"container overrides does nothing, but Pod Security refuses it. Behaviour: " +
			"pkg/kubelet/kuberuntime/helpers.go of Kubernetes (getSeccompProfile).",
		Fix:       "securityContext.seccompProfile.type: RuntimeDefault",
		MayBreak:  "programs that call mount, unshare, bpf, perf_event_open, io_uring or userfaultfd",
		ImpliedBy: []string{"privileged"},
		Eval: onLinux(func(s Subject) []Violation {
			out := eachContainer(api.SeverityHigh, func(_ Subject, c workload.Container) []Violation {
				v := c.Seccomp()
				if !v.Set || confinedSeccomp(v.Value) {
					return nil
				}
				return []Violation{seccompViolation(v.Path, v.Value)}
			})(s)
			if sc := s.Spec.SecurityContext; sc != nil && sc.SeccompProfile != nil && !confinedSeccomp(*sc.SeccompProfile) {
				out = overridden(s, out, seccompViolation(s.Join("spec.securityContext.seccompProfile"), *sc.SeccompProfile))
			}
			return out
		}),
	}
}

func confinedSeccomp(p corev1.SeccompProfile) bool {
	return p.Type == corev1.SeccompProfileTypeRuntimeDefault || p.Type == corev1.SeccompProfileTypeLocalhost
}

func seccompViolation(path string, p corev1.SeccompProfile) Violation {
	v := Violation{
		Path: path + ".type", Got: string(p.Type), Want: "RuntimeDefault",
		Message:  "every system call is open: seccomp is Unconfined",
		Controls: []podsecurity.Control{"seccompProfile_baseline", "seccompProfile_restricted"},
	}
	if p.Type != corev1.SeccompProfileTypeUnconfined {
		v.Message = "no seccomp profile type that the API server knows"
	}
	return v
}
