package check

import (
	"fmt"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// PSAStale finds pods that their namespace would refuse today.
func PSAStale() Check {
	return Check{
		ID:        "psa-stale",
		Title:     "Namespace would refuse the pod today",
		Severity:  api.SeverityHigh,
		Standards: []string{"owasp-2025:K04"},
		Doc: "Pod Security admission judges a pod when it is made and never evicts one. High where a pod " +
			"runs that the namespace's enforce label, at its enforce-version, refuses: it is older than " +
			"the label, or exempt by its user, namespace or RuntimeClass, which no object shows; the " +
			"label protects from nothing that this pod is. Low where the template alone is refused: its " +
			"next pod will not start. Unknown where the namespace could not be read and a level would " +
			"refuse the pod; nothing without an enforce label. Behaviour: " +
			"k8s.io/pod-security-admission (PolicyToEvaluate, EvaluatePod).",
		Fix:      "mend the template to the level, with gen patch, and replace the pods",
		MayBreak: "the workload, if its pods are replaced before the template is mended: new ones are refused",
		Eval: func(s Subject) []Violation {
			e := enforcedOn(s)
			v := Violation{Path: s.Join("spec"), Got: string(meets(s)), Want: string(e.level), Severity: api.SeverityLow}
			if s.Admitted() {
				v.Severity = api.SeverityHigh
			}
			if e.fact == workload.FactUnknown && len(s.Controls) > 0 {
				v.Unknown, v.Want = true, "unknown"
				v.Message = "whether the namespace would admit it today is not known: its labels could not be read"
				return []Violation{v}
			}
			refused := e.refuses(s)
			if len(refused) == 0 {
				return nil
			}
			v.Message = fmt.Sprintf("new pods would be refused: %s, for %s", e.words(), workload.SomeOf(refused))
			if s.Admitted() {
				v.Message = fmt.Sprintf("runs, but would not be admitted again: %s, for %s", e.words(), workload.SomeOf(refused))
			}
			return []Violation{v}
		},
	}
}
