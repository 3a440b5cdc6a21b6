package check

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// AppArmorUnconfined finds containers that ask for no AppArmor profile.
func AppArmorUnconfined() Check {
	return Check{
		ID:        "apparmor-unconfined",
		Title:     "AppArmor is switched off",
		Severity:  api.SeverityMedium,
		Standards: []string{"pss:baseline", "cis-1.12:5.6.3", "owasp-2025:K01"},
		Doc: "The profile in effect is the container's appArmorProfile, else the deprecated annotation " +
			"container.apparmor.security.beta.kubernetes.io/NAME, else the pod's field, else the " +
			"runtime's default where the node has AppArmor. Pod Security also refuses what is not in " +
			"effect: a pod's field that every container overrides, and any annotation, even of a " +
			"container that does not exist. Behaviour: pkg/security/apparmor/helpers.go of Kubernetes " +
			"(GetProfile).",
		Fix:       "securityContext.appArmorProfile.type: RuntimeDefault",
		MayBreak:  "programs that mount, or write below /proc and /sys",
		ImpliedBy: []string{"privileged"},
		Eval: onLinux(func(s Subject) []Violation {
			out := eachContainer(api.SeverityMedium, func(_ Subject, c workload.Container) []Violation {
				v := c.AppArmor()
				if confinedAppArmor(v.Value) {
					return nil
				}
				path := v.Path
				if v.Origin != workload.OriginAnnotation {
					path += ".type"
				}
				return []Violation{appArmorViolation(path, string(v.Value.Type))}
			})(s)
			if sc := s.Spec.SecurityContext; sc != nil && sc.AppArmorProfile != nil && !confinedAppArmor(*sc.AppArmorProfile) {
				path := s.Join("spec.securityContext.appArmorProfile.type")
				out = overridden(s, out, appArmorViolation(path, string(sc.AppArmorProfile.Type)))
			}
			return appArmorAnnotations(s, out)
		}),
	}
}

func confinedAppArmor(p corev1.AppArmorProfile) bool {
	return p.Type == corev1.AppArmorProfileTypeRuntimeDefault || p.Type == corev1.AppArmorProfileTypeLocalhost
}

func appArmorViolation(path, got string) Violation {
	return Violation{
		Path: path, Got: got, Want: "RuntimeDefault",
		Message:  "no AppArmor profile",
		Controls: []podsecurity.Control{"appArmorProfile"},
	}
}

// appArmorAnnotations adds annotations that are refused though they have no effect.
func appArmorAnnotations(s Subject, out []Violation) []Violation {
	for _, key := range slices.Sorted(maps.Keys(s.Meta.Annotations)) {
		name, found := strings.CutPrefix(key, corev1.DeprecatedAppArmorBetaContainerAnnotationKeyPrefix)
		value := s.Meta.Annotations[key]
		if !found || value == "" || value == corev1.DeprecatedAppArmorBetaProfileRuntimeDefault ||
			strings.HasPrefix(value, corev1.DeprecatedAppArmorBetaProfileNamePrefix) {
			continue
		}
		v := appArmorViolation(s.Annotation(key), value)
		v.Key, v.Want = "annotation:"+name, "unset"
		n := len(out)
		if out = overridden(s, out, v); len(out) > n {
			out[n].Message = "the annotation has no effect, but " + s.policy() + " refuses it"
		}
	}
	return out
}
