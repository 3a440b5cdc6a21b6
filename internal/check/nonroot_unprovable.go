package check

import (
	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/podsecurity"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// NonRootUnprovable finds containers whose test for root fails at start, or may.
func NonRootUnprovable() Check {
	return Check{
		ID:        "nonroot-unprovable",
		Title:     "Test for root may keep the container from starting",
		Severity:  api.SeverityInfo,
		Standards: []string{"pss:restricted"},
		Doc: "With runAsNonRoot the kubelet tests the uid at start. With runAsUser 0 beside it the " +
			"container never starts. Without runAsUser the image's USER is tested: one that is a name " +
			"cannot be proved not to be root, and one that is root, or not given, is refused. Nothing " +
			"is said once a live pod shows the user, since it did start. Behaviour: " +
			"pkg/kubelet/kuberuntime/security_context_others.go of Kubernetes (verifyRunAsNonRoot).",
		Fix: "securityContext.runAsUser: the uid that the image is made for",
		Eval: onLinux(eachContainer(api.SeverityInfo, func(_ Subject, c workload.Container) []Violation {
			user := c.RunAsUser()
			_, pods := c.Users()
			switch {
			case !c.RunAsNonRoot().Value || user.Value != 0 || !user.Set && pods > 0:
				return nil
			case user.Set:
				return []Violation{{
					Path: user.Path, Got: "0", Want: "not 0",
					Message:  "never starts: runAsUser 0 fails the test of runAsNonRoot",
					Controls: []podsecurity.Control{"runAsUser"},
				}}
			}
			return []Violation{{
				Path: user.Path, Got: "unset", Want: "a uid", Derived: true,
				Message: "fails at start if the image's USER is a name or root",
			}}
		})),
	}
}
