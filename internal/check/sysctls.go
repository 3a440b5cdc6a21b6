package check

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// Sysctls finds kernel settings that are not safe at the version judged by.
func Sysctls() Check {
	return Check{
		ID:        "sysctls",
		Title:     "Sysctl is not on the safe list",
		Severity:  api.SeverityMedium,
		Standards: []string{"pss:baseline", "cis-1.12:5.6.3", "owasp-2025:K01"},
		Doc: "securityContext.sysctls of the pod. Pod Security baseline allows a list that grows with " +
			"the version (1.27, 1.29, 1.32, 1.37). Others may take resources from the pods around, or " +
			"the node down; the kubelet refuses them unless its allowedUnsafeSysctls names them.",
		Fix:      "no such entry in securityContext.sysctls",
		MayBreak: "programs that count on the setting; a DaemonSet or the node's own configuration can set it",
		Eval: onLinux(func(s Subject) []Violation {
			if s.Spec.SecurityContext == nil {
				return nil
			}
			var out []Violation
			for i, sysctl := range s.Spec.SecurityContext.Sysctls {
				alone := corev1.PodSpec{SecurityContext: &corev1.PodSecurityContext{Sysctls: []corev1.Sysctl{sysctl}}}
				controls := s.refusing(alone, "sysctls")
				known := slices.ContainsFunc(out, func(v Violation) bool { return v.Key == sysctl.Name })
				if len(controls) == 0 || known {
					continue
				}
				out = append(out, Violation{
					Path: s.Join(fmt.Sprintf("spec.securityContext.sysctls[%d].name", i)),
					Got:  sysctl.Name, Want: "unset", Key: sysctl.Name,
					Message:  fmt.Sprintf("%s is not on the safe list of %s", sysctl.Name, s.policy()),
					Controls: controls,
				})
			}
			return out
		}),
	}
}
