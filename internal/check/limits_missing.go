package check

import (
	"cmp"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// LimitsMissing finds containers that may use up what their neighbours need.
func LimitsMissing() Check {
	return Check{
		ID:        "limits-missing",
		Title:     "Container has no limit on what it uses",
		Severity:  api.SeverityLow,
		Standards: []string{"owasp-2025:K01", "attack:T1496"},
		Doc: "Without a memory limit a container can take the node's memory, without one for " +
			"ephemeral-storage its disk, and other pods are evicted for it. In effect are the " +
			"container's limits, else the defaults of the namespace's LimitRanges, which live pods " +
			"already carry, else the limits of the pod as a whole. Info where only cpu is unlimited: " +
			"requests share it out, but foreign code could use what is left. Ephemeral containers " +
			"cannot have limits. Unknown where LimitRanges could not be read, derived where there are " +
			"none to read. Behaviour: plugin/pkg/admission/limitranger/admission.go of Kubernetes; KEP-2837.",
		Fix:      "resources.limits: memory and ephemeral-storage, and cpu; or a LimitRange with defaults",
		MayBreak: "programs that need more: they are killed, evicted or slowed at the limit",
		Eval: eachContainer(api.SeverityLow, func(s Subject, c workload.Container) []Violation {
			if c.Type == api.ContainerEphemeral {
				return nil
			}
			lacks, has := limitsOf(s, c)
			if len(lacks) == 0 {
				return nil
			}
			v := Violation{
				Path: c.Field("resources.limits"), Got: cmp.Or(strings.Join(has, ", "), "unset"),
				Want: strings.Join(lacks, ", "), Message: "no limit for " + strings.Join(lacks, ", "),
			}
			if len(lacks) == 1 && lacks[0] == string(corev1.ResourceCPU) {
				v.Severity = api.SeverityInfo
			}
			limitRangeFact(s, &v)
			return []Violation{v}
		}),
	}
}

// limitsOf tells which limits a container lacks, and those it has as "cpu 1".
func limitsOf(s Subject, c workload.Container) (lacks, has []string) {
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceEphemeralStorage, corev1.ResourceMemory} {
		if v := c.Limit(s.Context, name); v.Set {
			has = append(has, string(name)+" "+v.Value.String())
		} else {
			lacks = append(lacks, string(name))
		}
	}
	return lacks, has
}

// limitRangeFact adds to the finding of a missing limit what is not known of LimitRanges; a
// pod that was admitted needs none.
func limitRangeFact(s Subject, v *Violation) {
	switch fact := s.Context.LimitRanges.Fact; {
	case s.Admitted():
	case fact == workload.FactUnknown:
		v.Unknown = true
		v.Message += ", unless a LimitRange, which could not be read, sets one"
	case fact == workload.FactAbsent:
		v.Derived = true
	}
}
