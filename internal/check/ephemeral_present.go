package check

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// EphemeralPresent finds containers that were added to running pods.
func EphemeralPresent() Check {
	return Check{
		ID:        "ephemeral-present",
		Title:     "Ephemeral container in a live pod",
		Severity:  api.SeverityMedium,
		Standards: []string{"owasp-2025:K01", "attack:T1609"},
		Doc: "An ephemeral container was added to the running pod, as kubectl debug does. It is in no " +
			"template, may have another image, user and rights than the workload, and shares the " +
			"pod's network and volumes. Its entry stays until the pod is replaced, ended or not. Who " +
			"wrote it last, and when, is what the pod's metadata.managedFields say.",
		Fix:      "delete the pod once nobody debugs it; its controller makes a new one",
		MayBreak: "debugging that is under way",
		Eval: eachContainer(api.SeverityMedium, func(s Subject, c workload.Container) []Violation {
			if c.Type != api.ContainerEphemeral {
				return nil
			}
			return []Violation{{
				Path: c.Path, Got: c.Name, Want: "unset",
				Message: fmt.Sprintf("%s was added to a running pod%s", c.Name, debugWriter(s)),
			}}
		}),
	}
}

// debugWriter tells who wrote ephemeral containers last, and when; empty where no pod says.
func debugWriter(s Subject) string {
	var entries []metav1.ManagedFieldsEntry
	for _, pod := range s.Pods {
		for _, e := range pod.ManagedFields {
			if e.Subresource == "ephemeralcontainers" && e.Time != nil {
				entries = append(entries, e)
			}
		}
	}
	if len(entries) == 0 {
		return ""
	}
	last := slices.MaxFunc(entries, func(a, b metav1.ManagedFieldsEntry) int {
		return cmp.Or(a.Time.Compare(b.Time.Time), cmp.Compare(b.Manager, a.Manager))
	})
	return fmt.Sprintf(" by %s, %s", last.Manager, last.Time.UTC().Format(time.RFC3339))
}
