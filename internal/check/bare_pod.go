package check

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
)

// BarePod lists pods that nothing replaces.
func BarePod() Check {
	return Check{
		ID:        "bare-pod",
		Title:     "Pod has no controller",
		Severity:  api.SeverityInfo,
		Standards: []string{},
		Doc: "A pod that no Deployment, Job or other controller owns is not made again when its node " +
			"goes, and most of its fields cannot be changed: what is mended reaches it only when " +
			"somebody deletes it and makes another. The API server gives static pods the node as owner.",
		Fix:      "a Deployment, StatefulSet or Job in its place",
		MayBreak: "whoever finds the pod by its name",
		Eval: func(s Subject) []Violation {
			if !s.Live || metav1.GetControllerOf(s.Meta) != nil {
				return nil
			}
			return []Violation{{
				Path: "kind", Got: "Pod", Want: "a controller",
				Message: "nothing makes this pod again, or brings it what is mended",
			}}
		},
	}
}
