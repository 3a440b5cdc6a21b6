package check

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// SELinuxOptions finds SELinux labels that leave the confinement of containers.
func SELinuxOptions() Check {
	return Check{
		ID:        "selinux-options",
		Title:     "SELinux label is not one for containers",
		Severity:  api.SeverityMedium,
		Standards: []string{"pss:baseline", "cis-1.12:5.6.3", "owasp-2025:K01"},
		Doc: "On nodes with SELinux a container runs as container_t. seLinuxOptions may name another " +
			"type, user or role: high for a type that is not confined (spc_t, unconfined_t), else " +
			"medium, as no more is known of it. The types that Pod Security allows depend on the " +
			"version: container_engine_t since 1.31. The container's options replace the pod's whole, " +
			"not key by key, and the pod's are refused even where no container takes them.",
		Fix:       "no securityContext.seLinuxOptions, or its level alone",
		MayBreak:  "access to files of the node that carry other labels",
		ImpliedBy: []string{"privileged"},
		Eval: onLinux(func(s Subject) []Violation {
			out := eachContainer(api.SeverityMedium, func(s Subject, c workload.Container) []Violation {
				if c.SecurityContext == nil {
					return nil
				}
				return selinuxViolations(s, c.SecurityContext.SELinuxOptions, c.Field("securityContext.seLinuxOptions"))
			})(s)
			if sc := s.Spec.SecurityContext; sc != nil {
				out = append(out, podSELinux(s, sc.SELinuxOptions)...)
			}
			return out
		}),
	}
}

// podSELinux judges the pod's options once, whichever containers take them.
func podSELinux(s Subject, o *corev1.SELinuxOptions) []Violation {
	found := selinuxViolations(s, o, s.Join("spec.securityContext.seLinuxOptions"))
	for c := range s.Containers() {
		if c.SELinux().Origin == workload.OriginPod {
			return found
		}
	}
	var out []Violation
	for _, v := range found {
		out = overridden(s, out, v)
	}
	return out
}

func selinuxViolations(s Subject, o *corev1.SELinuxOptions, path string) []Violation {
	if o == nil {
		return nil
	}
	var out []Violation
	add := func(key, got string, alone corev1.SELinuxOptions, severity api.Severity, message string) {
		controls := s.refusing(corev1.PodSpec{SecurityContext: &corev1.PodSecurityContext{SELinuxOptions: &alone}}, "seLinuxOptions")
		if len(controls) > 0 {
			out = append(out, Violation{
				Path: path + "." + key, Got: got, Want: "unset", Key: key,
				Severity: severity, Message: fmt.Sprintf(message, got), Controls: controls,
			})
		}
	}
	switch o.Type {
	case "spc_t", "unconfined_t":
		add("type", o.Type, corev1.SELinuxOptions{Type: o.Type}, api.SeverityHigh, "SELinux type %s is not confined")
	default:
		add("type", o.Type, corev1.SELinuxOptions{Type: o.Type}, api.SeverityMedium, "SELinux type %s is not one for containers")
	}
	add("user", o.User, corev1.SELinuxOptions{User: o.User}, api.SeverityMedium, "SELinux user %s is set")
	add("role", o.Role, corev1.SELinuxOptions{Role: o.Role}, api.SeverityMedium, "SELinux role %s is set")
	return out
}
