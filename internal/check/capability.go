package check

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// addition is one entry of capabilities.add.
type addition struct {
	// raw is the entry as written, name the capability it stands for.
	raw, name string
	path      string
	// inEffect is false where drop takes the capability away again.
	inEffect bool
}

// additions are the entries of capabilities.add, each value once.
func additions(s Subject, c workload.Container) []addition {
	if c.SecurityContext == nil || c.SecurityContext.Capabilities == nil {
		return nil
	}
	caps := c.Capabilities(s.Context.Runtime)
	var out []addition
	for i, entry := range c.SecurityContext.Capabilities.Add {
		a := addition{raw: string(entry), name: strings.TrimPrefix(strings.ToUpper(string(entry)), "CAP_")}
		if slices.ContainsFunc(out, func(o addition) bool { return o.raw == a.raw }) {
			continue
		}
		a.path = c.Field(fmt.Sprintf("securityContext.capabilities.add[%d]", i))
		a.inEffect = caps.All || slices.Contains(caps.Bounding, a.name)
		out = append(out, a)
	}
	return out
}

// violation of a capability that is in effect with this severity, or is dropped again.
func (a addition) violation(s Subject, c workload.Container, severity api.Severity, message string) Violation {
	v := Violation{
		Path: a.path, Got: a.raw, Want: "unset", Key: a.raw, Severity: severity, Message: message,
		Controls: append(
			s.refusing(capabilitySpec(a.raw), "capabilities_baseline"),
			s.refusing(capabilitySpec(a.raw, "ALL"), "capabilities_restricted")...),
	}
	switch reason := inert(c); {
	case !a.inEffect:
		v.Severity, v.Message = api.SeverityLow, a.name+" is added and dropped again"
	case reason != "" && severity.AtLeast(api.SeverityMedium):
		v.Severity, v.Modifier = severity.Step(-1), "-1: "+reason
	}
	return v
}

func capabilitySpec(add string, drop ...corev1.Capability) corev1.PodSpec {
	return corev1.PodSpec{Containers: []corev1.Container{{SecurityContext: &corev1.SecurityContext{
		Capabilities: &corev1.Capabilities{Add: []corev1.Capability{corev1.Capability(add)}, Drop: drop},
	}}}}
}

// inert says why an added capability does nothing for the process as it starts: Kubernetes
// sets no ambient capabilities, so that one which is not root holds none of those in its
// bounding set. Empty where it does something.
func inert(c workload.Container) string {
	switch {
	case !nonRoot(c):
		return ""
	case c.AllowPrivilegeEscalation().Value:
		return "not root, so only a setuid or file-capability program can hold it"
	default:
		return "not root and no_new_privs, so no process can hold it"
	}
}
