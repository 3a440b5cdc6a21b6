package check

import (
	"fmt"

	"github.com/kubectl-harden/kubectl-harden/internal/api"
	"github.com/kubectl-harden/kubectl-harden/internal/workload"
)

// RunAsRootObserved finds containers that the runtime reports to run as root.
func RunAsRootObserved() Check {
	return Check{
		ID:        "run-as-root-observed",
		Title:     "Container runs as root",
		Severity:  api.SeverityHigh,
		Standards: []string{"pss:restricted", "cis-1.12:5.2.7", "owasp-2025:K01"},
		Doc: "The runtime reports the uid with which it started the container, in " +
			"status.containerStatuses[].user.linux of live pods (Kubernetes 1.31 and later, with a " +
			"runtime that knows how). It beats every guess from fields. Root in a container is one " +
			"kernel or runtime bug away from root on the node. The template of a workload is not " +
			"blamed for the pods of an older template that ran as root. Pod Security looks at fields " +
			"alone: what it refuses stands in run-as-root-declared.",
		Fix:      "securityContext.runAsNonRoot: true and a runAsUser that owns the files it needs",
		MayBreak: "images that start as root to bind low ports or to change the owner of files",
		Root:     true,
		Eval: onLinux(eachContainer(api.SeverityHigh, func(_ Subject, c workload.Container) []Violation {
			pods := observedRoot(c)
			if pods == 0 {
				return nil
			}
			return []Violation{{
				Path: c.RunAsUser().Path, Got: "0 observed", Want: "not 0",
				Message: fmt.Sprintf("uid 0 observed in %s", workload.Plural(pods, "pod")),
			}}
		})),
	}
}
